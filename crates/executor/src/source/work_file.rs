//! Files of the work tree: whether they are as the index has them, and their content if not.
//!
//! No filter is run. A file counts as unchanged where its stat data are those of the index, as for `git status`;
//! where its bytes are the blob's; where it is the content that a Git LFS pointer stands for; or where line ends are
//! converted for it (`text`, `eol`, `core.autocrlf`) and its bytes with LF are the blob's. In that last case changed
//! content enters with LF too, as `git add` would store it. Any other filter's changed file enters as it lies there.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use git2::{AttrCheckFlags, AttrValue, IndexEntry, ObjectType, Oid};
use resow_manifest::digest::Sha256Digest;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::lfs::LfsPointer;
use super::objects::Objects;
use super::tree_object::TreeEntryKind;
use super::{Repository, SourceError};

/// `GIT_INDEX_ENTRY_SKIP_WORKTREE`: sparse checkouts leave such a file out of the work tree.
const SKIP_WORKTREE: u16 = 1 << 14;

/// A file of the work tree as a snapshot takes it.
pub(crate) struct WorkFile {
    pub(crate) kind: TreeEntryKind,
    pub(crate) oid: Oid,
    /// What it holds, where the repository may not have it yet.
    pub(crate) content: Option<Vec<u8>>,
}

/// Looks at the files of one work tree.
pub(crate) struct WorkTree<'a> {
    objects: &'a Objects,
    root: PathBuf,
    folder: OwnedFd,
    /// When the index was written, in seconds and nanoseconds: what is not older may have changed unseen.
    index_time: (i64, i64),
    trusts_modes: bool,
    converts_by_default: bool,
    /// Whether a folder of the work tree is one, with no link on the way.
    folders: HashMap<Vec<u8>, bool>,
}

impl<'a> WorkTree<'a> {
    pub(crate) fn open(
        objects: &'a Objects,
        root: &Path,
        index_time: (i64, i64),
    ) -> Result<Self, SourceError> {
        let folder = rustix::fs::open(
            root,
            OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        )
        .map_err(SourceError::file("open", root))?;
        let configuration = objects.git.config().and_then(|mut whole| whole.snapshot());
        let text = |name: &str| {
            configuration
                .as_ref()
                .ok()
                .and_then(|whole| whole.get_string(name).ok())
                .unwrap_or_default()
                .to_ascii_lowercase()
        };
        let line_ends = text("core.autocrlf");
        Ok(Self {
            objects,
            root: root.to_owned(),
            folder,
            index_time,
            trusts_modes: !matches!(text("core.filemode").as_str(), "false" | "no" | "off" | "0"),
            converts_by_default: matches!(
                line_ends.as_str(),
                "true" | "yes" | "on" | "1" | "input"
            ),
            folders: HashMap::new(),
        })
    }

    /// A tracked file as it is now; `None` where it was deleted.
    pub(crate) fn tracked(&mut self, entry: &IndexEntry) -> Result<Option<WorkFile>, SourceError> {
        let display = || String::from_utf8_lossy(&entry.path).into_owned();
        let indexed =
            TreeEntryKind::of_mode(entry.mode).ok_or_else(|| SourceError::UnsupportedMode {
                path: display(),
                mode: entry.mode,
            })?;
        let as_indexed = WorkFile {
            kind: indexed,
            oid: entry.id,
            content: None,
        };
        let Some(stat) = self.stat(&entry.path)? else {
            let is_left_out = entry.flags_extended & SKIP_WORKTREE != 0;
            return Ok(is_left_out.then_some(as_indexed));
        };
        if indexed == TreeEntryKind::Submodule {
            return self.submodule(entry, &stat);
        }
        if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
            return Ok(None);
        }
        let kind = self.kind_of(&display(), &stat, Some(indexed))?;
        if kind == indexed && is_unchanged(entry, &stat, self.index_time) {
            return Ok(Some(as_indexed));
        }
        let content = self.read(&entry.path, kind)?;
        let same_sort = (kind == TreeEntryKind::Link) == (indexed == TreeEntryKind::Link);
        let indexed_oid = same_sort.then_some(entry.id);
        self.taken(&entry.path, kind, content, indexed_oid)
            .map(Some)
    }

    /// A file that need not be tracked; `None` where there is none.
    pub(crate) fn untracked(&mut self, path: &str) -> Result<Option<WorkFile>, SourceError> {
        let Some(stat) = self.stat(path.as_bytes())? else {
            return Ok(None);
        };
        if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
            return Ok(None);
        }
        let kind = self.kind_of(path, &stat, None)?;
        let content = self.read(path.as_bytes(), kind)?;
        self.taken(path.as_bytes(), kind, content, None).map(Some)
    }

    /// Decides under which hash content enters.
    fn taken(
        &self,
        path: &[u8],
        kind: TreeEntryKind,
        content: Vec<u8>,
        indexed: Option<Oid>,
    ) -> Result<WorkFile, SourceError> {
        let hash = |content: &[u8]| {
            Oid::hash_object(ObjectType::Blob, content).map_err(SourceError::git("hash a file"))
        };
        let oid = hash(&content)?;
        let unchanged = |oid| WorkFile {
            kind,
            oid,
            content: None,
        };
        if indexed == Some(oid) {
            return Ok(unchanged(oid));
        }
        if kind != TreeEntryKind::Link {
            if let Some(indexed) = indexed
                && self.attribute(path, "filter") == Some("lfs".to_owned())
                && self.stands_for(indexed, path, &content)
            {
                return Ok(unchanged(indexed));
            }
            if self.converts_line_ends(path, &content, indexed) {
                let content = with_line_feeds(&content);
                let oid = hash(&content)?;
                return Ok(WorkFile {
                    kind,
                    oid,
                    content: Some(content),
                });
            }
        }
        Ok(WorkFile {
            kind,
            oid,
            content: Some(content),
        })
    }

    /// Whether a blob is the Git LFS pointer of this content.
    fn stands_for(&self, blob: Oid, path: &[u8], content: &[u8]) -> bool {
        self.objects
            .read(
                blob,
                ObjectType::Blob,
                &String::from_utf8_lossy(path),
                LfsPointer::parse,
            )
            .ok()
            .flatten()
            .is_some_and(|pointer| {
                pointer.size == content.len() as u64 && pointer.digest == Sha256Digest::of(content)
            })
    }

    /// Whether `git add` would turn CRLF into LF here (gitattributes, "text", "eol"; git-config, "core.autocrlf").
    fn converts_line_ends(&self, path: &[u8], content: &[u8], indexed: Option<Oid>) -> bool {
        if !has_carriage_return_line_feed(content) {
            return false;
        }
        let is_automatic = match self.attribute(path, "text").as_deref() {
            Some("true") => return true,
            Some("false") => return false,
            Some("auto") => true,
            _ if self.attribute(path, "eol").is_some() => return true,
            _ => self.converts_by_default,
        };
        let is_binary = content.contains(&0)
            || content
                .windows(2)
                .any(|pair| pair[0] == b'\r' && pair[1] != b'\n')
            || content.last() == Some(&b'\r');
        let blob_has_them = || {
            indexed.is_some_and(|oid| {
                self.objects
                    .read(
                        oid,
                        ObjectType::Blob,
                        &String::from_utf8_lossy(path),
                        has_carriage_return_line_feed,
                    )
                    .unwrap_or(false)
            })
        };
        is_automatic && !is_binary && !blob_has_them()
    }

    fn attribute(&self, path: &[u8], name: &str) -> Option<String> {
        let path = std::str::from_utf8(path).ok()?;
        let value = self
            .objects
            .git
            .get_attr(Path::new(path), name, AttrCheckFlags::FILE_THEN_INDEX)
            .ok()?;
        match AttrValue::from_string(value) {
            AttrValue::True => Some("true".to_owned()),
            AttrValue::False => Some("false".to_owned()),
            AttrValue::String(text) => Some(text.to_owned()),
            AttrValue::Bytes(_) | AttrValue::Unspecified => None,
        }
    }

    /// The commit that a submodule's work tree stands at.
    fn submodule(&self, entry: &IndexEntry, stat: &Stat) -> Result<Option<WorkFile>, SourceError> {
        if FileType::from_raw_mode(stat.st_mode) != FileType::Directory {
            return Ok(None);
        }
        let path = String::from_utf8_lossy(&entry.path).into_owned();
        let at = |oid| {
            Ok(Some(WorkFile {
                kind: TreeEntryKind::Submodule,
                oid,
                content: None,
            }))
        };
        // A submodule that was never initialised is an empty folder.
        let Ok(inside) = Repository::open_work_tree(&self.root.join(&path)) else {
            return at(entry.id);
        };
        let Some(head) = inside.head()? else {
            return at(entry.id);
        };
        let snapshot = inside.snapshot(&[], super::Keep::Memory)?;
        if snapshot.commit != head {
            return Err(SourceError::DirtySubmodule { path });
        }
        at(super::repository::oid_of(&head)?)
    }

    /// What `lstat` says of a path whose folders are all folders; `None` where nothing is there.
    fn stat(&mut self, path: &[u8]) -> Result<Option<Stat>, SourceError> {
        if let Some(slash) = path.iter().rposition(|byte| *byte == b'/')
            && !self.is_folder(&path[..slash])?
        {
            return Ok(None);
        }
        self.stat_once(path)
    }

    fn is_folder(&mut self, path: &[u8]) -> Result<bool, SourceError> {
        if let Some(known) = self.folders.get(path) {
            return Ok(*known);
        }
        let above = match path.iter().rposition(|byte| *byte == b'/') {
            Some(slash) => self.is_folder(&path[..slash])?,
            None => true,
        };
        let is_folder = above
            && self
                .stat_once(path)?
                .is_some_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory);
        self.folders.insert(path.to_owned(), is_folder);
        Ok(is_folder)
    }

    fn stat_once(&self, path: &[u8]) -> Result<Option<Stat>, SourceError> {
        match rustix::fs::statat(&self.folder, path, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
            Err(error) => Err(SourceError::file("look at", self.display_path(path))(error)),
        }
    }

    fn kind_of(
        &self,
        path: &str,
        stat: &Stat,
        indexed: Option<TreeEntryKind>,
    ) -> Result<TreeEntryKind, SourceError> {
        let refused = |kind| {
            Err(SourceError::NotAFile {
                path: path.to_owned(),
                kind,
            })
        };
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Ok(match indexed {
                Some(kind @ (TreeEntryKind::File | TreeEntryKind::Executable))
                    if !self.trusts_modes =>
                {
                    kind
                }
                _ if stat.st_mode & 0o100 != 0 => TreeEntryKind::Executable,
                _ => TreeEntryKind::File,
            }),
            FileType::Symlink => Ok(TreeEntryKind::Link),
            FileType::Fifo => refused("a FIFO"),
            FileType::Socket => refused("a socket"),
            FileType::CharacterDevice | FileType::BlockDevice => refused("a device"),
            FileType::Directory => refused("a folder"),
            FileType::Unknown => refused("of an unknown kind"),
        }
    }

    fn read(&self, path: &[u8], kind: TreeEntryKind) -> Result<Vec<u8>, SourceError> {
        let failed = |error: io::Error| SourceError::file("read", self.display_path(path))(error);
        if kind == TreeEntryKind::Link {
            return rustix::fs::readlinkat(&self.folder, path, Vec::new())
                .map(|target| target.into_bytes())
                .map_err(|error| failed(error.into()));
        }
        // Not blocking: a FIFO may have taken the file's place since it was looked at.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.folder, path, flags, Mode::empty())
            .map_err(|error| failed(error.into()))?;
        let stat = rustix::fs::fstat(&file).map_err(|error| failed(error.into()))?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(SourceError::NotAFile {
                path: String::from_utf8_lossy(path).into_owned(),
                kind: "no longer a file",
            });
        }
        let mut content = Vec::new();
        File::from(file).read_to_end(&mut content).map_err(failed)?;
        Ok(content)
    }

    fn display_path(&self, path: &[u8]) -> PathBuf {
        self.root.join(String::from_utf8_lossy(path).as_ref())
    }
}

/// Whether a file is certainly as it was when the index was written.
///
/// A file changed in the same tick of the clock as the index was written shows no newer time: neither its time of
/// modification nor that of its status may reach the index's own.
fn is_unchanged(entry: &IndexEntry, stat: &Stat, index_time: (i64, i64)) -> bool {
    let modified = (stat.st_mtime, stat.st_mtime_nsec.cast_signed());
    let status = (stat.st_ctime, stat.st_ctime_nsec.cast_signed());
    let matches = |time: git2::IndexTime, (seconds, nanoseconds): (i64, i64)| {
        i64::from(time.seconds()) == i64::from(seconds as i32)
            && i64::from(time.nanoseconds()) == nanoseconds
    };
    matches(entry.mtime, modified)
        && matches(entry.ctime, status)
        && entry.file_size == stat.st_size as u32
        && (entry.ino == 0 || entry.ino == stat.st_ino as u32)
        && modified < index_time
        && status < index_time
}

fn has_carriage_return_line_feed(content: &[u8]) -> bool {
    content.windows(2).any(|pair| pair == b"\r\n")
}

fn with_line_feeds(content: &[u8]) -> Vec<u8> {
    let mut converted = Vec::with_capacity(content.len());
    for (index, byte) in content.iter().enumerate() {
        if *byte != b'\r' || content.get(index + 1) != Some(&b'\n') {
            converted.push(*byte);
        }
    }
    converted
}
