//! Locks that the kernel lets go when their process ends, however it ends.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

/// A lock, held until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Makes the file at `path` if need be and locks it. Waits for whoever only looks whether it is held; `None` where
    /// the file was swept away meanwhile.
    pub(crate) fn hold(path: &Path) -> io::Result<Option<Self>> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        flock(&file, FlockOperation::LockExclusive)?;
        let removed = file.metadata()?.nlink() == 0;
        Ok((!removed).then_some(Self { _file: file }))
    }

    /// Waits for the file at `path` together with others who do the same, and makes it if need be.
    pub(crate) fn share(path: &Path) -> io::Result<Self> {
        Self::wait(path, FlockOperation::LockShared)
    }

    /// Waits until the file at `path` is this one's alone, and makes it if need be. Nobody may remove it.
    pub(crate) fn alone(path: &Path) -> io::Result<Self> {
        Self::wait(path, FlockOperation::LockExclusive)
    }

    fn wait(path: &Path, operation: FlockOperation) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        flock(&file, operation)?;
        Ok(Self { _file: file })
    }

    /// Locks the file at `path` where nobody holds it, and makes it if need be; `None` where somebody holds it.
    pub(crate) fn take_over(path: &Path) -> io::Result<Option<Self>> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(Errno::WOULDBLOCK) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Whether somebody holds the file at `path`; `false` where there is none.
    pub(crate) fn is_held(path: &Path) -> io::Result<bool> {
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            opened => opened?,
        };
        match flock(&file, FlockOperation::NonBlockingLockShared) {
            Ok(()) => Ok(false),
            Err(Errno::WOULDBLOCK) => Ok(true),
            Err(errno) => Err(errno.into()),
        }
    }
}
