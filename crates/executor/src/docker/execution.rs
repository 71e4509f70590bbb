//! One run: a container from its creation to its removal.

use std::cell::OnceCell;
use std::io;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use bollard::errors::Error;
use bollard::models::{ContainerInspectResponse, ImageConfig};
use bollard::query_parameters::{
    AttachContainerOptionsBuilder, CreateContainerOptionsBuilder, InspectContainerOptions,
    StartContainerOptions,
};
use futures_util::FutureExt;
use resow_manifest::isolation::Isolation;
use resow_manifest::outcome::Outcome;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{Instant, sleep};

use crate::docker::address::Address;
use crate::docker::cleanup::Cleanup;
use crate::docker::engine::{Docker, block_on};
use crate::docker::error::EngineError;
use crate::docker::facts::EngineInformation;
use crate::docker::request::ContainerRequest;
use crate::docker::supervision::Supervision;
use crate::docker::watch::{Ending, FirstWords, Message, Output, Watch};
use crate::docker::{
    images, isolation, labels, limits, mounts, outcome, processors, removal, specification,
};
use crate::event::{Event, EventSink};
use crate::interrupt::Interrupt;

/// How many pieces of output may wait for a slow sink; the command waits for more.
const WAITING_PIECES: usize = 16;

/// How often an interrupt is looked for while the engine creates or starts a container.
const GLANCE: Duration = Duration::from_millis(25);

/// How long a request in flight is given to finish after an interrupt, so that what it makes can be removed.
const GRACE: Duration = Duration::from_millis(500);

/// The kernel's report that memory ran out may reach the engine after the command's end.
const LATE_REPORT: Duration = Duration::from_millis(100);

/// The exit code of a command that was killed.
const KILLED: i64 = 137;

/// Says how many bytes the run has written; called about once a second, on a thread of its own.
pub type Supervise<'a> = dyn FnMut() -> io::Result<u64> + Send + 'a;

/// How the kernel calls what is neither a program nor a script.
const NO_PROGRAM: &str = "exec format error";

/// What an execution came to.
#[derive(Debug)]
pub struct Execution {
    /// How the command ended.
    pub outcome: Outcome,
    /// What was in force, as the engine said before the start; `None` if it was interrupted before that.
    pub isolation: Option<Isolation>,
    /// The removal of what the run left in the engine.
    pub cleanup: Cleanup,
}

impl Docker {
    /// Runs a container, passes its output on while it runs, and removes it and its volumes: before returning, or,
    /// where the command ended by itself, while the caller goes on (see [`Cleanup`]).
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
        let (sender, receiver) = channel(WAITING_PIECES);
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
            pass_on(receiver, events);
            let result = engine.join().unwrap_or_else(|panic| resume_unwind(panic));
            watch.join().unwrap_or_else(|panic| resume_unwind(panic));
            result
        })?;
        // A run that is over before the first look, or between two, is held to its limit too.
        if matches!(execution.outcome, Outcome::Exited { .. }) {
            let written = supervise().map_err(|source| EngineError::Supervision { source })?;
            if written > request.limits.disk {
                execution.outcome = outcome::over_disk_limit(&request.limits);
            }
        }
        Ok(execution)
    }
}

fn pass_on(mut messages: Receiver<Message>, events: &mut EventSink<'_>) {
    while let Some(message) = messages.blocking_recv() {
        match message {
            Message::Output(stream, bytes) => events(Event::Output {
                stream,
                bytes: &bytes,
            }),
            Message::Warning { message, hint } => events(Event::Warning { message, hint }),
        }
    }
}

/// The engine's side of an execution.
struct Job<'a> {
    address: &'a Address,
    client: bollard::Docker,
    patient: bollard::Docker,
    name: String,
    request: &'a ContainerRequest,
    information: &'a EngineInformation,
    interrupt: &'a Interrupt,
    supervision: &'a Supervision,
    messages: Sender<Message>,
    /// What was created besides the container.
    volumes: OnceCell<Vec<String>>,
}

impl Job<'_> {
    /// Everything, and the removal whatever happened.
    async fn run(self) -> Result<Execution, EngineError> {
        let result = AssertUnwindSafe(self.create_and_run()).catch_unwind().await;
        let volumes = self.volumes.get().map_or(&[][..], Vec::as_slice);
        let run = &self.request.run;
        let ended = matches!(
            result,
            Ok(Ok((
                Outcome::Exited { .. } | Outcome::KilledForMemory { .. },
                _
            )))
        );
        // A command that ended by itself leaves nothing mounted: its removal can wait for a thread.
        let begun = ended.then(|| Cleanup::begin(self.address, run, volumes));
        let cleanup = match begun.flatten() {
            Some(cleanup) => cleanup,
            None => {
                if let Err(error) = removal::of_run(&self.client, run, volumes).await {
                    self.warn(
                        format!("container `{}` could not be removed: {error}", self.name),
                        "the next run removes it",
                    );
                }
                Cleanup::done()
            }
        };
        let (outcome, isolation) = result.unwrap_or_else(|panic| resume_unwind(panic))?;
        Ok(Execution {
            outcome,
            isolation,
            cleanup,
        })
    }

    async fn create_and_run(&self) -> Result<(Outcome, Option<Isolation>), EngineError> {
        let image = self.image().await?;
        let cpu_set = processors::choose(
            self.request.cpus,
            self.information.processors,
            &self.request.run,
        )?;
        let body = specification::of(self.request, &image, &cpu_set)?;
        let host = body.host_config.as_ref();
        let mounts = host.and_then(|host| host.mounts.as_deref());
        let _ = self
            .volumes
            .set(mounts::volumes(mounts.unwrap_or_default()));
        let options = CreateContainerOptionsBuilder::new()
            .name(&self.name)
            .build();
        let create = self.client.create_container(Some(options), body);
        let created = match self.unless_interrupted(GRACE, create).await {
            None => return Ok((Outcome::Interrupted, None)),
            Some(created) => created.map_err(EngineError::request("create the container"))?,
        };
        for warning in created.warnings {
            self.warn(format!("the engine says: {warning}"), "");
        }
        let inspect = self
            .client
            .inspect_container(&self.name, None::<InspectContainerOptions>);
        let (inspected, output) = tokio::join!(inspect, self.attach());
        let inspected = inspected.map_err(EngineError::request("describe the container"))?;
        let isolation = isolation::read(&inspected, self.information, &self.request.limits)?;
        limits::compare(self.request, &cpu_set, &isolation)?;
        self.warn_of_swap();
        let outcome = self.start(output?).await?;
        Ok((outcome, Some(isolation)))
    }

    async fn image(&self) -> Result<ImageConfig, EngineError> {
        let id = self.request.image;
        let image = images::inspect(&self.client, &id.to_string())
            .await?
            .ok_or(EngineError::ImageMissing { id })?;
        Ok(image.config.unwrap_or_default())
    }

    async fn attach(&self) -> Result<Output, EngineError> {
        let options = AttachContainerOptionsBuilder::new()
            .stream(true)
            .stdout(true)
            .stderr(true)
            .build();
        // The stream outlives every answer's limit: the client's own applies to its beginning alone.
        let attached = self
            .client
            .attach_container(&self.name, Some(options))
            .await;
        attached
            .map(|attached| attached.output)
            .map_err(EngineError::request("attach to the container"))
    }

    async fn start(&self, output: Output) -> Result<Outcome, EngineError> {
        let start = self
            .client
            .start_container(&self.name, None::<StartContainerOptions>);
        match self.unless_interrupted(Duration::ZERO, start).await {
            None => return Ok(Outcome::Interrupted),
            Some(Err(error)) => return self.refused_start(error),
            Some(Ok(())) => {}
        }
        let watch = Watch {
            client: &self.client,
            patient: &self.patient,
            name: &self.name,
            messages: &self.messages,
            interrupt: self.interrupt,
            supervision: self.supervision,
            deadline: Instant::now() + self.request.limits.time,
        };
        match watch.until_end(output).await {
            Ending::Exited(code, words) => match self.no_program(code, &words) {
                Some(outcome) => Ok(outcome),
                None => self.exited(code).await,
            },
            Ending::Stopped(stop) => outcome::of_stop(stop, &self.request.limits),
            Ending::Lost(reason) => Ok(Outcome::EngineLost { reason }),
        }
    }

    fn refused_start(&self, error: Error) -> Result<Outcome, EngineError> {
        if let Error::DockerResponseServerError { message, .. } = &error {
            let program = &self.request.command[0];
            if let Some(outcome) = outcome::never_started(program, message) {
                return Ok(outcome);
            }
        }
        Err(EngineError::request("start the container")(error))
    }

    /// The kernel refuses what is no program only after the engine has called the start a success: the runtime then
    /// says so on the command's standard error.
    fn no_program(&self, code: i64, words: &FirstWords) -> Option<Outcome> {
        let line = words
            .only_line()
            .filter(|line| matches!(code, 1 | 126 | 255) && line.ends_with(NO_PROGRAM))?;
        outcome::never_started(&self.request.command[0], line)
    }

    async fn exited(&self, code: i64) -> Result<Outcome, EngineError> {
        let mut inspected = match self.inspect().await {
            Ok(inspected) => inspected,
            Err(error) => {
                return Ok(Outcome::EngineLost {
                    reason: error.to_string(),
                });
            }
        };
        let reported = |inspected: &ContainerInspectResponse| {
            let state = inspected.state.clone().unwrap_or_default();
            outcome::of_exit(code, &state, &self.request.limits)
        };
        if code == KILLED && matches!(reported(&inspected), Outcome::Exited { .. }) {
            sleep(LATE_REPORT).await;
            inspected = self.inspect().await.unwrap_or(inspected);
        }
        Ok(reported(&inspected))
    }

    async fn inspect(&self) -> Result<ContainerInspectResponse, Error> {
        self.client
            .inspect_container(&self.name, None::<InspectContainerOptions>)
            .await
    }

    /// What the request came to; `None` if the user asked to stop and it did not come back within `grace`.
    async fn unless_interrupted<T>(
        &self,
        grace: Duration,
        request: impl Future<Output = T>,
    ) -> Option<T> {
        let interrupted = async {
            while !self.interrupt.is_requested() {
                sleep(GLANCE).await;
            }
            sleep(grace).await;
        };
        tokio::select! {
            biased;
            result = request => Some(result),
            () = interrupted => None,
        }
    }

    fn warn_of_swap(&self) {
        if !self.information.limits_swap {
            self.warn(
                "the engine cannot limit swap, so the run may use more than its memory limit"
                    .to_owned(),
                "switch swap off, or enable swap accounting in the kernel of the engine's host",
            );
        }
    }

    /// A warning is worth less than the run: where there is no room for it, it is dropped.
    fn warn(&self, message: String, hint: &str) {
        let hint = (!hint.is_empty()).then(|| hint.to_owned());
        let _ = self.messages.try_send(Message::Warning { message, hint });
    }
}
