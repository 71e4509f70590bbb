//! Removing a folder with everything in it, whatever is in it.

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;

use super::WorkspaceError;
use super::folder_walk::{FOLDER, Found, Visitor, walk};

/// Removes a folder and everything in it, following no link; fine where it is not there.
///
/// # Errors
/// Where something cannot be removed.
pub fn remove_tree(path: &Path) -> Result<(), WorkspaceError> {
    let failed = |error: io::Error| WorkspaceError::file("remove", path)(error);
    let mut remover = Remover;
    let root = match remover.open(rustix::fs::CWD, &c_path(path).map_err(failed)?) {
        Ok(root) => root,
        Err(Errno::NOENT) => return Ok(()),
        Err(error) => return Err(failed(error.into())),
    };
    walk(root, &mut remover).map_err(|error| {
        let inner = path.join(String::from_utf8_lossy(&error.path).as_ref());
        WorkspaceError::file("remove", inner)(error.source)
    })?;
    std::fs::remove_dir(path).map_err(failed)
}

fn c_path(path: &Path) -> io::Result<std::ffi::CString> {
    use std::os::unix::ffi::OsStrExt as _;
    std::ffi::CString::new(path.as_os_str().as_bytes()).map_err(io::Error::other)
}

struct Remover;

impl Visitor for Remover {
    fn visit(&mut self, found: &Found<'_>) -> io::Result<bool> {
        if found.kind() == FileType::Directory {
            // An empty folder goes without being opened, which its mode may forbid.
            return Ok(rustix::fs::unlinkat(found.folder, found.name, AtFlags::REMOVEDIR).is_err());
        }
        rustix::fs::unlinkat(found.folder, found.name, AtFlags::empty())?;
        Ok(false)
    }

    fn open(&mut self, folder: BorrowedFd<'_>, name: &CStr) -> rustix::io::Result<OwnedFd> {
        let opened = rustix::fs::openat(folder, name, FOLDER, Mode::empty());
        let opened = match opened {
            Err(Errno::ACCESS) => {
                // The mode of what an `O_PATH` descriptor names is changed through /proc: no name is looked up again.
                let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let place = rustix::fs::openat(folder, name, flags, Mode::empty())?;
                let path = format!("/proc/self/fd/{}", place.as_raw_fd());
                rustix::fs::chmod(path, Mode::RWXU)?;
                rustix::fs::openat(folder, name, FOLDER, Mode::empty())?
            }
            other => other?,
        };
        let stat = rustix::fs::fstat(&opened)?;
        if stat.st_mode & 0o700 != 0o700 {
            // Where this is refused, removing what is inside says so.
            let _ = rustix::fs::fchmod(&opened, Mode::RWXU);
        }
        Ok(opened)
    }

    fn leave(&mut self, folder: BorrowedFd<'_>, name: &CStr, _path: &[u8]) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(folder, name, AtFlags::REMOVEDIR)?)
    }
}
