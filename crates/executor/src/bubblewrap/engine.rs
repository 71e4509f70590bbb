//! The engine as the rest of resow sees it.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use resow_manifest::host::EngineFacts;
use resow_manifest::identifiers::{ImageId, RunId};
use resow_manifest::manifest::ImageReference;

use super::availability::{self, BubblewrapProgram};
use super::control_group;
use super::processors;
use crate::engine::{
    ContainerRequest, Engine, EngineError, EngineInformation, Execution, ImageSelector, Supervise,
    TaggedImage,
};
use crate::event::EventSink;
use crate::host::HostFacts;
use crate::image::identity::ImageIdentity;
use crate::interrupt::Interrupt;
use crate::root_file_system::RootFileSystems;

/// What the engine cannot know by itself.
#[derive(Clone, Debug)]
pub struct BubblewrapSettings {
    /// The folders in which `bwrap` is looked for, as in `PATH`.
    pub search_path: Option<OsString>,
    /// A program, with its arguments, that does nothing but call [`super::launch`].
    pub launcher: Vec<OsString>,
    /// A folder of this user, in which images are kept unpacked, for every repository.
    pub roots: PathBuf,
}

/// Sandboxes by bubblewrap. Nothing of it runs but what a run needs.
#[derive(Debug)]
pub struct Bubblewrap {
    pub(super) program: BubblewrapProgram,
    pub(super) launcher: Vec<OsString>,
    pub(super) roots: RootFileSystems,
}

impl Bubblewrap {
    /// Finds bubblewrap, and opens the folder of unpacked images.
    ///
    /// # Errors
    /// When bubblewrap is not installed or too old, or the folder cannot be used.
    pub fn open(settings: &BubblewrapSettings) -> Result<Self, EngineError> {
        let program = availability::find(settings.search_path.as_deref())?;
        let above = settings.roots.parent().unwrap_or(&settings.roots);
        fs::create_dir_all(above).map_err(|source| EngineError::CacheFolder {
            path: above.to_owned(),
            source,
        })?;
        let roots = RootFileSystems::open(&settings.roots)?;
        Ok(Self {
            program,
            launcher: settings.launcher.clone(),
            roots,
        })
    }

    /// The unpacked images.
    pub fn root_file_systems(&self) -> &RootFileSystems {
        &self.roots
    }
}

impl Engine for Bubblewrap {
    fn information(&self) -> Result<EngineInformation, EngineError> {
        let allowed = processors::allowed().map_err(EngineError::sandbox("list processors"))?;
        Ok(EngineInformation {
            engine: EngineFacts {
                name: "bubblewrap".to_owned(),
                version: self.program.version()?.to_owned(),
                api: String::new(),
                runtime: String::new(),
                storage: "unpacked".to_owned(),
                cgroup: control_group::layout().name().to_owned(),
            },
            processors: u32::try_from(allowed.len()).unwrap_or(u32::MAX),
        })
    }

    fn memory(&self) -> Result<u64, EngineError> {
        let host = HostFacts::read().map_err(|error| {
            EngineError::sandbox("learn about the host")(std::io::Error::other(error))
        })?;
        Ok(host.memory)
    }

    fn find_image(&self, selector: &ImageSelector) -> Result<Option<ImageIdentity>, EngineError> {
        Ok(self.roots.find(selector)?)
    }

    fn resolve_tag(&self, _name: &str) -> Result<Option<TaggedImage>, EngineError> {
        Err(EngineError::Unsupported {
            engine: "bubblewrap",
            action: "look up tags",
        })
    }

    fn pull(
        &self,
        _reference: &ImageReference,
        _events: &mut EventSink<'_>,
        _interrupt: &Interrupt,
    ) -> Result<ImageIdentity, EngineError> {
        Err(EngineError::Unsupported {
            engine: "bubblewrap",
            action: "pull images",
        })
    }

    fn load_image(
        &self,
        archive: &Path,
        events: &mut EventSink<'_>,
        interrupt: &Interrupt,
    ) -> Result<(), EngineError> {
        self.roots.unpack(archive, events, interrupt)?;
        Ok(())
    }

    fn gives_images_back(&self) -> bool {
        false
    }

    fn export_image(
        &self,
        _id: &ImageId,
        _destination: &mut dyn Write,
        _events: &mut EventSink<'_>,
        _interrupt: &Interrupt,
    ) -> Result<(), EngineError> {
        Err(EngineError::Unsupported {
            engine: "bubblewrap",
            action: "give an unpacked image back as an archive",
        })
    }

    fn execute(
        &self,
        request: &ContainerRequest,
        events: &mut EventSink<'_>,
        interrupt: &Interrupt,
        supervise: &mut Supervise<'_>,
    ) -> Result<Execution, EngineError> {
        self.run_sandbox(request, events, interrupt, supervise)
    }

    fn sweep(
        &self,
        store: &str,
        is_alive: &mut dyn FnMut(&RunId) -> bool,
    ) -> Result<Vec<RunId>, EngineError> {
        self.roots.sweep()?;
        Ok(control_group::sweep(store, is_alive)?)
    }

    fn leaves_files_to_this_user(&self) -> bool {
        true
    }

    fn open_to_everyone(
        &self,
        _image: &ImageId,
        _store: &str,
        _run: &RunId,
        _folder: &Path,
    ) -> Result<bool, EngineError> {
        // They are this user's own.
        Ok(true)
    }
}
