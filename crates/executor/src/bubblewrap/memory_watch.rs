//! The memory limit where no control group holds it: what the processes of a sandbox and its file systems in memory
//! take, looked at again and again.
//!
//! A page counts once. What processes have for themselves and what they share counts by their proportional share; a
//! page of a file in one of the file systems given counts there, mapped or not, and so does one of a file without a name
//! (`memfd`) that a process has open. What has been swapped out counts as well. Not seen is what no process maps and
//! nothing shows: a System V segment that was written and then detached, and what lies in pipes and sockets.

mod file_systems;
mod mappings;
mod memory_counts;
mod nameless_files;
mod processes;
#[cfg(test)]
mod tests;

use std::io;
use std::os::fd::OwnedFd;

use rustix::process::Pid;

use self::file_systems::FileSystems;
use self::memory_counts::MemoryCounts;
use self::nameless_files::NamelessFiles;
pub(super) use self::processes::Sandbox;

/// Looks at a sandbox's memory.
#[derive(Debug)]
pub(super) struct MemoryWatch {
    sandbox: Sandbox,
    file_systems: FileSystems,
    limit: u64,
}

/// What a look has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MemoryLook {
    /// The sandbox has ended.
    Gone,
    /// It takes at most this many bytes, which the limit allows.
    Within(u64),
    /// It takes this many bytes, more than the limit.
    Over(u64),
}

impl MemoryWatch {
    /// Watches the sandbox of which this is process 1, by its number out here, and file systems that are in memory
    /// and only the sandbox's, each once. The limit is in bytes.
    ///
    /// # Errors
    /// When the process is gone already, or `/proc` cannot be read.
    pub(super) fn new(process: Pid, file_systems: Vec<OwnedFd>, limit: u64) -> io::Result<Self> {
        Ok(Self {
            sandbox: Sandbox::of(process)?,
            file_systems: FileSystems::new(file_systems)?,
            limit,
        })
    }

    /// Looks once. The first sum is quick and too large, as it counts shared pages once a process; only where it
    /// passes the limit are the shares read, and only where those pass it are single mappings.
    ///
    /// # Errors
    /// When the system does not let us look.
    pub(super) fn look(&mut self) -> io::Result<MemoryLook> {
        let Some(processes) = self.sandbox.processes()? else {
            return Ok(MemoryLook::Gone);
        };
        let mut files = self.file_systems.bytes()?;
        let resident: Vec<_> = processes
            .iter()
            .map(|process| MemoryCounts::resident(*process))
            .collect();
        let mut bytes = files + sum(&resident);
        let mut nameless = NamelessFiles::default();
        if self.could_be_over(bytes) {
            nameless = NamelessFiles::of(&processes);
            files += nameless.bytes();
            bytes += nameless.bytes();
        }
        if bytes <= self.limit {
            return Ok(MemoryLook::Within(bytes));
        }
        let shares = processes.iter().zip(resident);
        let shares: Vec<_> = shares
            .map(|(process, resident)| MemoryCounts::shares(*process).unwrap_or(resident))
            .collect();
        let bytes = files + sum(&shares);
        if bytes <= self.limit || files == 0 || shares.iter().all(|counts| counts.shared == 0) {
            return Ok(self.judge(bytes));
        }
        let twice: u64 = processes
            .iter()
            .map(|process| {
                mappings::shares_of(*process, |file| {
                    self.file_systems.devices().contains(&file.device) || nameless.has(file)
                })
            })
            .sum();
        Ok(self.judge(bytes.saturating_sub(twice)))
    }

    /// Whether files without names could bring the sum past the limit, as far as the machine's shared memory goes:
    /// looking through all descriptors is worth it only then.
    fn could_be_over(&self, bytes: u64) -> bool {
        nameless_files::shared_by_all()
            .is_none_or(|shared| bytes.saturating_add(shared) > self.limit)
    }

    fn judge(&self, bytes: u64) -> MemoryLook {
        if bytes > self.limit {
            MemoryLook::Over(bytes)
        } else {
            MemoryLook::Within(bytes)
        }
    }
}

fn sum(counts: &[MemoryCounts]) -> u64 {
    counts
        .iter()
        .map(|counts| counts.private + counts.shared)
        .sum()
}
