//! What a control group can limit.

use super::hierarchy::Version;

/// What a control group can limit, of what runs need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Controller {
    /// Memory, with page cache and kernel memory.
    Memory,
    /// Processes and threads.
    Processes,
    /// The processors.
    CpuSet,
}

impl Controller {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Memory, Self::Processes, Self::CpuSet];

    /// As the kernel calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Processes => "pids",
            Self::CpuSet => "cpuset",
        }
    }

    /// The file that sets and says the limit, in a group that has the controller.
    pub(super) const fn limit_file(self, version: Version) -> &'static str {
        match (self, version) {
            (Self::Memory, Version::One) => "memory.limit_in_bytes",
            (Self::Memory, Version::Two) => "memory.max",
            (Self::Processes, _) => "pids.max",
            (Self::CpuSet, _) => "cpuset.cpus",
        }
    }

    /// Those in a list of names.
    pub(super) fn named<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Self> {
        let names: Vec<_> = names.collect();
        Self::ALL
            .into_iter()
            .filter(|controller| names.contains(&controller.name()))
            .collect()
    }
}
