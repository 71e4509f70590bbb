//! One package or wheel alone, as the layer that it would be: what becomes of its files, without an image around it.

use std::fs::File;
use std::io;
use std::path::Path;

use super::debian::package::{self, PackageError};
use super::lock::{LockedPackage, LockedWheel};
use super::root::layer;
use super::root::spool::Spool;
use super::root::tree::Tree;
use super::wheel::package::{self as wheel, WheelError};

/// Why there is no such layer.
#[derive(Debug, thiserror::Error)]
pub enum SoleLayerError {
    /// The package is damaged, another one, or hostile.
    #[error("the package cannot be a layer")]
    Package(#[from] PackageError),
    /// The wheel is damaged, another one, or hostile.
    #[error("the wheel cannot be a layer")]
    Wheel(#[from] WheelError),
    /// The temporary file or the layer failed, which what was read has no part in.
    #[error("the layer cannot be written")]
    Written(#[from] io::Error),
}

/// The layer of the Debian package in `file`, as a tar. `scratch` is a folder with room for its files, of which there
/// may be `limit` bytes.
///
/// # Errors
/// When the package is damaged, not the locked one, or hostile, or the scratch folder fails.
pub fn of_package(
    file: File,
    locked: &LockedPackage,
    scratch: &Path,
    limit: u64,
) -> Result<Vec<u8>, SoleLayerError> {
    let mut tree = Tree::default();
    let mut spool = Spool::new(scratch, limit)?;
    package::unpack(file, locked, &mut tree, &mut spool)?;
    written(&tree, &mut spool)
}

/// The layer of the wheel in `file` for this version of Python, such as `3.11`, as a tar. `scratch` and `limit` as for
/// [`of_package`].
///
/// # Errors
/// When the wheel is damaged, not the locked one, or hostile, or the scratch folder fails.
pub fn of_wheel(
    file: File,
    locked: &LockedWheel,
    python: &str,
    scratch: &Path,
    limit: u64,
) -> Result<Vec<u8>, SoleLayerError> {
    let mut tree = Tree::default();
    let mut spool = Spool::new(scratch, limit)?;
    wheel::unpack(file, locked, python, &mut tree, &mut spool)?;
    written(&tree, &mut spool)
}

fn written(tree: &Tree, spool: &mut Spool) -> Result<Vec<u8>, SoleLayerError> {
    spool.flush()?;
    let mut bytes = Vec::new();
    layer::write(tree, 0, spool, &mut bytes)?;
    Ok(bytes)
}
