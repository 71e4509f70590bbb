//! What is in force, as the kernel says.

use super::controller::Controller;
use super::error::ControlGroupError;
use super::group::Group;
use super::hierarchy::Version;

/// What is in force; `None` where no group holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::bubblewrap) struct GroupReadings {
    /// Memory, in bytes: the kernel takes whole pages.
    pub(in crate::bubblewrap) memory: Option<u64>,
    /// Processes and threads.
    pub(in crate::bubblewrap) processes: Option<u64>,
    /// Processors as Linux lists them.
    pub(in crate::bubblewrap) cpu_set: Option<String>,
}

impl GroupReadings {
    /// Reads what this group holds.
    pub(super) fn add(&mut self, group: &Group) -> Result<(), ControlGroupError> {
        if group.holds(Controller::Memory) {
            self.memory = Some(number(
                group,
                Controller::Memory.limit_file(group.version()),
            )?);
        }
        if group.holds(Controller::Processes) {
            self.processes = Some(number(
                group,
                Controller::Processes.limit_file(group.version()),
            )?);
        }
        if group.holds(Controller::CpuSet) {
            self.cpu_set = Some(group.read(processors_file(group.version()))?);
        }
        Ok(())
    }
}

/// What is effective: in version 2, what is asked for may exceed what the groups above leave.
fn processors_file(version: Version) -> &'static str {
    match version {
        Version::One => "cpuset.cpus",
        Version::Two => "cpuset.cpus.effective",
    }
}

fn number(group: &Group, file: &str) -> Result<u64, ControlGroupError> {
    let text = group.read(file)?;
    text.parse().map_err(|_| ControlGroupError::Malformed {
        path: group.folder().join(file),
        text,
    })
}
