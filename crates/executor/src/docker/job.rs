//! The engine's side of an execution: every request that it takes, and the removal.

use std::cell::OnceCell;
use std::panic::{AssertUnwindSafe, resume_unwind};
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
use tokio::sync::mpsc::Sender;
use tokio::time::{Instant, sleep};

use crate::docker::address::Address;
use crate::docker::facts::DockerInformation;
use crate::docker::watch::{Ending, FirstWords, Output, Watch};
use crate::docker::{images, isolation, mounts, outcome, removal, specification};
use crate::engine::load::Load;
use crate::engine::message::Message;
use crate::engine::supervision::Supervision;
use crate::engine::{Cleanup, ContainerRequest, EngineError, Execution, comparison, processors};
use crate::interrupt::Interrupt;

/// How often an interrupt is looked for while the engine creates or starts a container.
const GLANCE: Duration = Duration::from_millis(25);

/// How long a request in flight is given to finish after an interrupt, so that what it makes can be removed.
const GRACE: Duration = Duration::from_millis(500);

/// The kernel's report that memory ran out may reach the engine after the command's end.
const LATE_REPORT: Duration = Duration::from_millis(100);

/// The exit code of a command that was killed.
const KILLED: i64 = 137;

/// How the kernel calls what is neither a program nor a script.
const NO_PROGRAM: &str = "exec format error";

/// How the command ended, what was in force, and how much time what competed with it took.
type Ended = (Outcome, Option<Isolation>, Option<Duration>);

/// The engine's side of an execution.
pub(super) struct Job<'a> {
    pub(super) address: &'a Address,
    pub(super) client: bollard::Docker,
    pub(super) patient: bollard::Docker,
    pub(super) name: String,
    pub(super) request: &'a ContainerRequest,
    pub(super) information: &'a DockerInformation,
    pub(super) interrupt: &'a Interrupt,
    pub(super) supervision: &'a Supervision,
    pub(super) messages: Sender<Message>,
    /// What was created besides the container.
    pub(super) volumes: OnceCell<Vec<String>>,
}

impl Job<'_> {
    /// Everything, and the removal whatever happened.
    pub(super) async fn run(self) -> Result<Execution, EngineError> {
        let result = AssertUnwindSafe(self.create_and_run()).catch_unwind().await;
        let volumes = self.volumes.get().map_or(&[][..], Vec::as_slice);
        let run = &self.request.run;
        let ended = matches!(
            result,
            Ok(Ok((
                Outcome::Exited { .. } | Outcome::KilledForMemory { .. },
                ..
            )))
        );
        // A command that ended by itself leaves nothing mounted: its removal can wait for a thread.
        let begun = ended.then(|| {
            let (address, run, volumes) = (self.address.clone(), run.clone(), volumes.to_vec());
            Cleanup::begin(move || removal::of_run_at(&address, &run, &volumes))
        });
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
        let (outcome, isolation, load) = result.unwrap_or_else(|panic| resume_unwind(panic))?;
        Ok(Execution {
            outcome,
            isolation,
            load,
            cleanup,
        })
    }

    async fn create_and_run(&self) -> Result<Ended, EngineError> {
        let image = self.image().await?;
        let processors = processors::block(
            self.request.cpus,
            self.information.general.processors,
            &self.request.run,
        )?;
        let cpu_set = processors::list(&processors);
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
            None => return Ok((Outcome::Interrupted, None, None)),
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
        comparison::compare(&self.request.limits, &cpu_set, &isolation)?;
        self.warn_of_swap();
        let load = Load::begin(self.request.load, &processors)?;
        let outcome = self.start(output?).await?;
        Ok((outcome, Some(isolation), load.end()?))
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
            log: self.request.limits.log,
        };
        match watch.until_end(output).await {
            Ending::Exited(code, words) => match self.no_program(code, &words) {
                Some(outcome) => Ok(outcome),
                None => self.exited(code).await,
            },
            Ending::Stopped(stop) => stop.outcome(&self.request.image, &self.request.limits),
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
