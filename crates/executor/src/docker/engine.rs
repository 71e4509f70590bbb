//! The engine as the rest of resow sees it: an address that answers.

use std::io::Write;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use resow_manifest::identifiers::{ImageId, RunId};
use resow_manifest::manifest::ImageReference;

use crate::container_user::CONTAINER_USER;
use crate::docker::address::Address;
use crate::docker::facts::{self, DockerInformation};
use crate::engine::{
    ContainerRequest, Engine, EngineError, EngineInformation, Execution, ImageSelector, Supervise,
    TaggedImage,
};
use crate::event::EventSink;
use crate::image::identity::ImageIdentity;
use crate::interrupt::Interrupt;

/// How long the engine may take to say that it is there.
const GREETING: Duration = Duration::from_secs(5);

/// How long the engine may take to begin an answer.
pub(super) const ANSWER: Duration = Duration::from_secs(120);

/// How long it may take where waiting is the point: a container's end, a transfer.
pub(super) const FOREVER: Duration = Duration::from_secs(10 * 365 * 86_400);

/// A Docker engine, or one that speaks its API.
#[derive(Debug)]
pub struct Docker {
    pub(super) address: Address,
    information: OnceLock<DockerInformation>,
}

impl Docker {
    /// Connects to the engine at `host`, written as `DOCKER_HOST` writes it; `None` is the default socket.
    ///
    /// # Errors
    /// When the address is not supported, or nothing answers there within five seconds.
    pub fn connect(host: Option<&str>) -> Result<Self, EngineError> {
        let address = Address::parse(host)?;
        block_on(async {
            address
                .client(GREETING)?
                .ping()
                .await
                .map_err(|source| EngineError::Unreachable {
                    address: address.to_string(),
                    source: source.into(),
                })
        })?;
        Ok(Self {
            address,
            information: OnceLock::new(),
        })
    }

    /// Where the engine listens.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// The limits that resow sets and this engine cannot hold.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub fn missing_limits(&self) -> Result<Vec<&'static str>, EngineError> {
        Ok(self.facts()?.missing_limits)
    }

    /// What the engine says about itself and its host; asked once.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub(super) fn facts(&self) -> Result<DockerInformation, EngineError> {
        if let Some(known) = self.information.get() {
            return Ok(known.clone());
        }
        let client = self.client()?;
        let information = block_on(facts::ask(&client))?;
        Ok(self.information.get_or_init(|| information).clone())
    }

    pub(super) fn client(&self) -> Result<bollard::Docker, EngineError> {
        self.address.client(ANSWER)
    }

    pub(super) fn patient_client(&self) -> Result<bollard::Docker, EngineError> {
        self.address.client(FOREVER)
    }
}

impl Engine for Docker {
    fn information(&self) -> Result<EngineInformation, EngineError> {
        Ok(self.facts()?.general)
    }

    fn memory(&self) -> Result<u64, EngineError> {
        Ok(self.facts()?.memory)
    }

    fn find_image(&self, selector: &ImageSelector) -> Result<Option<ImageIdentity>, EngineError> {
        Self::find_image(self, selector)
    }

    fn resolve_tag(&self, name: &str) -> Result<Option<TaggedImage>, EngineError> {
        Self::resolve_tag(self, name)
    }

    fn pull(
        &self,
        reference: &ImageReference,
        events: &mut EventSink<'_>,
        interrupt: &Interrupt,
    ) -> Result<ImageIdentity, EngineError> {
        Self::pull(self, reference, events, interrupt)
    }

    fn load_image(
        &self,
        archive: &Path,
        events: &mut EventSink<'_>,
        interrupt: &Interrupt,
    ) -> Result<(), EngineError> {
        Self::load_image(self, archive, events, interrupt)
    }

    fn export_image(
        &self,
        id: &ImageId,
        destination: &mut dyn Write,
        events: &mut EventSink<'_>,
        interrupt: &Interrupt,
    ) -> Result<(), EngineError> {
        Self::export_image(self, id, destination, events, interrupt)
    }

    fn execute(
        &self,
        request: &ContainerRequest,
        events: &mut EventSink<'_>,
        interrupt: &Interrupt,
        supervise: &mut Supervise<'_>,
    ) -> Result<Execution, EngineError> {
        Self::execute(self, request, events, interrupt, supervise)
    }

    fn sweep(
        &self,
        store: &str,
        is_alive: &mut dyn FnMut(&RunId) -> bool,
    ) -> Result<Vec<RunId>, EngineError> {
        Self::sweep(self, store, is_alive)
    }

    fn leaves_files_to_this_user(&self) -> bool {
        matches!(rustix::process::geteuid().as_raw(), 0 | CONTAINER_USER)
    }

    fn open_to_everyone(
        &self,
        image: &ImageId,
        store: &str,
        run: &RunId,
        folder: &Path,
    ) -> Result<bool, EngineError> {
        Self::open_to_everyone(self, image, store, run, folder)
    }
}

/// Runs one future to its end on a runtime of its own.
pub(super) fn block_on<T>(
    future: impl Future<Output = Result<T, EngineError>>,
) -> Result<T, EngineError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| EngineError::System { source })?;
    let result = runtime.block_on(future);
    // Whatever a dropped request left behind must not delay the answer.
    runtime.shutdown_background();
    result
}
