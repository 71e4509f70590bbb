//! Files in memory that have no name (`memfd_create(2)`), found by the descriptors that processes have of them.

use std::collections::HashMap;
use std::fs;

use rustix::process::Pid;

use super::file_systems::Device;

/// What the kernel calls such a file in `/proc/<pid>/fd`.
const MARK: &[u8] = b"/memfd:";

/// A file, whoever has it open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct FileNumber {
    pub(super) device: Device,
    pub(super) inode: u64,
}

/// The files that some processes have open, each once.
#[derive(Debug, Default)]
pub(super) struct NamelessFiles(HashMap<FileNumber, u64>);

impl NamelessFiles {
    /// Those of these processes. What a process closes or hides meanwhile is not found; a file that is mapped and not
    /// open any more counts by its mapping.
    pub(super) fn of(processes: &[Pid]) -> Self {
        let mut found = Self::default();
        for process in processes {
            found.add(*process);
        }
        found
    }

    fn add(&mut self, process: Pid) {
        let folder = format!("/proc/{}/fd", process.as_raw_nonzero());
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let is_nameless = fs::read_link(&path)
                .is_ok_and(|target| target.as_os_str().as_encoded_bytes().starts_with(MARK));
            if !is_nameless {
                continue;
            }
            // A file of that name on a disk counts as well: what calls itself so wants to be counted.
            if let Ok(status) = rustix::fs::stat(&path) {
                let number = FileNumber {
                    device: Device::of(status.st_dev),
                    inode: status.st_ino,
                };
                // `st_blocks` counts 512 bytes each (stat(3type)).
                let bytes = status.st_blocks.cast_unsigned().saturating_mul(512);
                self.0.insert(number, bytes);
            }
        }
    }

    /// What they take, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.0.values().sum()
    }

    pub(super) fn has(&self, file: FileNumber) -> bool {
        self.0.contains_key(&file)
    }
}

/// Shared memory of the whole machine, in bytes: no run has more of it. `None` where the kernel does not tell.
pub(super) fn shared_by_all() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix("Shmem:"))?;
    super::memory_counts::kibibytes(value)
}
