//! A Debian package into a tree.

use std::fs::File;
use std::io::{self, BufReader, Read};

use tar::EntryType;

use super::{control, envelope, tarball};
use crate::image::lock::LockedPackage;
use crate::image::root::path::{MERGED, RootPath, RootPathError};
use crate::image::root::spool::Spool;
use crate::image::root::tree::{Owner, Tree, TreeError};

/// The most that one package may unpack to, in bytes: 8 GiB.
const LARGEST_PACKAGE: u64 = 8 << 30;
/// The most that its control files may.
const LARGEST_CONTROL: u64 = 64 << 20;

/// Why a package cannot enter an image.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// It is damaged, larger than allowed, or not of the format.
    #[error("the package is damaged")]
    Damaged(#[from] io::Error),
    /// One of its parts is missing.
    #[error("the package has no `{0}`")]
    PartMissing(&'static str),
    /// It is not the package that its name says.
    #[error("its {field} is `{found}`, not `{expected}`")]
    Other {
        /// Which field of its control file.
        field: &'static str,
        /// What stands there.
        found: String,
        /// What the lock says.
        expected: String,
    },
    /// An entry has a name that could leave the image, or that is not plain.
    #[error(transparent)]
    Path(#[from] RootPathError),
    /// An entry collides with what is there.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// An entry is a device, a FIFO or something else that is neither file, folder nor link.
    #[error("`{0}` is neither a file, a folder nor a link")]
    Special(String),
    /// A link in place of a folder that is merged into `/usr` points elsewhere.
    #[error("`{0}` must lead to `/usr{0}`")]
    Unmerged(String),
}

/// What is left out of every image: it acts on no result.
const STRIPPED: [&str; 6] = [
    "usr/share/man",
    "usr/share/info",
    "usr/share/locale",
    "usr/share/lintian",
    "usr/share/doc-base",
    "usr/share/bug",
];

/// Adds the files of the package in `file`, which must be the locked one.
///
/// # Errors
/// When it is damaged, another package, or hostile; the tree is then not to be used.
pub(crate) fn unpack(
    file: File,
    locked: &LockedPackage,
    tree: &mut Tree,
    spool: &mut Spool,
) -> Result<(), PackageError> {
    let mut reader = BufReader::with_capacity(1 << 16, file);
    envelope::begin(&mut reader)?;
    expect_version(&mut reader)?;
    let mut control_seen = false;
    while let Some(member) = envelope::next(&mut reader)? {
        let mut content = (&mut reader).take(member.size);
        if member.name.starts_with("control.tar") {
            let mut tar = tarball::decompress(&member.name, &mut content, LARGEST_CONTROL)?;
            check_control(&mut tar, locked)?;
            control_seen = true;
        } else if member.name.starts_with("data.tar") {
            if !control_seen {
                return Err(PackageError::PartMissing("control.tar"));
            }
            let mut tar = tarball::decompress(&member.name, &mut content, LARGEST_PACKAGE)?;
            tarball::entries(&mut tar, &mut |entry, content| {
                add(&entry, content, &locked.name, tree, spool)
            })?;
            drop(tar);
            return match content.limit() {
                0 => Ok(()),
                _ => Err(envelope::malformed("its files are cut off").into()),
            };
        }
        let rest = content.limit();
        envelope::skip(&mut reader, rest + member.size % 2)?;
    }
    Err(PackageError::PartMissing("data.tar"))
}

fn expect_version(reader: &mut dyn Read) -> Result<(), PackageError> {
    let member = envelope::next(reader)?
        .filter(|member| member.name == "debian-binary" && member.size <= 64)
        .ok_or(PackageError::PartMissing("debian-binary"))?;
    let mut version = String::new();
    reader.take(member.size).read_to_string(&mut version)?;
    envelope::skip(reader, member.size % 2)?;
    if version.starts_with("2.") {
        Ok(())
    } else {
        Err(envelope::malformed("a format other than 2").into())
    }
}

fn check_control(tar: &mut dyn Read, locked: &LockedPackage) -> Result<(), PackageError> {
    let mut text = None;
    tarball::entries(tar, &mut |entry, content| {
        if matches!(entry.path.as_slice(), b"./control" | b"control") {
            let mut control = String::new();
            content.read_to_string(&mut control)?;
            text = Some(control);
        }
        Ok::<_, PackageError>(())
    })?;
    let text = text.ok_or(PackageError::PartMissing("control"))?;
    let expectations = [
        ("Package", &locked.name),
        ("Version", &locked.version),
        ("Architecture", &locked.architecture),
    ];
    for (field, expected) in expectations {
        let found = control::field(&text, field).unwrap_or_default();
        if found != expected {
            return Err(PackageError::Other {
                field,
                found: found.to_owned(),
                expected: expected.clone(),
            });
        }
    }
    Ok(())
}

fn add(
    entry: &tarball::TarEntry,
    content: &mut dyn Read,
    origin: &str,
    tree: &mut Tree,
    spool: &mut Spool,
) -> Result<(), PackageError> {
    let Some(path) = RootPath::from_entry(&entry.path)? else {
        return Ok(());
    };
    if MERGED.contains(&path.as_str()) {
        return check_merged(&path, entry);
    }
    let path = path.merged();
    if is_stripped(&path, entry.kind) {
        return Ok(());
    }
    let owner = Owner {
        user: entry.user,
        group: entry.group,
    };
    match entry.kind {
        EntryType::Directory => tree.folder(path, entry.mode, owner, origin)?,
        EntryType::Regular | EntryType::Continuous => {
            let content = spool.store(content)?;
            tree.file(path, content, entry.mode, owner, origin)?;
        }
        EntryType::Symlink => {
            let target = target_text(&path, entry)?;
            path.check_target(&target)?;
            if !leads_to_itself(&path, &target) {
                tree.symlink(path, target, origin)?;
            }
        }
        EntryType::Link => {
            let target = entry.link.as_deref().unwrap_or_default();
            let target = RootPath::from_entry(target)?
                .ok_or_else(|| RootPathError::NotPlain(path.to_string()))?
                .merged();
            tree.hard_link(path, &target, origin)?;
        }
        _ => return Err(PackageError::Special(path.to_string())),
    }
    Ok(())
}

/// A package may hold `/bin` as a folder or as the link that it is in the image.
fn check_merged(path: &RootPath, entry: &tarball::TarEntry) -> Result<(), PackageError> {
    let expected = format!("usr/{}", path.as_str());
    let link = entry.link.as_deref().unwrap_or_default();
    let link = link.strip_prefix(b"/").unwrap_or(link);
    match entry.kind {
        EntryType::Directory => Ok(()),
        EntryType::Symlink if link == expected.as_bytes() => Ok(()),
        _ => Err(PackageError::Unmerged(path.to_string())),
    }
}

fn is_stripped(path: &RootPath, kind: EntryType) -> bool {
    if STRIPPED.iter().any(|folder| path.is_within(folder)) {
        return true;
    }
    path.is_within("usr/share/doc")
        && !(kind == EntryType::Regular && path.as_str().ends_with("/copyright"))
}

fn target_text(path: &RootPath, entry: &tarball::TarEntry) -> Result<String, PackageError> {
    let target = entry.link.clone().unwrap_or_default();
    String::from_utf8(target)
        .map_err(|_| RootPathError::NotPlain(format!("the target of {path}")).into())
}

/// Whether a link such as `/bin/which -> /usr/bin/which` became a link to itself when `/bin` moved.
fn leads_to_itself(path: &RootPath, target: &str) -> bool {
    RootPath::from_absolute(target).is_ok_and(|target| target.merged() == *path)
}
