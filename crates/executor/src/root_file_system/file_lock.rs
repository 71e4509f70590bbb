//! Locks on files that the kernel lets go when their process ends, however it ends.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;

use crate::interrupt::Interrupt;

/// How often a lock that another holds is tried.
const STEP: Duration = Duration::from_millis(50);

/// A lock, held until it is dropped.
#[derive(Debug)]
pub(super) struct FileLock {
    file: File,
}

impl FileLock {
    /// Locks a file, made if need be, against everyone; waits for whoever holds it.
    pub(super) fn exclusive(path: &Path) -> io::Result<Self> {
        Self::lock(path, FlockOperation::LockExclusive)
    }

    /// Locks a file, made if need be, against those who want it for themselves; waits for one who has it.
    pub(super) fn shared(path: &Path) -> io::Result<Self> {
        Self::lock(path, FlockOperation::LockShared)
    }

    /// Locks a file, made if need be, against everyone; `None` where anybody holds it.
    pub(super) fn try_exclusive(path: &Path) -> io::Result<Option<Self>> {
        match Self::lock(path, FlockOperation::NonBlockingLockExclusive) {
            Ok(lock) => Ok(Some(lock)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Locks a file against everyone, and waits for whoever holds it; `None` where the user asks to stop meanwhile.
    pub(super) fn exclusive_unless(path: &Path, interrupt: &Interrupt) -> io::Result<Option<Self>> {
        while !interrupt.is_requested() {
            if let Some(lock) = Self::try_exclusive(path)? {
                return Ok(Some(lock));
            }
            std::thread::sleep(STEP);
        }
        Ok(None)
    }

    /// Whether the file was removed before it was locked: then the lock keeps nobody away.
    pub(super) fn is_removed(&self) -> io::Result<bool> {
        Ok(self.file.metadata()?.nlink() == 0)
    }

    fn lock(path: &Path, operation: FlockOperation) -> io::Result<Self> {
        // Locks over NFS want a file that can be written.
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
            .open(path)?;
        loop {
            match flock(&file, operation) {
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
                Ok(()) => return Ok(Self { file }),
            }
        }
    }
}
