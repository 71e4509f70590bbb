//! A Python wheel into a tree.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};

use resow_manifest::digest::Sha256Digest;
use zip::ZipArchive;

use super::entry_points;
use super::layout::{Layout, Place, SCRIPTS};
use crate::image::lock::LockedWheel;
use crate::image::root::path::{RootPath, RootPathError};
use crate::image::root::spool::{Content, Limited, Spool};
use crate::image::root::tree::{Owner, Tree, TreeError};

/// The most that one wheel may unpack to, in bytes: 16 GiB.
const LARGEST_WHEEL: u64 = 16 << 30;
/// The most that a file of metadata or a script may have.
const LARGEST_TEXT: u64 = 16 << 20;

/// Why a wheel cannot enter an image.
#[derive(Debug, thiserror::Error)]
pub enum WheelError {
    /// It is no zip archive, or a damaged one.
    #[error("the wheel is damaged")]
    Zip(#[from] zip::result::ZipError),
    /// It is damaged, or larger than allowed.
    #[error("the wheel is damaged")]
    Damaged(#[from] io::Error),
    /// It is not the wheel that its file's name says.
    #[error("its {field} is `{found}`, not `{expected}`")]
    Other {
        /// Which field of its metadata.
        field: &'static str,
        /// What stands there.
        found: String,
        /// What the lock says.
        expected: String,
    },
    /// A part of its metadata is missing, or stands twice.
    #[error("the wheel has no single `{0}`")]
    Metadata(&'static str),
    /// It is of a format that is not known.
    #[error("the wheel has format `{0}`, and only 1.x is known")]
    Format(String),
    /// An entry has a name that could leave the image, or that is not plain.
    #[error(transparent)]
    Path(#[from] RootPathError),
    /// An entry collides with what is there.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// An entry is neither file nor folder, encrypted, or to be spread nobody knows where.
    #[error("`{0}` is no plain file, or in an unknown folder of the wheel")]
    Special(String),
    /// A declared program is malformed.
    #[error("the entry point `{0}` is malformed")]
    EntryPoint(String),
}

struct Spreader<'a> {
    layout: Layout,
    origin: &'a str,
    tree: &'a mut Tree,
    spool: &'a mut Spool,
    /// What `RECORD` will list: paths relative to the modules' folder, with digest and size.
    record: BTreeMap<String, Content>,
    room: u64,
}

/// Adds the files of the wheel in `file`, which must be the locked one, for this version of Python.
///
/// # Errors
/// When it is damaged, another wheel, or hostile; the tree is then not to be used.
pub(crate) fn unpack(
    file: File,
    locked: &LockedWheel,
    python: &str,
    tree: &mut Tree,
    spool: &mut Spool,
) -> Result<(), WheelError> {
    let mut archive = ZipArchive::new(BufReader::with_capacity(1 << 16, file))?;
    let information = information_folder(&archive)?;
    let data = format!(
        "{}.data",
        information
            .strip_suffix(".dist-info")
            .unwrap_or(&information)
    );
    check_metadata(&mut archive, &information, locked)?;
    let mut spreader = Spreader {
        layout: Layout::new(python, &locked.name)?,
        origin: &locked.name,
        tree,
        spool,
        record: BTreeMap::new(),
        room: LARGEST_WHEEL,
    };
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        let name = entry.name()?.into_owned();
        let is_plain = entry.is_file() || entry.is_dir();
        if !is_plain || entry.is_symlink() || entry.encrypted() {
            return Err(WheelError::Special(name));
        }
        if entry.is_dir() || is_replaced(&name, &information) {
            continue;
        }
        let is_executable = entry.unix_mode().is_some_and(|mode| mode & 0o111 != 0);
        let place = spreader
            .layout
            .place(&name, &data)?
            .ok_or(WheelError::Special(name))?;
        spreader.spread(place, is_executable, &mut entry)?;
    }
    spreader.add_programs(&mut archive, &information)?;
    spreader.add_record(&information)
}

impl Spreader<'_> {
    fn spread(
        &mut self,
        place: Place,
        is_executable: bool,
        content: &mut dyn Read,
    ) -> Result<(), WheelError> {
        match place {
            Place::File(path) => {
                let mode = if is_executable { 0o755 } else { 0o644 };
                let content = self.spool.store(&mut Limited::new(content, self.room))?;
                self.add(path, content, mode)
            }
            Place::Script(path) => {
                let mut bytes = Vec::new();
                Limited::new(content, LARGEST_TEXT).read_to_end(&mut bytes)?;
                let content = self.spool.store(&mut with_interpreter(&bytes).as_slice())?;
                self.add(path, content, 0o755)
            }
        }
    }

    fn add(&mut self, path: RootPath, content: Content, mode: u32) -> Result<(), WheelError> {
        self.room = self.room.saturating_sub(content.length);
        self.record
            .insert(relative(&self.layout.modules, &path), content);
        Ok(self
            .tree
            .file(path, content, mode, Owner::default(), self.origin)?)
    }

    fn add_programs(
        &mut self,
        archive: &mut ZipArchive<BufReader<File>>,
        information: &str,
    ) -> Result<(), WheelError> {
        let name = format!("{information}/entry_points.txt");
        if archive.index_for_name(&name).is_none() {
            return Ok(());
        }
        let text = text(archive, &name)?;
        for program in entry_points::parse(&text).map_err(WheelError::EntryPoint)? {
            let path = RootPath::known(SCRIPTS).join(&program.name)?;
            let content = self.spool.store(&mut program.script().as_bytes())?;
            self.add(path, content, 0o755)?;
        }
        Ok(())
    }

    /// Writes `INSTALLER` and `RECORD`, which lists itself without a digest.
    fn add_record(&mut self, information: &str) -> Result<(), WheelError> {
        let folder = self.layout.modules.join(information)?;
        let installer = self.spool.store(&mut &b"resow\n"[..])?;
        self.add(folder.join("INSTALLER")?, installer, 0o644)?;
        let mut lines = String::new();
        for (path, content) in &self.record {
            let digest = base64_url(&content.digest);
            lines.push_str(&format!(
                "{},sha256={digest},{}\n",
                quoted(path),
                content.length
            ));
        }
        lines.push_str(&format!("{},,\n", quoted(&format!("{information}/RECORD"))));
        let content = self.spool.store(&mut lines.as_bytes())?;
        self.add(folder.join("RECORD")?, content, 0o644)
    }
}

/// The one `NAME-VERSION.dist-info` at the top.
fn information_folder(archive: &ZipArchive<BufReader<File>>) -> Result<String, WheelError> {
    let mut found = None;
    for index in 0..archive.len() {
        let Some(name) = archive.name_for_index(index) else {
            continue;
        };
        let name = name?;
        let top = name.split('/').next().unwrap_or_default();
        if !top.ends_with(".dist-info") || found.as_deref() == Some(top) {
            continue;
        }
        if found.replace(top.to_owned()).is_some() {
            return Err(WheelError::Metadata(".dist-info"));
        }
    }
    found.ok_or(WheelError::Metadata(".dist-info"))
}

fn check_metadata(
    archive: &mut ZipArchive<BufReader<File>>,
    information: &str,
    locked: &LockedWheel,
) -> Result<(), WheelError> {
    let wheel = text(archive, &format!("{information}/WHEEL"))?;
    let format = field(&wheel, "Wheel-Version").ok_or(WheelError::Metadata("Wheel-Version"))?;
    if !format.starts_with("1.") {
        return Err(WheelError::Format(format.to_owned()));
    }
    let metadata = text(archive, &format!("{information}/METADATA"))?;
    let name = field(&metadata, "Name").ok_or(WheelError::Metadata("Name"))?;
    let version = field(&metadata, "Version").ok_or(WheelError::Metadata("Version"))?;
    let expectations = [
        ("name", normalised(name), locked.name.clone()),
        ("version", version.to_owned(), locked.version.clone()),
    ];
    for (field, found, expected) in expectations {
        if found != expected {
            return Err(WheelError::Other {
                field,
                found,
                expected,
            });
        }
    }
    Ok(())
}

fn text(archive: &mut ZipArchive<BufReader<File>>, name: &str) -> Result<String, WheelError> {
    let mut text = String::new();
    Limited::new(archive.by_name(name)?, LARGEST_TEXT).read_to_string(&mut text)?;
    Ok(text)
}

/// The name and version that the metadata of the wheel in `file` give, the name normalised.
pub(crate) fn name_and_version(file: File) -> Result<(String, String), WheelError> {
    let mut archive = ZipArchive::new(BufReader::new(file))?;
    let information = information_folder(&archive)?;
    let metadata = text(&mut archive, &format!("{information}/METADATA"))?;
    let name = field(&metadata, "Name").ok_or(WheelError::Metadata("Name"))?;
    let version = field(&metadata, "Version").ok_or(WheelError::Metadata("Version"))?;
    Ok((normalised(name), version.to_owned()))
}

/// A field of the headers at the top of a metadata file.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines()
        .take_while(|line| !line.is_empty())
        .find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
}

/// A project's name in lower case with one `-` for each run of `-`, `_` and `.`.
pub(crate) fn normalised(name: &str) -> String {
    name.split(['-', '_', '.'])
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("-")
        .to_ascii_lowercase()
}

/// What is written anew, or is a signature of what is.
fn is_replaced(name: &str, information: &str) -> bool {
    name.strip_prefix(information)
        .and_then(|rest| rest.strip_prefix('/'))
        .is_some_and(|rest| matches!(rest, "RECORD" | "RECORD.jws" | "RECORD.p7s" | "INSTALLER"))
}

/// A script that begins with `#!python` is run by the image's Python.
fn with_interpreter(script: &[u8]) -> Vec<u8> {
    let Some(rest) = script.strip_prefix(b"#!python") else {
        return script.to_vec();
    };
    let rest = rest.strip_prefix(b"w").unwrap_or(rest);
    [b"#!/usr/bin/python3", rest].concat()
}

/// `path` as seen from `folder`, with `..` where it is not beneath it.
fn relative(folder: &RootPath, path: &RootPath) -> String {
    let above: Vec<_> = folder.as_str().split('/').collect();
    let below: Vec<_> = path.as_str().split('/').collect();
    let shared = above
        .iter()
        .zip(&below)
        .take_while(|(left, right)| left == right)
        .count();
    let mut parts = vec![".."; above.len() - shared];
    parts.extend(&below[shared..]);
    parts.join("/")
}

/// A field of a comma-separated line.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// Base64 with the alphabet for addresses and no padding (RFC 4648, section 5), as `RECORD` writes digests.
fn base64_url(digest: &Sha256Digest) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in digest.as_bytes().chunks(3) {
        let mut group = 0_usize;
        for position in 0..3 {
            group = group << 8 | usize::from(chunk.get(position).copied().unwrap_or(0));
        }
        for position in 0..=chunk.len() {
            text.push(char::from(ALPHABET[group >> (18 - 6 * position) & 63]));
        }
    }
    text
}
