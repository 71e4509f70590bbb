//! One run: a container from its creation to its removal.

use std::cell::OnceCell;
use std::panic::resume_unwind;
use std::sync::mpsc;
use std::thread;

use tokio::sync::mpsc::channel;

use crate::docker::engine::{Docker, block_on};
use crate::docker::job::Job;
use crate::docker::{labels, limits};
use crate::engine::message::Message;
use crate::engine::supervision::{Supervision, hold_to_disk_limit};
use crate::engine::{ContainerRequest, EngineError, Execution, Supervise};
use crate::event::EventSink;
use crate::interrupt::Interrupt;

impl Docker {
    /// Runs a container, passes its output on while it runs, and removes it and its volumes: before returning, or,
    /// where the command ended by itself, while the caller goes on (see [`crate::engine::Cleanup`]).
    ///
    /// `events` is called on this thread; while it blocks, the command waits with its output, and limits and interrupts
    /// act all the same.
    ///
    /// # Errors
    /// When the container could not be created as asked, or its disk limit not be supervised. What the command did,
    /// and that the engine went away meanwhile, is an [`Outcome`].
    pub fn execute(
        &self,
        request: &ContainerRequest,
        events: &mut EventSink<'_>,
        interrupt: &Interrupt,
        supervise: &mut Supervise<'_>,
    ) -> Result<Execution, EngineError> {
        let information = self.facts()?;
        limits::require(&information)?;
        let supervision = Supervision::default();
        let (sender, mut receiver) = channel(Message::WAITING);
        let (running, done) = mpsc::channel();
        let mut execution = thread::scope(|scope| {
            let watch = supervision.watch_on(scope, supervise, request.limits.disk, done)?;
            let job = Job {
                address: &self.address,
                client: self.client()?,
                patient: self.patient_client()?,
                name: labels::name(&request.run),
                request,
                information: &information,
                interrupt,
                supervision: &supervision,
                messages: sender,
                volumes: OnceCell::new(),
            };
            let engine = thread::Builder::new()
                .name("resow engine".to_owned())
                .spawn_scoped(scope, move || {
                    let _running = running;
                    block_on(job.run())
                })
                .map_err(|source| EngineError::System { source })?;
            while let Some(message) = receiver.blocking_recv() {
                message.pass_to(events);
            }
            let result = engine.join().unwrap_or_else(|panic| resume_unwind(panic));
            watch.join().unwrap_or_else(|panic| resume_unwind(panic));
            result
        })?;
        hold_to_disk_limit(&mut execution.outcome, supervise, &request.limits)?;
        Ok(execution)
    }
}
