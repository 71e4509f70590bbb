//! Gets the locked files that are not there yet, by exact version, and checks them.

use std::path::PathBuf;

use super::client::apt::{Apt, AptError};
use super::client::pip::{Pip, PipError};
use super::downloads::{DownloadError, Downloads};
use super::lock::{LockedPackage, LockedWheel};
use super::recipe::Recipe;
use crate::event::{Event, EventSink};
use crate::interrupt::Interrupt;
use resow_manifest::digest::Sha256Digest;

/// Why a locked file cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// A Debian package cannot.
    #[error(transparent)]
    Apt(#[from] AptError),
    /// A wheel cannot.
    #[error(transparent)]
    Pip(#[from] PipError),
    /// What was fetched cannot be kept.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// The client brought something else.
    #[error("`{name}` {version} was fetched with another digest than the locked {expected}")]
    Other {
        /// The package or wheel.
        name: String,
        /// Its version.
        version: String,
        /// The digest that is locked.
        expected: Sha256Digest,
    },
}

impl FetchError {
    /// Whether the user asked to stop.
    pub const fn is_interrupted(&self) -> bool {
        match self {
            Self::Apt(error) => error.is_interrupted(),
            Self::Pip(error) => error.is_interrupted(),
            Self::Download(_) | Self::Other { .. } => false,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Apt(error) => error.hint(),
            Self::Pip(error) => error.hint(),
            Self::Download(error) => error.hint(),
            Self::Other { .. } => Some(
                "the mirror changed it under the same version: `resow image load FILE` takes a saved image".to_owned(),
            ),
        }
    }
}

/// Fetches the packages that are missing.
pub(crate) fn packages(
    recipe: &Recipe,
    wanted: &[LockedPackage],
    downloads: &Downloads,
    events: &mut EventSink<'_>,
    interrupt: &Interrupt,
) -> Result<(), FetchError> {
    let missing = missing_packages(wanted, downloads);
    if missing.is_empty() {
        return Ok(());
    }
    let apt = Apt::new(recipe, downloads.folder(), interrupt)?;
    packages_with(&apt, wanted, downloads, events)
}

/// Fetches the packages that are missing with a client that is there.
pub(crate) fn packages_with(
    apt: &Apt<'_>,
    wanted: &[LockedPackage],
    downloads: &Downloads,
    events: &mut EventSink<'_>,
) -> Result<(), FetchError> {
    let missing = missing_packages(wanted, downloads);
    if missing.is_empty() {
        return Ok(());
    }
    let total = missing.iter().map(|package| package.size).sum();
    let files = apt.download(&missing, &mut |done| {
        events(Event::Progress {
            activity: "downloading packages",
            done,
            total: Some(total),
        });
    })?;
    keep(&files, downloads)?;
    for package in missing {
        expect(downloads, &package.digest, &package.name, &package.version)?;
    }
    Ok(())
}

/// Fetches the wheels that are missing.
pub(crate) fn wheels(
    recipe: &Recipe,
    packages: &[LockedPackage],
    wanted: &[LockedWheel],
    downloads: &Downloads,
    events: &mut EventSink<'_>,
    interrupt: &Interrupt,
) -> Result<(), FetchError> {
    let missing: Vec<_> = wanted
        .iter()
        .filter(|wheel| !downloads.has(&wheel.digest))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let pip = Pip::new(recipe, packages, downloads.folder(), interrupt)?;
    let total = missing.iter().map(|wheel| wheel.size).sum();
    let mut done = 0;
    for wheel in missing {
        events(Event::Progress {
            activity: "downloading wheels",
            done,
            total: Some(total),
        });
        keep(&pip.download(wheel)?, downloads)?;
        expect(downloads, &wheel.digest, &wheel.name, &wheel.version)?;
        done += wheel.size;
    }
    Ok(())
}

fn missing_packages<'a>(
    wanted: &'a [LockedPackage],
    downloads: &Downloads,
) -> Vec<&'a LockedPackage> {
    wanted
        .iter()
        .filter(|package| !downloads.has(&package.digest))
        .collect()
}

fn keep(files: &[PathBuf], downloads: &Downloads) -> Result<(), DownloadError> {
    for file in files {
        downloads.take(file)?;
    }
    Ok(())
}

fn expect(
    downloads: &Downloads,
    digest: &Sha256Digest,
    name: &str,
    version: &str,
) -> Result<(), FetchError> {
    if downloads.has(digest) {
        return Ok(());
    }
    Err(FetchError::Other {
        name: name.to_owned(),
        version: version.to_owned(),
        expected: *digest,
    })
}
