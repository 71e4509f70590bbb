//! What a run made, opened to the user whom it belongs to: the run may have taken every right from it.

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags};

use super::WorkspaceError;
use super::folder_walk::{FOLDER, Found, Visitor, walk};

/// Gives the owner of everything beneath a folder the right to read it, and to go through and change its folders;
/// links are not followed. For root there is nothing to do: no mode holds it off.
///
/// # Errors
/// Where something belongs to somebody else, and is closed.
pub(crate) fn open_to_owner(folder: &Path) -> Result<(), WorkspaceError> {
    if rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let root = rustix::fs::open(folder, PLACE, Mode::empty())
        .and_then(|place| open_place(&place))
        .map_err(WorkspaceError::file("open", folder))?;
    walk(root, &mut Opener).map_err(|error| {
        let inner = folder.join(String::from_utf8_lossy(&error.path).as_ref());
        WorkspaceError::file("open", inner)(error.source)
    })
}

/// A place in the tree, whatever its mode.
const PLACE: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

struct Opener;

impl Visitor for Opener {
    fn visit(&mut self, found: &Found<'_>) -> io::Result<bool> {
        if found.kind() == FileType::RegularFile && found.stat.st_mode & 0o400 == 0 {
            let place = rustix::fs::openat(found.folder, found.name, PLACE, Mode::empty())?;
            grant(&place, 0o400)?;
        }
        Ok(true)
    }

    fn open(&mut self, folder: BorrowedFd<'_>, name: &CStr) -> rustix::io::Result<OwnedFd> {
        let flags = PLACE.union(OFlags::DIRECTORY);
        open_place(&rustix::fs::openat(folder, name, flags, Mode::empty())?)
    }
}

fn open_place(place: &OwnedFd) -> rustix::io::Result<OwnedFd> {
    grant(place, 0o700)?;
    rustix::fs::openat(place, c".", FOLDER, Mode::empty())
}

/// Adds rights. The mode of what an `O_PATH` descriptor names is changed through /proc: no name is looked up again.
fn grant(place: &OwnedFd, rights: u32) -> rustix::io::Result<()> {
    let mode = rustix::fs::fstat(place)?.st_mode & 0o7777;
    if mode & rights == rights {
        return Ok(());
    }
    let path = format!("/proc/self/fd/{}", place.as_raw_fd());
    rustix::fs::chmod(path, Mode::from_raw_mode(mode | rights))
}
