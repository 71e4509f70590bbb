//! From a launcher that was started to a sandbox that is the command, under its limits, with what is in force read back.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use resow_manifest::isolation::Isolation;
use resow_manifest::outcome::Outcome;
use rustix::process::{Pid, Resource, Rlimit};

use super::control_group::ControlGroups;
use super::disk_watch::DiskWatch;
use super::job::{Job, is_root};
use super::launch::{LaunchIdentity, NAMESPACES, OVERLAY};
use super::launched::Launched;
use super::memory_file_systems::MemoryFileSystems;
use super::memory_watch::MemoryWatch;
use super::shell_fallback::is_shell_fallback;
use super::tracing::{Arrival, FollowedLauncher};
use super::watch::Streams;
use super::{availability, read_back, status};
use crate::engine::{ContainerLimits, EngineError, comparison, never_started};

/// How long bubblewrap may take to make a sandbox, and the sandbox to become the command.
const PATIENCE: Duration = Duration::from_secs(60);

/// A sandbox that has become the command.
pub(super) struct Begun {
    pub(super) isolation: Isolation,
    pub(super) file_systems: MemoryFileSystems,
    /// What looks at its memory, where no control group holds that limit.
    pub(super) memory: Option<MemoryWatch>,
    pub(super) disk: DiskWatch,
}

/// How a sandbox began.
pub(super) enum Beginning {
    Begun(Box<Begun>),
    Ended(Outcome),
}

impl Job<'_> {
    /// Waits for the sandbox, puts it under its limits, lets it become the command, and reads what is in force; all
    /// before the command does anything.
    #[expect(clippy::too_many_arguments, reason = "each is another step's")]
    pub(super) fn begin(
        &self,
        identity: LaunchIdentity,
        launcher: FollowedLauncher,
        status: &OwnedFd,
        go: OwnedFd,
        groups: &mut ControlGroups,
        limits: &ContainerLimits,
        cpu_set: &str,
        launched: &mut Launched,
        streams: &mut Streams,
    ) -> Result<Beginning, EngineError> {
        let made = launcher.until_first_process(status, &mut self.patience());
        let Some(mut followed) = (match made {
            Err(_) if self.interrupt.is_requested() => {
                return Ok(Beginning::Ended(Outcome::Interrupted));
            }
            made => made.map_err(EngineError::sandbox("make the sandbox"))?,
        }) else {
            launched.wait();
            return Err(self.not_made(identity, &streams.take_error()));
        };
        let hold = EngineError::sandbox("hold the sandbox");
        let process = followed.process();
        let process = process.ok_or_else(|| hold(io::ErrorKind::NotFound.into()))?;
        launched.set_sandbox(process).map_err(hold)?;
        limit(process, groups, limits)?;
        rustix::io::write(&go, b"!")
            .map_err(|error| EngineError::sandbox("begin")(error.into()))?;
        drop(go);
        let beginning = match followed.until_command(&mut self.patience()) {
            Err(_) if self.interrupt.is_requested() => {
                return Ok(Beginning::Ended(Outcome::Interrupted));
            }
            Err(error) => Err(EngineError::sandbox("begin")(error)),
            Ok(Arrival::Ended) => {
                launched.wait();
                return self.never_became(status, &streams.take_error());
            }
            Ok(Arrival::Command) => self.look_at(process, groups, limits, cpu_set),
        };
        if !matches!(beginning, Ok(Beginning::Begun(_))) {
            // Before it is let go.
            launched.kill();
        }
        followed.let_go();
        beginning
    }

    /// Whether to wait no longer.
    fn patience(&self) -> impl FnMut() -> bool {
        let deadline = Instant::now() + PATIENCE;
        move || self.interrupt.is_requested() || Instant::now() > deadline
    }

    /// Reads what is in force, and holds it against what was asked for.
    fn look_at(
        &self,
        process: Pid,
        groups: &ControlGroups,
        limits: &ContainerLimits,
        cpu_set: &str,
    ) -> Result<Beginning, EngineError> {
        let read = EngineError::sandbox("read back what is in force");
        let readings = groups.read_back()?;
        let isolation = read_back::read(process, &readings, limits).map_err(read)?;
        comparison::compare(limits, cpu_set, &isolation)?;
        let file_systems = MemoryFileSystems::open(process).map_err(read)?;
        // Made while the process stands still: a command may be over in a moment.
        let watches = || -> io::Result<(Option<MemoryWatch>, DiskWatch)> {
            let memory = if groups.holds_memory() {
                None
            } else {
                let descriptors = file_systems.descriptors()?;
                Some(MemoryWatch::new(process, descriptors, limits.memory)?)
            };
            Ok((
                memory,
                DiskWatch::new(process, &file_systems.descriptors()?)?,
            ))
        };
        let (memory, disk) = { watches }().map_err(read)?;
        if is_shell_fallback(process, &self.request.command) {
            let reason = never_started::reason(&self.request.command[0], "exec format error");
            return Ok(Beginning::Ended(Outcome::NeverStarted { reason }));
        }
        Ok(Beginning::Begun(Box::new(Begun {
            isolation,
            file_systems,
            memory,
            disk,
        })))
    }

    /// Why there is no sandbox.
    fn not_made(&self, identity: LaunchIdentity, said: &str) -> EngineError {
        let is_refused = said.contains(OVERLAY)
            || (identity == LaunchIdentity::OwnNamespace && said.contains(NAMESPACES));
        if is_refused {
            return EngineError::OverlayRefused {
                said: said.to_owned(),
            };
        }
        match availability::probe(&self.engine.program) {
            Err(reason) => reason.into(),
            Ok(()) => EngineError::sandbox("make the sandbox")(io::Error::other(said.to_owned())),
        }
    }

    /// What it means that the sandbox ended before it was seen to be the command.
    fn never_became(&self, status: &OwnedFd, said: &str) -> Result<Beginning, EngineError> {
        if let Some((_, said)) = said.split_once("execvp ") {
            return Ok(Beginning::Ended(Outcome::NeverStarted {
                reason: never_started::reason(&self.request.command[0], said),
            }));
        }
        if status::tells_of_an_end(status) {
            return Err(EngineError::NotReadBack);
        }
        match availability::probe(&self.engine.program) {
            Err(reason) => Err(reason.into()),
            Ok(()) => Err(EngineError::sandbox("begin")(io::Error::other(
                said.to_owned(),
            ))),
        }
    }
}

/// Puts a sandbox that waits under its limits.
fn limit(
    process: Pid,
    groups: &mut ControlGroups,
    limits: &ContainerLimits,
) -> Result<(), EngineError> {
    groups.add(process)?;
    if groups.holds_processes() || is_root() {
        return Ok(());
    }
    // In a user namespace of its own, only what the sandbox starts counts.
    let most = rustix::process::getrlimit(Resource::Nproc).maximum;
    if let Some(most) = most.filter(|most| *most < limits.processes) {
        return Err(EngineError::Weakened {
            setting: "the limit on processes (`ulimit -u`)",
            wanted: limits.processes.to_string(),
            found: most.to_string(),
        });
    }
    let limit = Rlimit {
        current: Some(limits.processes),
        maximum: Some(limits.processes),
    };
    rustix::process::prlimit(Some(process), Resource::Nproc, limit)
        .map_err(|error| EngineError::sandbox("limit the sandbox")(error.into()))?;
    Ok(())
}
