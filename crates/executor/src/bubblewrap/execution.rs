//! One run: its threads, from the first to the last.

use std::panic::resume_unwind;
use std::sync::mpsc::{self, sync_channel};
use std::thread;

use super::engine::Bubblewrap;
use super::job::Job;
use crate::engine::command_line::{check_command, check_variables};
use crate::engine::message::Message;
use crate::engine::stop::Stop;
use crate::engine::supervision::{Supervision, hold_to_disk_limit};
use crate::engine::{ContainerRequest, EngineError, Execution, Supervise};
use crate::event::EventSink;
use crate::interrupt::Interrupt;

impl Bubblewrap {
    /// Runs a sandbox and passes its output on, on this thread; while that blocks, limits and interrupts act all the
    /// same.
    pub(super) fn run_sandbox(
        &self,
        request: &ContainerRequest,
        events: &mut EventSink<'_>,
        interrupt: &Interrupt,
        supervise: &mut Supervise<'_>,
    ) -> Result<Execution, EngineError> {
        check_command(&request.command)?;
        check_variables(&request.environment)?;
        let root = self
            .roots
            .hold(&request.image)?
            .ok_or(EngineError::ImageMissing { id: request.image })?;
        let supervision = Supervision::default();
        let (sender, receiver) = sync_channel(Message::WAITING);
        let (running, done) = mpsc::channel();
        let result = thread::scope(|scope| {
            // Beside the run: looking at every name of an image takes longer than making a sandbox.
            let check = scope.spawn(|| {
                if let Err(damage) = root.check() {
                    supervision.report(Stop::ImageDamaged(damage));
                }
            });
            // A program must be asked for its version: the run goes on meanwhile.
            let version = scope.spawn(|| self.program.version().map(drop));
            let watch = supervision.watch_on(scope, supervise, request.limits.disk, done)?;
            let job = Job {
                engine: self,
                root: &root,
                request,
                interrupt,
                supervision: &supervision,
                messages: sender,
            };
            let sandbox = thread::Builder::new()
                .name("resow sandbox".to_owned())
                .spawn_scoped(scope, move || {
                    let _running = running;
                    job.run()
                })
                .map_err(|source| EngineError::System { source })?;
            for message in receiver {
                message.pass_to(events);
            }
            let result = sandbox.join().unwrap_or_else(|panic| resume_unwind(panic));
            check.join().unwrap_or_else(|panic| resume_unwind(panic));
            version
                .join()
                .unwrap_or_else(|panic| resume_unwind(panic))?;
            watch.join().unwrap_or_else(|panic| resume_unwind(panic));
            result
        });
        if let Some(Stop::ImageDamaged(damage)) = supervision.take() {
            root.discard()?;
            let id = request.image;
            return Err(EngineError::ImageDamaged { id, damage });
        }
        let mut execution = result?;
        hold_to_disk_limit(&mut execution.outcome, supervise, &request.limits)?;
        Ok(execution)
    }
}
