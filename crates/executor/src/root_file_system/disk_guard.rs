//! Keeps unpacking from filling the disk.

use std::fs::File;
use std::path::{Path, PathBuf};

use rustix::fs::StatVfs;

use super::error::RootFileSystemError;
use super::merged_tree::TreeSize;

/// What always stays free: this, or a share of a small file system.
const RESERVE: u64 = 1 << 30;
/// One part in how many of a small file system stays free: 5 %.
const RESERVED_PART: u64 = 20;
/// After how many bytes the free space is looked at again.
const STEP: u64 = 32 << 20;
/// What a file takes besides its content: a block, where its last is not full or its folder grows.
const ENTRY: u64 = 4096;

/// Watches the free space of a file system that others fill too.
pub(super) struct DiskGuard {
    folder: File,
    path: PathBuf,
    reserve: Option<u64>,
    unchecked: u64,
}

impl DiskGuard {
    /// Watches the file system that `path` is on; `reserve` bytes stay free, or what is usual.
    pub(super) fn new(path: &Path, reserve: Option<u64>) -> Result<Self, RootFileSystemError> {
        let folder = File::open(path).map_err(RootFileSystemError::file("open", path))?;
        Ok(Self {
            folder,
            path: path.to_owned(),
            reserve,
            unchecked: 0,
        })
    }

    /// Whether all of it will fit, before any of it is written.
    pub(super) fn expect(&self, size: TreeSize) -> Result<(), RootFileSystemError> {
        let status = self.status()?;
        // Some file systems do not count files.
        if status.f_files > 0 && status.f_favail < size.entries {
            return Err(RootFileSystemError::NoFiles {
                path: self.path.clone(),
                needed: size.entries,
                free: status.f_favail,
            });
        }
        let needed = size.entries.saturating_mul(ENTRY);
        self.compare(&status, needed.saturating_add(size.bytes))
    }

    /// Counts what is written.
    pub(super) fn spend(&mut self, bytes: u64) -> Result<(), RootFileSystemError> {
        self.unchecked += bytes;
        if self.unchecked < STEP {
            return Ok(());
        }
        self.unchecked = 0;
        self.compare(&self.status()?, 0)
    }

    /// Counts a file, folder or link.
    pub(super) fn spend_entry(&mut self) -> Result<(), RootFileSystemError> {
        self.spend(ENTRY)
    }

    fn compare(&self, status: &StatVfs, needed: u64) -> Result<(), RootFileSystemError> {
        let free = status.f_bavail.saturating_mul(status.f_frsize);
        let all = status.f_blocks.saturating_mul(status.f_frsize);
        let reserve = self.reserve.unwrap_or(RESERVE.min(all / RESERVED_PART));
        if free >= needed.saturating_add(reserve) {
            return Ok(());
        }
        Err(RootFileSystemError::NoRoom {
            path: self.path.clone(),
            needed,
            free,
            reserve,
        })
    }

    fn status(&self) -> Result<StatVfs, RootFileSystemError> {
        rustix::fs::fstatvfs(&self.folder)
            .map_err(|errno| RootFileSystemError::file("look at", &self.path)(errno.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_before_and_while_it_is_written() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let size = |bytes| TreeSize { entries: 1, bytes };
        let guard = DiskGuard::new(folder.path(), Some(0)).expect("a folder");
        guard.expect(size(1)).expect("a byte fits");
        let error = guard.expect(size(u64::MAX)).expect_err("too much");
        assert!(
            matches!(error, RootFileSystemError::NoRoom { .. }),
            "{error}"
        );
        let mut guard = DiskGuard::new(folder.path(), Some(u64::MAX)).expect("a folder");
        guard.spend(STEP - 1).expect("not looked at yet");
        assert!(guard.spend(1).is_err());
    }
}
