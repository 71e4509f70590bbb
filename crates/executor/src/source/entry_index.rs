//! The state of every file and folder of a cached export, so that any later change shows without reading content.
//!
//! As a file: the line `resow source entries 1`; the number of files and of folders; then for each file its kind,
//! digest, size, inode, time of status in seconds and nanoseconds, mode and path, and for each folder the inode, both
//! times, mode and path: numbers decimal, separated by spaces, each record ended by NUL; last, the SHA-256 of all
//! before it in hexadecimal.

use std::fmt::Write as _;
use std::os::fd::AsFd;

use resow_manifest::digest::Sha256Digest;
use resow_manifest::source_tree::{SourceEntry, SourceKind, SourceTree};
use rustix::fs::{AtFlags, Stat};

const HEADER: &str = "resow source entries 1\n";

/// What `lstat` says of a file or link. Any change of content, mode or owner sets a new time of status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PathState {
    inode: u64,
    size: u64,
    status_time: (i64, i64),
    mode: u32,
}

/// What `lstat` says of a folder; a name that comes or goes sets new times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FolderState {
    inode: u64,
    modification_time: (i64, i64),
    status_time: (i64, i64),
    mode: u32,
}

impl PathState {
    pub(crate) fn of(stat: &Stat) -> Self {
        Self {
            inode: stat.st_ino,
            size: stat.st_size.cast_unsigned(),
            status_time: (stat.st_ctime, stat.st_ctime_nsec.cast_signed()),
            mode: stat.st_mode,
        }
    }

    pub(crate) fn mode(&self) -> u32 {
        self.mode
    }
}

impl FolderState {
    pub(crate) fn of(stat: &Stat) -> Self {
        Self {
            inode: stat.st_ino,
            modification_time: (stat.st_mtime, stat.st_mtime_nsec.cast_signed()),
            status_time: (stat.st_ctime, stat.st_ctime_nsec.cast_signed()),
            mode: stat.st_mode,
        }
    }
}

/// The states of a whole export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EntryIndex {
    /// Of each entry of the tree, in its order.
    pub(crate) files: Vec<PathState>,
    /// Of each folder; the root is `.`.
    pub(crate) folders: Vec<(String, FolderState)>,
}

impl EntryIndex {
    /// The file that holds the tree and its states.
    pub(crate) fn write(&self, tree: &SourceTree) -> Vec<u8> {
        let mut text = String::with_capacity(160 * self.files.len());
        text.push_str(HEADER);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{} {}", self.files.len(), self.folders.len());
        for ((path, entry), state) in tree.entries.iter().zip(&self.files) {
            let kind = match entry.kind {
                SourceKind::File => 'f',
                SourceKind::Executable => 'x',
                SourceKind::Link => 'l',
            };
            let (seconds, nanoseconds) = state.status_time;
            let _ = write!(
                text,
                "{kind} {} {} {} {} {seconds} {nanoseconds} {} {path}\0",
                entry.digest.hex(),
                entry.size,
                state.inode,
                state.size,
                state.mode,
            );
        }
        for (path, state) in &self.folders {
            let (seconds, nanoseconds) = state.status_time;
            let (modified, modified_nanoseconds) = state.modification_time;
            let _ = write!(
                text,
                "{} {modified} {modified_nanoseconds} {seconds} {nanoseconds} {} {path}\0",
                state.inode, state.mode,
            );
        }
        let digest = Sha256Digest::of(text.as_bytes()).hex();
        text.push_str(&digest);
        text.into_bytes()
    }

    /// Reads such a file; `None` for one that is damaged or of another version.
    pub(crate) fn read(content: &[u8]) -> Option<(SourceTree, Self)> {
        let text = std::str::from_utf8(content).ok()?;
        let (body, digest) = text.split_at_checked(text.len().checked_sub(64)?)?;
        if Sha256Digest::of(body.as_bytes()).hex() != digest {
            return None;
        }
        let (counts, records) = body.strip_prefix(HEADER)?.split_once('\n')?;
        let (files, folders) = counts.split_once(' ')?;
        let (files, folders): (usize, usize) = (files.parse().ok()?, folders.parse().ok()?);
        let mut records = records.split_terminator('\0');
        let mut tree = SourceTree::default();
        let mut index = Self {
            files: Vec::new(),
            folders: Vec::new(),
        };
        for _ in 0..files {
            let mut fields = records.next()?.splitn(9, ' ');
            let kind = match fields.next()? {
                "f" => SourceKind::File,
                "x" => SourceKind::Executable,
                "l" => SourceKind::Link,
                _ => return None,
            };
            let entry = SourceEntry {
                kind,
                digest: Sha256Digest::from_hex(fields.next()?).ok()?,
                size: fields.next()?.parse().ok()?,
            };
            index.files.push(PathState {
                inode: fields.next()?.parse().ok()?,
                size: fields.next()?.parse().ok()?,
                status_time: (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?),
                mode: fields.next()?.parse().ok()?,
            });
            tree.entries.insert(fields.next()?.parse().ok()?, entry);
        }
        for _ in 0..folders {
            let mut fields = records.next()?.splitn(7, ' ');
            let state = FolderState {
                inode: fields.next()?.parse().ok()?,
                modification_time: (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?),
                status_time: (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?),
                mode: fields.next()?.parse().ok()?,
            };
            index.folders.push((fields.next()?.to_owned(), state));
        }
        (records.next().is_none() && tree.entries.len() == files).then_some((tree, index))
    }

    /// Whether everything beneath `root` is as it was.
    pub(crate) fn holds(&self, tree: &SourceTree, root: impl AsFd) -> bool {
        let stat = |path: &str| rustix::fs::statat(&root, path, AtFlags::SYMLINK_NOFOLLOW).ok();
        // Folders first: while each is the same inode and unchanged, no path leads through a link.
        self.folders
            .iter()
            .all(|(path, state)| stat(path).is_some_and(|stat| FolderState::of(&stat) == *state))
            && tree.entries.keys().zip(&self.files).all(|(path, state)| {
                stat(path.as_str()).is_some_and(|stat| PathState::of(&stat) == *state)
            })
    }
}
