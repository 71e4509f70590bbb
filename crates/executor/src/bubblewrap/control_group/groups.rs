//! The groups of one run, at most one in each hierarchy.

use resow_manifest::identifiers::RunId;
use rustix::process::{Pid, test_kill_process};

use super::controller::Controller;
use super::error::ControlGroupError;
use super::group::Group;
use super::hierarchy::{self, Hierarchy, Version};
use super::limits::GroupLimits;
use super::name;
use super::place::places;
use super::readings::GroupReadings;

/// The groups of one run, at most one in each hierarchy. Dropping them leaves them: [`Self::remove`] takes them away,
/// or the next sweep.
#[derive(Debug)]
pub(in crate::bubblewrap) struct ControlGroups(Vec<Group>);

impl ControlGroups {
    /// Makes the groups that this process may make. Where it may make none, none holds anything.
    ///
    /// # Errors
    /// When the kernel does not say to which groups this process belongs.
    pub(in crate::bubblewrap) fn make(
        owner: &str,
        run: &RunId,
        limits: &GroupLimits<'_>,
    ) -> Result<Self, ControlGroupError> {
        let hierarchies = hierarchy::of_this_process()?;
        Ok(Self::make_in(
            &hierarchies,
            &name::of_run(owner, run),
            limits,
        ))
    }

    pub(super) fn make_in(hierarchies: &[Hierarchy], name: &str, limits: &GroupLimits<'_>) -> Self {
        let first = |hierarchy: &Hierarchy| {
            let places = places(hierarchy);
            places
                .iter()
                .find_map(|place| Group::make(place, name, limits))
        };
        Self(hierarchies.iter().filter_map(first).collect())
    }

    /// Whether the kernel limits memory.
    pub(in crate::bubblewrap) fn holds_memory(&self) -> bool {
        self.with(Controller::Memory).is_some()
    }

    /// Whether the kernel limits the number of processes.
    pub(in crate::bubblewrap) fn holds_processes(&self) -> bool {
        self.with(Controller::Processes).is_some()
    }

    /// Whether the kernel holds the run to its processors.
    #[cfg(test)]
    pub(super) fn holds_cpu_set(&self) -> bool {
        self.with(Controller::CpuSet).is_some()
    }

    /// Moves a process in, before it has children. A group that does not take it holds nothing from then on.
    ///
    /// # Errors
    /// When the process is gone, or a group that did not take it cannot be removed.
    pub(in crate::bubblewrap) fn add(&mut self, process: Pid) -> Result<(), ControlGroupError> {
        let (taken, refused): (Vec<_>, Vec<_>) = std::mem::take(&mut self.0)
            .into_iter()
            .partition(|group| group.add(process).is_ok());
        self.0 = taken;
        if test_kill_process(process) == Err(rustix::io::Errno::SRCH) {
            self.0.extend(refused);
            let process = process.as_raw_nonzero().get();
            return Err(ControlGroupError::ProcessGone { process });
        }
        remove_all(refused)
    }

    /// What is in force, as the kernel says.
    ///
    /// # Errors
    /// When a group's files cannot be read, or understood.
    pub(in crate::bubblewrap) fn read_back(&self) -> Result<GroupReadings, ControlGroupError> {
        let mut readings = GroupReadings::default();
        for group in &self.0 {
            readings.add(group)?;
        }
        Ok(readings)
    }

    /// Whether the kernel has killed a process of the run because its memory was used up.
    pub(in crate::bubblewrap) fn killed_for_memory(&self) -> bool {
        self.with(Controller::Memory).is_some_and(|group| {
            let file = match group.version() {
                Version::One => "memory.oom_control",
                Version::Two => "memory.events",
            };
            group.count(file, "oom_kill") > 0
        })
    }

    /// How many processes and threads the kernel has refused to the run.
    pub(in crate::bubblewrap) fn refused_processes(&self) -> u64 {
        self.with(Controller::Processes)
            .map_or(0, |group| group.count("pids.events", "max"))
    }

    /// Kills what is left of the run, and removes its groups.
    ///
    /// # Errors
    /// When one stays; the others are removed all the same.
    pub(in crate::bubblewrap) fn remove(self) -> Result<(), ControlGroupError> {
        remove_all(self.0)
    }

    fn with(&self, controller: Controller) -> Option<&Group> {
        self.0.iter().find(|group| group.holds(controller))
    }
}

/// Removes every group, and says what the first that stays said.
///
/// The group that limits processes goes first: with it, nothing new is born in the others.
pub(super) fn remove_all(mut groups: Vec<Group>) -> Result<(), ControlGroupError> {
    groups.sort_by_key(|group| !group.holds(Controller::Processes));
    let results: Vec<_> = groups.into_iter().map(Group::remove).collect();
    results.into_iter().collect()
}
