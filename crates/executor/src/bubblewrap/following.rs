//! From the moment in which the sandbox is the command to its end.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use resow_manifest::outcome::Outcome;

use super::beginning::Begun;
use super::control_group::ControlGroups;
use super::disk_watch::DiskWatch;
use super::job::Job;
use super::launched::Launched;
use super::memory_watch::{MemoryLook, MemoryWatch};
use super::watch::{Ending, Streams, Watch};
use crate::engine::message::Message;
use crate::engine::stop::{Stop, killed_for_memory};
use crate::engine::{ContainerLimits, EngineError};

/// How long between two looks at the memory, where no control group holds its limit.
const MEMORY_INTERVAL: Duration = Duration::from_millis(100);

/// How often files without names are looked for.
const DISK_INTERVAL: Duration = Duration::from_secs(1);

impl Job<'_> {
    /// Follows the command to its end.
    pub(super) fn follow(
        &self,
        begun: &mut Begun,
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
        let (running, memory_done) = mpsc::channel::<()>();
        let (writing, disk_done) = mpsc::channel::<()>();
        let ending = thread::scope(|scope| {
            let disk = &begun.disk;
            let supervise = move || self.supervise_disk(disk, limits.disk, &disk_done);
            thread::Builder::new()
                .name("resow disk".to_owned())
                .spawn_scoped(scope, supervise)?;
            if let Some(memory) = &mut begun.memory {
                let supervise = move || self.supervise_memory(memory, &memory_done);
                thread::Builder::new()
                    .name("resow memory".to_owned())
                    .spawn_scoped(scope, supervise)?;
            }
            let _ends = (running, writing);
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

    /// Looks at the memory ten times a second, until the other end of `done` is dropped.
    fn supervise_memory(&self, memory: &mut MemoryWatch, done: &Receiver<()>) {
        while done.recv_timeout(MEMORY_INTERVAL) == Err(RecvTimeoutError::Timeout) {
            match memory.look() {
                Ok(MemoryLook::Within(_)) => {}
                Ok(MemoryLook::Over(_)) => return self.supervision.report(Stop::OverMemoryLimit),
                Ok(MemoryLook::Gone) => return,
                Err(error) => return self.supervision.report(Stop::Blind(error)),
            }
        }
    }

    /// Looks for files without names about once a second, until the other end of `done` is dropped.
    fn supervise_disk(&self, disk: &DiskWatch, limit: u64, done: &Receiver<()>) {
        while done.recv_timeout(DISK_INTERVAL) == Err(RecvTimeoutError::Timeout) {
            match disk.look() {
                Ok(Some(bytes)) if bytes > limit => {
                    return self.supervision.report(Stop::OverDiskLimit);
                }
                Ok(Some(_)) => {}
                Ok(None) => return,
                Err(error) => return self.supervision.report(Stop::Blind(error)),
            }
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
        for full in begun.file_systems.full() {
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
