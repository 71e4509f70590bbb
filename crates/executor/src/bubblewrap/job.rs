//! The steps of a run, on the thread that is the sandbox's parent.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use resow_manifest::isolation::Isolation;
use resow_manifest::outcome::Outcome;
use rustix::process::{Pid, Resource, Rlimit};

use super::control_group::{ControlGroups, GroupLimits};
use super::engine::Bubblewrap;
use super::launch::OVERLAY;
use super::launched::Launched;
use super::memory_file_systems::MemoryFileSystems;
use super::memory_watch::{MemoryLook, MemoryWatch};
use super::preparation::Preparation;
use super::read_back::PAGE;
use super::shell_fallback::is_shell_fallback;
use super::tracing::{Arrival, Traced};
use super::watch::{Ending, Message, Streams, Watch};
use super::{availability, processors, read_back, status};
use crate::engine::processors::first;
use crate::engine::stop::{Stop, killed_for_memory};
use crate::engine::supervision::Supervision;
use crate::engine::{
    Cleanup, ContainerLimits, ContainerRequest, EngineError, Execution, comparison, never_started,
};
use crate::interrupt::Interrupt;
use crate::root_file_system::HeldRoot;

/// How long bubblewrap may take to make a sandbox, and the sandbox to become the command.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often memory is looked at where no control group holds its limit.
const MEMORY_INTERVAL: Duration = Duration::from_millis(100);

/// A run in a sandbox.
pub(super) struct Job<'a> {
    pub(super) engine: &'a Bubblewrap,
    pub(super) root: &'a HeldRoot,
    pub(super) request: &'a ContainerRequest,
    pub(super) interrupt: &'a Interrupt,
    pub(super) supervision: &'a Supervision,
    pub(super) messages: SyncSender<Message>,
}

/// A sandbox that has become the command.
struct Begun {
    process: Pid,
    isolation: Isolation,
    memory: MemoryFileSystems,
}

/// How a sandbox began.
enum Beginning {
    Begun(Box<Begun>),
    Ended(Outcome),
}

impl Job<'_> {
    /// All steps, and the removal whatever happened.
    pub(super) fn run(self) -> Result<Execution, EngineError> {
        let processors = self.processors()?;
        let cpu_set = processors::list(&processors);
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
        let result = self.run_in(&mut groups, &processors, &limits);
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
            cleanup,
        })
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
        let (mut launched, stdout, stderr) =
            Launched::start(&self.engine.launcher, &order, inherited)
                .map_err(EngineError::sandbox("start the launcher"))?;
        let mut streams = Streams::new(stdout, stderr);
        let Some(process) = self.until_made(&status)? else {
            launched.wait();
            return Err(self.not_made(&streams.take_error()));
        };
        launched
            .set_sandbox(process)
            .map_err(EngineError::sandbox("hold the sandbox"))?;
        let begun = match self.begin(process, groups, limits, go, &mut launched, &mut streams)? {
            Beginning::Begun(begun) => begun,
            Beginning::Ended(outcome) => return Ok((outcome, None)),
        };
        comparison::compare(limits, &processors::list(processors), &begun.isolation)?;
        let outcome = self.follow(&begun, groups, limits, &mut launched, &mut streams)?;
        Ok((outcome, Some(begun.isolation)))
    }

    fn until_made(&self, status: &OwnedFd) -> Result<Option<Pid>, EngineError> {
        let mut give_up = self.patience();
        match status::first_process(status, &mut give_up) {
            Err(_) if self.interrupt.is_requested() => Err(EngineError::Interrupted),
            made => made.map_err(EngineError::sandbox("make the sandbox")),
        }
    }

    /// Whether to wait no longer.
    fn patience(&self) -> impl FnMut() -> bool {
        let deadline = Instant::now() + PATIENCE;
        move || self.interrupt.is_requested() || Instant::now() > deadline
    }

    /// Why there is no sandbox.
    fn not_made(&self, said: &str) -> EngineError {
        if said.contains(OVERLAY) {
            return EngineError::OverlayRefused {
                said: said.to_owned(),
            };
        }
        match availability::probe(&self.engine.program) {
            Err(reason) => reason.into(),
            Ok(()) => EngineError::sandbox("make the sandbox")(io::Error::other(said.to_owned())),
        }
    }

    /// Puts the sandbox under its limits, lets it become the command, and reads what is in force.
    fn begin(
        &self,
        process: Pid,
        groups: &mut ControlGroups,
        limits: &ContainerLimits,
        go: OwnedFd,
        launched: &mut Launched,
        streams: &mut Streams,
    ) -> Result<Beginning, EngineError> {
        let failed = EngineError::sandbox("limit the sandbox");
        groups.add(process)?;
        if !groups.holds_processes() && !is_root() {
            // In a user namespace of its own, only what the sandbox starts counts.
            let limit = Rlimit {
                current: Some(limits.processes),
                maximum: Some(limits.processes),
            };
            rustix::process::prlimit(Some(process), Resource::Nproc, limit)
                .map_err(|error| failed(error.into()))?;
        }
        let mut traced =
            Traced::follow(process).map_err(EngineError::sandbox("follow the sandbox"))?;
        rustix::io::write(&go, b"!")
            .map_err(|error| EngineError::sandbox("begin")(error.into()))?;
        drop(go);
        match traced.until_command(&mut self.patience()) {
            Err(_) if self.interrupt.is_requested() => {
                return Ok(Beginning::Ended(Outcome::Interrupted));
            }
            Err(error) => return Err(EngineError::sandbox("begin")(error)),
            Ok(Arrival::Ended) => {
                launched.wait();
                let said = streams.take_error();
                return Ok(Beginning::Ended(self.never_became(&said)?));
            }
            Ok(Arrival::Command) => {}
        }
        let read = EngineError::sandbox("read back what is in force");
        let readings = groups.read_back()?;
        let isolation = read_back::read(process, &readings, limits).map_err(read)?;
        let memory = MemoryFileSystems::open(process).map_err(read)?;
        if is_shell_fallback(process, &self.request.command) {
            launched.kill();
            let reason = never_started::reason(&self.request.command[0], "exec format error");
            return Ok(Beginning::Ended(Outcome::NeverStarted { reason }));
        }
        traced.let_go();
        Ok(Beginning::Begun(Box::new(Begun {
            process,
            isolation,
            memory,
        })))
    }

    /// What it means that the sandbox ended before it was the command.
    fn never_became(&self, said: &str) -> Result<Outcome, EngineError> {
        match said.split_once("execvp ") {
            Some((_, said)) => Ok(Outcome::NeverStarted {
                reason: never_started::reason(&self.request.command[0], said),
            }),
            None => Err(EngineError::sandbox("begin")(io::Error::other(
                said.to_owned(),
            ))),
        }
    }

    /// Follows the command to its end.
    fn follow(
        &self,
        begun: &Begun,
        groups: &ControlGroups,
        limits: &ContainerLimits,
        launched: &mut Launched,
        streams: &mut Streams,
    ) -> Result<Outcome, EngineError> {
        let watch = Watch {
            messages: &self.messages,
            interrupt: self.interrupt,
            supervision: self.supervision,
            deadline: Instant::now() + limits.time,
            log: limits.log,
        };
        let (running, done) = mpsc::channel::<()>();
        let ending = thread::scope(|scope| {
            if !groups.holds_memory() {
                let mut memory =
                    MemoryWatch::new(begun.process, begun.memory.descriptors()?, limits.memory)?;
                let supervise = move || loop {
                    if done.recv_timeout(MEMORY_INTERVAL) != Err(RecvTimeoutError::Timeout) {
                        return;
                    }
                    match memory.look() {
                        Ok(MemoryLook::Within(_)) => {}
                        Ok(MemoryLook::Over(_)) => {
                            return self.supervision.report(Stop::OverMemoryLimit);
                        }
                        Ok(MemoryLook::Gone) => return,
                        Err(error) => return self.supervision.report(Stop::Blind(error)),
                    }
                };
                thread::Builder::new()
                    .name("resow memory".to_owned())
                    .spawn_scoped(scope, supervise)?;
            }
            let _running = running;
            watch.until_end(launched, streams)
        })
        .map_err(EngineError::sandbox("follow the sandbox"))?;
        launched.wait();
        self.tell_limits(begun, groups, limits);
        match ending {
            Ending::Stopped(stop @ Stop::ImageDamaged(_)) => {
                // Whoever holds the image sets it aside.
                self.supervision.report(stop);
                Ok(Outcome::Interrupted)
            }
            Ending::Stopped(stop) => stop.outcome(&self.request.image, limits),
            Ending::Exited(_) if groups.killed_for_memory() => Ok(killed_for_memory(limits)),
            Ending::Exited(code) => Ok(Outcome::Exited { code }),
        }
    }

    /// Says which limits the command met that did not end it.
    fn tell_limits(&self, begun: &Begun, groups: &ControlGroups, limits: &ContainerLimits) {
        let refused = groups.refused_processes();
        if refused > 0 {
            self.warn(
                format!(
                    "the run met its limit of {} processes and threads: {refused} were refused",
                    limits.processes
                ),
                "start fewer workers",
            );
        }
        for full in begun.memory.full() {
            self.warn(
                format!("`{}` was full when the run ended", full.path),
                full.hint,
            );
        }
    }

    /// A warning is worth less than the run: where there is no room for it, it is dropped.
    fn warn(&self, message: String, hint: &str) {
        let hint = Some(hint.to_owned());
        let _ = self.messages.try_send(Message::Warning { message, hint });
    }
}

fn is_root() -> bool {
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
