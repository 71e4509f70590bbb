//! The file systems of a sandbox that lie in memory.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};

use rustix::fs::{Mode, OFlags};
use rustix::process::Pid;

use crate::engine::{HOME, TEMPORARY};

/// Where they are, and what to do about one that is full.
const PLACES: [(&str, &str); 3] = [
    (
        "/dev/shm",
        "`shm` in `[resources]` is its size; another makes no other plan",
    ),
    (
        TEMPORARY,
        "it has a quarter of `memory` in `[resources]`; large files belong into the workspace",
    ),
    (
        HOME,
        "it has a quarter of `memory` in `[resources]`; large files belong into the workspace",
    ),
];

/// The file systems, held open so that they can be looked at when the sandbox has ended.
pub(super) struct MemoryFileSystems(Vec<OwnedFd>);

/// One that has no room left.
pub(super) struct Full {
    pub(super) path: &'static str,
    pub(super) hint: &'static str,
}

impl MemoryFileSystems {
    /// Those of the sandbox with this first process.
    pub(super) fn open(process: Pid) -> io::Result<Self> {
        let open = |(path, _): &(&str, &str)| {
            let path = format!("/proc/{}/root{path}", process.as_raw_nonzero());
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            rustix::fs::open(path, flags, Mode::empty())
        };
        Ok(Self(PLACES.iter().map(open).collect::<Result<_, _>>()?))
    }

    /// The same once more, for who looks at them meanwhile.
    pub(super) fn descriptors(&self) -> io::Result<Vec<OwnedFd>> {
        self.0
            .iter()
            .map(|descriptor| descriptor.as_fd().try_clone_to_owned())
            .collect()
    }

    /// Those that have no room left.
    pub(super) fn full(&self) -> impl Iterator<Item = Full> {
        self.0
            .iter()
            .zip(PLACES)
            .filter(|(descriptor, _)| {
                rustix::fs::fstatvfs(descriptor)
                    .is_ok_and(|status| status.f_blocks > 0 && status.f_bfree == 0)
            })
            .map(|(_, (path, hint))| Full { path, hint })
    }
}
