//! Builds a locked image as a file, which must be exactly the locked one.

use std::fs;
use std::io::{self, BufWriter};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use resow_manifest::identifiers::{DiffId, ImageId};

use super::archive::writer::ArchiveWriter;
use super::assembly::{AssemblyError, Root, assemble};
use super::configuration::{self, ConfigurationError};
use super::downloads::{DownloadError, Downloads};
use super::fetching::{self, FetchError};
use super::identity::ImageIdentity;
use super::lock::{Lock, LockFileError};
use super::recipe::Recipe;
use super::root::layer;
use crate::event::{Event, EventSink};
use crate::interrupt::Interrupt;

/// Why an image cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The lock is not this recipe's.
    #[error(transparent)]
    Lock(#[from] LockFileError),
    /// A locked file cannot be had.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// A fetched file cannot be used.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// The image cannot be assembled.
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
    /// Its configuration cannot be written.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// The image is not the locked one.
    #[error("the image that was built is {built}, and {locked} is locked: {difference}")]
    Other {
        /// What was built.
        built: ImageId,
        /// What is locked.
        locked: ImageId,
        /// Where they differ first.
        difference: String,
    },
    /// The archive cannot be written.
    #[error("cannot write `{path}`")]
    Write {
        /// The archive.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
}

impl BuildError {
    /// Whether the user asked to stop.
    pub const fn is_interrupted(&self) -> bool {
        match self {
            Self::Fetch(error) => error.is_interrupted(),
            Self::Assembly(error) => matches!(error, AssemblyError::Interrupted),
            Self::Interrupted => true,
            _ => false,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Lock(error) => error.hint(),
            Self::Fetch(error) => error.hint(),
            Self::Download(error) => error.hint(),
            Self::Assembly(error) => error.hint(),
            Self::Other { .. } => Some(
                "the lock was edited, or this resow assembles images differently: `resow image lock` locks anew"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

/// Builds the locked image and writes it to `destination`, whole or not at all.
///
/// Files come from the folder `downloads` where it has them, and else from the machine's mirrors.
///
/// # Errors
/// When the lock is not the recipe's, a locked file cannot be had or is damaged, or the image is another one.
pub fn build(
    recipe: &Recipe,
    lock: &Lock,
    downloads: &Path,
    destination: &Path,
    events: &mut EventSink<'_>,
    interrupt: &Interrupt,
) -> Result<ImageIdentity, BuildError> {
    lock.check_recipe(recipe)?;
    let downloads = Downloads::new(downloads)?;
    fetching::packages(recipe, &lock.packages, &downloads, events, interrupt)?;
    fetching::wheels(
        recipe,
        &lock.packages,
        &lock.wheels,
        &downloads,
        events,
        interrupt,
    )?;
    let failed = |source| BuildError::Write {
        path: destination.to_owned(),
        source,
    };
    let folder = match destination.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder).map_err(failed)?;
    let root = assemble(
        recipe,
        &lock.packages,
        &lock.wheels,
        &downloads,
        folder,
        events,
        interrupt,
    )?;
    let mut file = tempfile::Builder::new()
        .prefix(".image-")
        .permissions(fs::Permissions::from_mode(0o666))
        .tempfile_in(folder)
        .map_err(failed)?;
    let identity = write(
        &root,
        recipe,
        file.as_file_mut(),
        events,
        interrupt,
        &failed,
    )?;
    if identity != lock.image {
        return Err(BuildError::Other {
            built: identity.id,
            locked: lock.image.id,
            difference: difference(&identity, &lock.image),
        });
    }
    file.as_file().sync_all().map_err(failed)?;
    file.persist(destination)
        .map_err(|error| failed(error.error))?;
    Ok(identity)
}

fn write(
    root: &Root,
    recipe: &Recipe,
    file: &mut fs::File,
    events: &mut EventSink<'_>,
    interrupt: &Interrupt,
    failed: &dyn Fn(io::Error) -> BuildError,
) -> Result<ImageIdentity, BuildError> {
    let buffered = BufWriter::with_capacity(1 << 18, file);
    let mut writer = ArchiveWriter::new(buffered).map_err(failed)?;
    let mut layers = Vec::new();
    for number in 0..root.layers {
        if interrupt.is_requested() {
            return Err(BuildError::Interrupted);
        }
        events(Event::Progress {
            activity: "writing layers",
            done: number as u64,
            total: Some(root.layers as u64),
        });
        let digest = writer
            .layer(|layer| layer::write(&root.tree, number, &root.spool, layer))
            .map_err(failed)?;
        layers.push(DiffId::new(digest));
    }
    let bytes = configuration::write(&layers, recipe.architecture.as_str(), &recipe.environment)
        .map_err(ConfigurationError::from)?;
    writer.finish(&bytes).map_err(failed)?;
    Ok(configuration::read(&bytes)?)
}

/// Where two images differ first.
fn difference(built: &ImageIdentity, locked: &ImageIdentity) -> String {
    let pairs = built.layers.iter().zip(&locked.layers);
    for (number, (built, locked)) in pairs.enumerate() {
        if built != locked {
            return format!("layer {} is {built}, not {locked}", number + 1);
        }
    }
    if built.layers.len() != locked.layers.len() {
        return format!(
            "it has {} layers, not {}",
            built.layers.len(),
            locked.layers.len()
        );
    }
    "its configuration differs".to_owned()
}
