//! Locks a recipe: resolves it with the ordinary clients, and finds out which image that makes.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use resow_manifest::identifiers::DiffId;

use super::archive::writer::Hashing;
use super::assembly::{AssemblyError, assemble};
use super::client::apt::{Apt, AptError, ResolvedPackages};
use super::client::pip::{Pip, PipError};
use super::configuration::{self, ConfigurationError};
use super::downloads::{DownloadError, Downloads};
use super::fetching::{self, FetchError};
use super::lock::{LOCK_VERSION, Lock, LockedPackage, LockedWheel};
use super::recipe::{FORMAT, Recipe};
use super::root::layer;
use super::wheel::package::{WheelError, name_and_version};
use crate::event::{Event, EventSink};
use crate::interrupt::Interrupt;

/// Why a recipe cannot be locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Its packages cannot be resolved.
    #[error("the recipe's packages cannot be resolved")]
    Packages(#[from] AptError),
    /// Its wheels cannot be resolved.
    #[error("the recipe's wheels cannot be resolved")]
    Wheels(#[from] PipError),
    /// What was resolved cannot be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// What was fetched cannot be kept.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// The recipe does without something that nothing asks for.
    #[error("`without` names `{0}`, which nothing in the recipe asks for")]
    NotAsked(String),
    /// A wheel cannot be read.
    #[error("the wheel `{file}` cannot be read")]
    Wheel {
        /// The file.
        file: String,
        /// Why.
        #[source]
        source: WheelError,
    },
    /// The image cannot be assembled.
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
    /// Its configuration cannot be written.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// A temporary file failed.
    #[error("a temporary file failed")]
    Temporary(#[from] io::Error),
}

impl LockError {
    /// Whether the user asked to stop.
    pub const fn is_interrupted(&self) -> bool {
        match self {
            Self::Packages(error) => error.is_interrupted(),
            Self::Wheels(error) => error.is_interrupted(),
            Self::Fetch(error) => error.is_interrupted(),
            Self::Assembly(error) => matches!(error, AssemblyError::Interrupted),
            _ => false,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Packages(error) => error.hint(),
            Self::Wheels(error) => error.hint(),
            Self::Fetch(error) => error.hint(),
            Self::Download(error) => error.hint(),
            Self::Assembly(error) => error.hint(),
            Self::NotAsked(_) => Some("drop it from the recipe".to_owned()),
            _ => None,
        }
    }
}

/// Locks `recipe` to what the machine's mirrors have now. What is fetched stays in the folder `downloads`.
///
/// # Errors
/// When a client is missing, a package cannot be had, or the image cannot be assembled.
pub fn lock(
    recipe: &Recipe,
    downloads: &Path,
    events: &mut EventSink<'_>,
    interrupt: &Interrupt,
) -> Result<Lock, LockError> {
    let downloads = Downloads::new(downloads)?;
    let mut begin = |activity| {
        events(Event::Progress {
            activity,
            done: 0,
            total: None,
        });
    };
    begin("reading the package index");
    let apt = Apt::new(recipe, downloads.folder(), interrupt)?;
    begin("resolving packages");
    let ResolvedPackages { packages, without } = apt.resolve(recipe)?;
    let mut unneeded = recipe.without.clone();
    unneeded.retain(|name| !without.iter().any(|package| package.name == *name));
    fetching::packages_with(&apt, &packages, &downloads, events)?;
    let wheels = if recipe.wheels.is_empty() {
        Vec::new()
    } else {
        events(Event::Progress {
            activity: "resolving wheels",
            done: 0,
            total: None,
        });
        let pip = Pip::new(recipe, &packages, downloads.folder(), interrupt)?;
        let mut wheels = locked_wheels(&pip.resolve(recipe)?, &downloads)?;
        for LockedWheel { name, .. } in
            wheels.extract_if(.., |wheel| recipe.without.contains(&wheel.name))
        {
            unneeded.remove(&name);
        }
        wheels
    };
    if let Some(name) = unneeded.pop_first() {
        return Err(LockError::NotAsked(name));
    }
    let image = identify(recipe, &packages, &wheels, &downloads, events, interrupt)?;
    Ok(Lock {
        version: LOCK_VERSION,
        format: FORMAT,
        recipe: recipe.digest(),
        image,
        packages,
        wheels,
    })
}

fn locked_wheels(files: &[PathBuf], downloads: &Downloads) -> Result<Vec<LockedWheel>, LockError> {
    let mut wheels = Vec::new();
    for path in files {
        let file = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let (name, version) = File::open(path)
            .map_err(WheelError::from)
            .and_then(name_and_version)
            .map_err(|source| LockError::Wheel {
                file: file.clone(),
                source,
            })?;
        let (digest, size) = downloads.take(path)?;
        wheels.push(LockedWheel {
            name,
            version,
            file,
            size,
            digest,
        });
    }
    wheels.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(wheels)
}

fn identify(
    recipe: &Recipe,
    packages: &[LockedPackage],
    wheels: &[LockedWheel],
    downloads: &Downloads,
    events: &mut EventSink<'_>,
    interrupt: &Interrupt,
) -> Result<super::identity::ImageIdentity, LockError> {
    let folder = downloads.folder();
    let root = assemble(
        recipe, packages, wheels, downloads, folder, events, interrupt,
    )?;
    let mut layers = Vec::new();
    for number in 0..root.layers {
        let mut hashing = Hashing::new(io::sink());
        if interrupt.is_requested() {
            return Err(AssemblyError::Interrupted.into());
        }
        layer::write(&root.tree, number, &root.spool, &mut hashing)?;
        layers.push(DiffId::new(hashing.finish().0));
    }
    let bytes = configuration::write(&layers, recipe.architecture.as_str(), &recipe.environment)
        .map_err(ConfigurationError::from)?;
    Ok(configuration::read(&bytes)?)
}
