//! What a run's groups shall limit, and how each version is told.

use std::fs;
use std::io;

use super::controller::Controller;
use super::group::Group;
use super::hierarchy::Version;

/// What a run's groups shall limit.
#[derive(Clone, Copy, Debug)]
pub(in crate::bubblewrap) struct GroupLimits<'a> {
    /// Memory in bytes; none of it is swapped out.
    pub(in crate::bubblewrap) memory: u64,
    /// Processes and threads.
    pub(in crate::bubblewrap) processes: u64,
    /// Processors as Linux lists them: `0-3,8`.
    pub(in crate::bubblewrap) cpu_set: &'a str,
}

impl GroupLimits<'_> {
    /// Tells the group about one controller. When that fails, the controller limits nothing.
    pub(super) fn set(&self, controller: Controller, group: &Group) -> io::Result<()> {
        let version = group.version();
        let file = controller.limit_file(version);
        match (controller, version) {
            (Controller::Memory, Version::One) => {
                group.write(file, &self.memory.to_string())?;
                self.forbid_swap_of_one(group)
            }
            (Controller::Memory, Version::Two) => {
                group.write(file, &self.memory.to_string())?;
                if_there(group.write("memory.swap.max", "0"))
            }
            (Controller::Processes, _) => group.write(file, &self.processes.to_string()),
            (Controller::CpuSet, Version::One) => {
                take_memory_nodes(group)?;
                group.write(file, self.cpu_set)
            }
            (Controller::CpuSet, Version::Two) => group.write(file, self.cpu_set),
        }
    }

    /// Memory and swap together are limited to the same, where the kernel counts swap.
    fn forbid_swap_of_one(&self, group: &Group) -> io::Result<()> {
        match group.write("memory.memsw.limit_in_bytes", &self.memory.to_string()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if_there(group.write("memory.swappiness", "0"))
            }
            result => result,
        }
    }
}

/// A group of version 1 begins without memory nodes, and takes no process before it has some.
fn take_memory_nodes(group: &Group) -> io::Result<()> {
    let parent = group.folder().parent().unwrap_or(group.folder());
    let nodes = fs::read_to_string(parent.join("cpuset.mems"))?;
    group.write("cpuset.mems", nodes.trim())
}

/// A file that this kernel does not have is none to write.
fn if_there(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}
