//! The part of the disk limit that no walk of the workspace sees: files without a name that processes have open.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;

use rustix::fs::{FileType, fstat, stat};
use rustix::process::Pid;

use super::memory_watch::Sandbox;

/// Looks at a sandbox's files without names, on disks.
#[derive(Debug)]
pub(super) struct DiskWatch {
    sandbox: Sandbox,
    /// Devices whose files lie in memory, and count there.
    in_memory: Vec<u64>,
}

impl DiskWatch {
    /// Watches the sandbox of this process 1, with file systems that are in memory.
    ///
    /// # Errors
    /// When the process is gone already.
    pub(super) fn new(process: Pid, in_memory: &[OwnedFd]) -> io::Result<Self> {
        let device = |descriptor: &OwnedFd| Ok(fstat(descriptor)?.st_dev);
        Ok(Self {
            sandbox: Sandbox::of(process)?,
            in_memory: in_memory.iter().map(device).collect::<io::Result<_>>()?,
        })
    }

    /// What they take, in bytes; `None` when the sandbox has ended. A file that is mapped alone, or on its way through
    /// a socket, is not found.
    ///
    /// # Errors
    /// When the system does not let us look.
    pub(super) fn look(&self) -> io::Result<Option<u64>> {
        let Some(processes) = self.sandbox.processes()? else {
            return Ok(None);
        };
        let mut files: Vec<_> = processes
            .into_iter()
            .flat_map(|process| self.nameless(process))
            .collect();
        files.sort_unstable();
        files.dedup_by_key(|(device, inode, _)| (*device, *inode));
        Ok(Some(files.iter().map(|(_, _, bytes)| bytes).sum()))
    }

    /// Device, inode number and bytes of a process's files without names.
    fn nameless(&self, process: Pid) -> Vec<(u64, u64, u64)> {
        let folder = format!("/proc/{}/fd", process.as_raw_nonzero());
        let descriptors = fs::read_dir(folder).into_iter().flatten().flatten();
        let statuses = descriptors.filter_map(|entry| {
            let path = entry.path();
            let target = fs::read_link(&path).ok()?;
            let is_memory = target
                .as_os_str()
                .as_encoded_bytes()
                .starts_with(b"/memfd:");
            if is_memory { None } else { stat(path).ok() }
        });
        statuses
            .filter(|status| {
                let is_file = FileType::from_raw_mode(status.st_mode) == FileType::RegularFile;
                is_file && status.st_nlink == 0 && !self.in_memory.contains(&status.st_dev)
            })
            // `st_blocks` counts 512 bytes each (stat(3type)).
            .map(|status| {
                let bytes = status.st_blocks.cast_unsigned().saturating_mul(512);
                (status.st_dev, status.st_ino, bytes)
            })
            .collect()
    }
}
