//! The steps of a run, on the thread that is the sandbox's parent.

use std::sync::mpsc::SyncSender;
use std::time::Duration;

use resow_manifest::isolation::Isolation;
use resow_manifest::outcome::Outcome;

use super::beginning::Beginning;
use super::control_group::{ControlGroups, GroupLimits};
use super::engine::Bubblewrap;
use super::launched::Launched;
use super::preparation::Preparation;
use super::processors;
use super::read_back::PAGE;
use super::watch::Streams;
use crate::engine::load::Load;
use crate::engine::message::Message;
use crate::engine::processors::{first, list};
use crate::engine::supervision::Supervision;
use crate::engine::{Cleanup, ContainerLimits, ContainerRequest, EngineError, Execution};
use crate::interrupt::Interrupt;
use crate::root_file_system::HeldRoot;

/// A run in a sandbox.
pub(super) struct Job<'a> {
    pub(super) engine: &'a Bubblewrap,
    pub(super) root: &'a HeldRoot,
    pub(super) request: &'a ContainerRequest,
    pub(super) interrupt: &'a Interrupt,
    pub(super) supervision: &'a Supervision,
    pub(super) messages: SyncSender<Message>,
}

impl Job<'_> {
    /// All steps, and the removal whatever happened.
    pub(super) fn run(self) -> Result<Execution, EngineError> {
        let processors = self.processors()?;
        let cpu_set = list(&processors);
        let limits = paged(&self.request.limits);
        let mut groups = ControlGroups::make(
            &self.request.store,
            &self.request.run,
            &GroupLimits {
                memory: limits.memory,
                processes: limits.processes,
                cpu_set: &cpu_set,
            },
        )?;
        let (result, load) = match self.run_under_load(&mut groups, &processors, &limits) {
            Ok((outcome, isolation, load)) => (Ok((outcome, isolation)), load),
            Err(error) => (Err(error), None),
        };
        let ended = matches!(result, Ok((Outcome::Exited { .. }, _)));
        // Removing a group takes the kernel a while: where nothing waits for it, on another thread.
        let (outcome, isolation, cleanup) = match result {
            Ok((outcome, isolation)) if ended => {
                let cleanup = Cleanup::begin(move || Ok(groups.remove()?));
                (outcome, isolation, cleanup.unwrap_or_else(Cleanup::done))
            }
            result => {
                groups.remove()?;
                let (outcome, isolation) = result?;
                (outcome, isolation, Cleanup::done())
            }
        };
        Ok(Execution {
            outcome,
            isolation,
            load,
            cleanup,
        })
    }

    /// What competes with the run for its processors begins before it, and is over when it is.
    fn run_under_load(
        &self,
        groups: &mut ControlGroups,
        processors: &[usize],
        limits: &ContainerLimits,
    ) -> Result<(Outcome, Option<Isolation>, Option<Duration>), EngineError> {
        let load = Load::begin(self.request.load, processors)?;
        let (outcome, isolation) = self.run_in(groups, processors, limits)?;
        Ok((outcome, isolation, load.end()?))
    }

    fn processors(&self) -> Result<Vec<usize>, EngineError> {
        let allowed = processors::allowed().map_err(EngineError::sandbox("list processors"))?;
        let count = u32::try_from(allowed.len()).unwrap_or(u32::MAX);
        let first = first(self.request.cpus, count, &self.request.run)?;
        let chosen = allowed.into_iter().skip(first as usize);
        Ok(chosen.take(self.request.cpus as usize).collect())
    }

    fn run_in(
        &self,
        groups: &mut ControlGroups,
        processors: &[usize],
        limits: &ContainerLimits,
    ) -> Result<(Outcome, Option<Isolation>), EngineError> {
        let Preparation {
            order,
            inherited,
            status,
            go,
        } = {
            // Root gives up the right to limit another user's process later (prlimit(2)); then all of that user's count.
            let limit = is_root().then_some(limits.processes);
            let limit = limit.filter(|_| !groups.holds_processes());
            Preparation::new(self.engine, self.root, self.request, processors, limit)?
        };
        let (mut launched, launcher, stdout, stderr) =
            Launched::start(&self.engine.launcher, &order, inherited)
                .map_err(EngineError::sandbox("start the launcher"))?;
        let mut streams = Streams::new(stdout, stderr);
        let beginning = self.begin(
            order.identity,
            launcher,
            &status,
            go,
            groups,
            limits,
            &list(processors),
            &mut launched,
            &mut streams,
        )?;
        match beginning {
            Beginning::Ended(outcome) => Ok((outcome, None)),
            Beginning::Begun(mut begun) => {
                let outcome =
                    self.follow(&mut begun, groups, limits, &mut launched, &mut streams)?;
                Ok((outcome, Some(begun.isolation)))
            }
        }
    }
}

pub(super) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The limits in whole pages, as the kernel holds them.
fn paged(limits: &ContainerLimits) -> ContainerLimits {
    let down = |bytes: u64| bytes / PAGE * PAGE;
    ContainerLimits {
        memory: down(limits.memory),
        shared_memory: down(limits.shared_memory),
        temporary: down(limits.temporary),
        ..*limits
    }
}
