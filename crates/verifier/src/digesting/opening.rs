//! Opening what lies beneath a folder without ever following a link or waiting for a writer.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat, openat, readlinkat, statat};
use rustix::io::Errno;

use super::refusal::RefusalReason;

const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);
const FILE: OFlags = OFlags::RDONLY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

/// What stands at a path.
pub(super) enum Opened {
    File(OwnedFd, Stat),
    Link(String),
    Folder,
}

/// Opens paths beneath a root, component by component. It keeps the folders on the way to the last path open, since
/// sorted paths share them.
pub(super) struct Opener<'a> {
    root: BorrowedFd<'a>,
    folders: Vec<(String, OwnedFd)>,
}

impl<'a> Opener<'a> {
    pub(super) fn new(root: BorrowedFd<'a>) -> Self {
        Self {
            root,
            folders: Vec::new(),
        }
    }

    /// Opens the plain relative path `path`.
    pub(super) fn open(&mut self, path: &str) -> Result<Opened, RefusalReason> {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let folder = self.folder(parent)?;
        let before = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).map_err(unreadable)?;
        match FileType::from_raw_mode(before.st_mode) {
            FileType::RegularFile => open_file(folder, name),
            FileType::Symlink => read_link(folder, name),
            FileType::Directory => Ok(Opened::Folder),
            other => Err(RefusalReason::Special(special_name(other))),
        }
    }

    /// The folder at the plain relative path `path`; the root where it is empty.
    pub(super) fn folder(&mut self, path: &str) -> Result<BorrowedFd<'_>, RefusalReason> {
        let components: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let shared = self
            .folders
            .iter()
            .zip(&components)
            .take_while(|((name, _), component)| name == *component)
            .count();
        self.folders.truncate(shared);
        for component in &components[shared..] {
            let opened =
                openat(self.deepest(), *component, FOLDER, Mode::empty()).map_err(|errno| {
                    match errno {
                        Errno::LOOP | Errno::NOTDIR => RefusalReason::ThroughLink,
                        other => unreadable(other),
                    }
                })?;
            self.folders.push(((*component).to_owned(), opened));
        }
        Ok(self.deepest())
    }

    fn deepest(&self) -> BorrowedFd<'_> {
        self.folders
            .last()
            .map_or(self.root, |(_, folder)| folder.as_fd())
    }
}

/// Opens the root; it alone may be reached through links, since the caller names it.
pub(super) fn open_root(path: &Path) -> rustix::io::Result<OwnedFd> {
    rustix::fs::open(
        path,
        OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    )
}

fn open_file(folder: BorrowedFd<'_>, name: &str) -> Result<Opened, RefusalReason> {
    let file = openat(folder, name, FILE, Mode::empty()).map_err(|errno| match errno {
        // What was a file is something else by now.
        Errno::LOOP | Errno::NXIO => RefusalReason::Changed,
        other => unreadable(other),
    })?;
    let stat = rustix::fs::fstat(&file).map_err(unreadable)?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Ok(Opened::File(file, stat)),
        _ => Err(RefusalReason::Changed),
    }
}

fn read_link(folder: BorrowedFd<'_>, name: &str) -> Result<Opened, RefusalReason> {
    let target = readlinkat(folder, name, Vec::new()).map_err(unreadable)?;
    let target = target.into_string().map_err(|_| RefusalReason::Name)?;
    Ok(Opened::Link(target))
}

pub(super) fn unreadable(errno: Errno) -> RefusalReason {
    RefusalReason::Unreadable {
        reason: std::io::Error::from(errno).to_string(),
    }
}

fn special_name(kind: FileType) -> &'static str {
    match kind {
        FileType::Fifo => "a FIFO",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        _ => "of no known kind",
    }
}
