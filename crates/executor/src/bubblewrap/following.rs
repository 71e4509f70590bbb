//! From the moment in which the sandbox is the command to its end.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use resow_manifest::outcome::Outcome;

use super::beginning::Begun;
use super::control_group::ControlGroups;
use super::job::Job;
use super::launched::Launched;
use super::memory_watch::{MemoryLook, MemoryWatch};
use super::watch::{Ending, Message, Streams, Watch};
use crate::engine::stop::{Stop, killed_for_memory};
use crate::engine::{ContainerLimits, EngineError};

/// How long between two looks at the memory, where no control group holds its limit.
const MEMORY_INTERVAL: Duration = Duration::from_millis(100);

impl Job<'_> {
    /// Follows the command to its end.
    pub(super) fn follow(
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
    pub(super) fn warn(&self, message: String, hint: &str) {
        let hint = Some(hint.to_owned());
        let _ = self.messages.try_send(Message::Warning { message, hint });
    }
}
