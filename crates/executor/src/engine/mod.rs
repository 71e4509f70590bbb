//! What every engine does, and the words in which it is asked.

mod cleanup;
pub(crate) mod command_line;
pub(crate) mod comparison;
mod error;
mod execution;
mod image_selector;
mod information;
mod input_links;
pub(crate) mod load;
pub(crate) mod message;
pub(crate) mod never_started;
mod places;
pub(crate) mod processors;
mod request;
pub(crate) mod stop;
pub(crate) mod supervision;

use std::fmt;
use std::io::Write;
use std::path::Path;

use resow_manifest::identifiers::{ImageId, RunId};
use resow_manifest::manifest::ImageReference;

pub use self::cleanup::Cleanup;
pub use self::error::{EngineError, EngineFailure};
pub use self::execution::{Execution, Supervise};
pub use self::image_selector::{ImageSelector, TaggedImage};
pub use self::information::EngineInformation;
pub(crate) use self::input_links::refuse_links;
pub(crate) use self::places::{HOME, HOST_NAME, TEMPORARY, WORKSPACE};
pub use self::request::{BoundFile, BoundInput, ContainerLimits, ContainerRequest};
use crate::event::EventSink;
use crate::image::identity::ImageIdentity;
use crate::interrupt::Interrupt;

/// Something that runs containers. The same plan gives the same outputs in each.
pub trait Engine: fmt::Debug {
    /// What the engine says about itself and its host.
    ///
    /// # Errors
    /// When it does not answer.
    fn information(&self) -> Result<EngineInformation, EngineError>;

    /// The memory of the engine's host, in bytes.
    ///
    /// # Errors
    /// When it does not answer.
    fn memory(&self) -> Result<u64, EngineError>;

    /// The image, if the engine has it.
    ///
    /// # Errors
    /// When the engine does not answer, or what it has is damaged.
    fn find_image(&self, selector: &ImageSelector) -> Result<Option<ImageIdentity>, EngineError>;

    /// What pins the local image that `name` stands for, a tag or identifier; `None` if the engine has no such image.
    ///
    /// # Errors
    /// When the engine does not answer, or knows no names.
    fn resolve_tag(&self, name: &str) -> Result<Option<TaggedImage>, EngineError>;

    /// Fetches the image from its registry, by digest.
    ///
    /// # Errors
    /// When it cannot be had, or the engine fetches nothing.
    fn pull(
        &self,
        reference: &ImageReference,
        events: &mut EventSink<'_>,
        interrupt: &Interrupt,
    ) -> Result<ImageIdentity, EngineError>;

    /// Loads the image of an archive that resow wrote (docker-archive and OCI layout, a tar) into the engine.
    ///
    /// # Errors
    /// When the archive cannot be read, or the engine refuses it.
    fn load_image(
        &self,
        archive: &Path,
        events: &mut EventSink<'_>,
        interrupt: &Interrupt,
    ) -> Result<(), EngineError>;

    /// Whether [`Engine::export_image`] has what it would write: not where images are kept unpacked alone.
    fn gives_images_back(&self) -> bool {
        true
    }

    /// Writes an image, as the tar that the engine makes of it, to `destination`.
    ///
    /// # Errors
    /// When the engine does not have the image as an archive, or `destination` cannot be written.
    fn export_image(
        &self,
        id: &ImageId,
        destination: &mut dyn Write,
        events: &mut EventSink<'_>,
        interrupt: &Interrupt,
    ) -> Result<(), EngineError>;

    /// Runs a container, passes its output on while it runs, and removes what it leaves in the engine: before
    /// returning, or while the caller goes on (see [`Cleanup`]).
    ///
    /// `events` is called on this thread; while it blocks, the command waits with its output, and limits and interrupts
    /// act all the same.
    ///
    /// # Errors
    /// When the container could not be made as asked, or a limit not be held. What the command did, and that the engine
    /// went away meanwhile, is an outcome.
    fn execute(
        &self,
        request: &ContainerRequest,
        events: &mut EventSink<'_>,
        interrupt: &Interrupt,
        supervise: &mut Supervise<'_>,
    ) -> Result<Execution, EngineError>;

    /// Removes what this store's runs left in the engine that are no longer alive, and nothing else. Returns those runs.
    ///
    /// # Errors
    /// When the engine does not answer, or something cannot be removed.
    fn sweep(
        &self,
        store: &str,
        is_alive: &mut dyn FnMut(&RunId) -> bool,
    ) -> Result<Vec<RunId>, EngineError>;

    /// Whether this process can read and remove what a run makes, as it is.
    fn leaves_files_to_this_user(&self) -> bool;

    /// Lets everyone on the host read and remove what lies in `folder`. Returns whether it could.
    ///
    /// # Errors
    /// When the engine does not answer.
    fn open_to_everyone(
        &self,
        image: &ImageId,
        store: &str,
        run: &RunId,
        folder: &Path,
    ) -> Result<bool, EngineError>;
}
