//! A walk through a folder that something hostile may have filled, or is filling.
//!
//! Every step opens one name relative to the folder that it is in, never following a link, so that no depth and no
//! length of path is too much. Few folders are held open at a time: the way back up leads through `..`, and only where
//! that still is the folder from which the walk came.

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

/// How many folders are held open at most.
const MOST_OPEN: usize = 64;

/// Flags with which folders are opened.
pub(crate) const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// A name that the walk has come to.
pub(crate) struct Found<'a> {
    /// The folder that it is in.
    pub(crate) folder: BorrowedFd<'a>,
    /// The name itself.
    pub(crate) name: &'a CStr,
    /// Its path below the root of the walk.
    pub(crate) path: &'a [u8],
    /// What `lstat` says of it.
    pub(crate) stat: &'a Stat,
}

impl Found<'_> {
    pub(crate) fn kind(&self) -> FileType {
        FileType::from_raw_mode(self.stat.st_mode)
    }
}

/// What is done on the way.
pub(crate) trait Visitor {
    /// Comes to a name; whether to go into it, if it is a folder.
    fn visit(&mut self, found: &Found<'_>) -> io::Result<bool>;

    /// Opens a folder to go into it.
    fn open(&mut self, folder: BorrowedFd<'_>, name: &CStr) -> rustix::io::Result<OwnedFd> {
        rustix::fs::openat(folder, name, FOLDER, Mode::empty())
    }

    /// Is in a folder, before the names in it; `path` is empty for the root.
    fn enter(&mut self, _folder: BorrowedFd<'_>, _path: &[u8]) -> io::Result<()> {
        Ok(())
    }

    /// Leaves a folder, `name` in `folder`, after all that is in it.
    fn leave(&mut self, _folder: BorrowedFd<'_>, _name: &CStr, _path: &[u8]) -> io::Result<()> {
        Ok(())
    }

    /// Whether names may vanish and folders move during the walk; what did is passed over.
    fn is_moving(&self) -> bool {
        false
    }
}

/// Where a walk failed, and why.
#[derive(Debug)]
pub(crate) struct WalkError {
    pub(crate) path: Vec<u8>,
    pub(crate) source: io::Error,
}

struct Level {
    /// `None` where it was closed because the walk is deep below it.
    folder: Option<OwnedFd>,
    identity: (u64, u64),
    /// Folders in it that are still to be gone into.
    pending: Vec<CString>,
    /// Its own name.
    name: CString,
}

/// Walks through everything beneath `root`.
pub(crate) fn walk(root: OwnedFd, visitor: &mut impl Visitor) -> Result<(), WalkError> {
    let mut path = Vec::new();
    walk_from(root, visitor, &mut path).map_err(|source| WalkError { path, source })
}

fn walk_from(root: OwnedFd, visitor: &mut impl Visitor, path: &mut Vec<u8>) -> io::Result<()> {
    let mut levels = vec![read_level(root, c"".to_owned(), visitor, path)?];
    while let Some(level) = levels.last_mut() {
        if let Some(name) = level.pending.pop() {
            let Some(folder) = &level.folder else {
                return Err(moved());
            };
            let opened = match visitor.open(folder.as_fd(), &name) {
                Ok(opened) => opened,
                Err(error) if visitor.is_moving() && has_vanished(error) => continue,
                Err(error) => {
                    push(path, &name);
                    return Err(error.into());
                }
            };
            push(path, &name);
            let next = read_level(opened, name, visitor, path)?;
            if levels.len() >= MOST_OPEN
                && let Some(above) = levels.last_mut()
            {
                above.folder = None;
            }
            levels.push(next);
            continue;
        }
        let Some(done) = levels.pop() else {
            break;
        };
        let Some(above) = levels.last_mut() else {
            break;
        };
        if above.folder.is_none() {
            above.folder = reopen(&done, above.identity, visitor.is_moving())?;
        }
        match &above.folder {
            Some(folder) => visitor.leave(folder.as_fd(), &done.name, path)?,
            // It was moved meanwhile: what else is in it cannot be found from here.
            None => above.pending.clear(),
        }
        pop(path, &done.name);
    }
    Ok(())
}

/// The folder above, through `..`, if that still is the one.
fn reopen(below: &Level, identity: (u64, u64), is_moving: bool) -> io::Result<Option<OwnedFd>> {
    let opened = below.folder.as_ref().and_then(|folder| {
        let above = rustix::fs::openat(folder, c"..", FOLDER, Mode::empty()).ok()?;
        let stat = rustix::fs::fstat(&above).ok()?;
        ((stat.st_dev, stat.st_ino) == identity).then_some(above)
    });
    if opened.is_none() && !is_moving {
        return Err(moved());
    }
    Ok(opened)
}

fn moved() -> io::Error {
    io::Error::other("a folder was moved during the walk")
}

fn has_vanished(error: Errno) -> bool {
    matches!(error, Errno::NOENT | Errno::NOTDIR | Errno::LOOP)
}

fn read_level(
    folder: OwnedFd,
    name: CString,
    visitor: &mut impl Visitor,
    path: &mut Vec<u8>,
) -> io::Result<Level> {
    let stat = rustix::fs::fstat(&folder)?;
    visitor.enter(folder.as_fd(), path)?;
    let mut pending = Vec::new();
    for entry in names(&folder)? {
        let stat = match rustix::fs::statat(&folder, &entry, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(error) if visitor.is_moving() && has_vanished(error) => continue,
            Err(error) => {
                push(path, &entry);
                return Err(error.into());
            }
        };
        push(path, &entry);
        let found = Found {
            folder: folder.as_fd(),
            name: &entry,
            path,
            stat: &stat,
        };
        let is_folder = found.kind() == FileType::Directory;
        let go_in = visitor.visit(&found)?;
        pop(path, &entry);
        if is_folder && go_in {
            pending.push(entry);
        }
    }
    Ok(Level {
        folder: Some(folder),
        identity: (stat.st_dev, stat.st_ino),
        pending,
        name,
    })
}

/// All names in a folder, read before anything in it changes.
fn names(folder: &OwnedFd) -> rustix::io::Result<Vec<CString>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
            names.push(entry.file_name().to_owned());
        }
    }
    Ok(names)
}

fn push(path: &mut Vec<u8>, name: &CStr) {
    if !path.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(name.to_bytes());
}

fn pop(path: &mut Vec<u8>, name: &CStr) {
    path.truncate(path.len().saturating_sub(name.to_bytes().len()));
    if path.last() == Some(&b'/') {
        path.pop();
    }
}
