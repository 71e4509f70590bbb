//! Which root an image has: a file whose presence says that the root is whole.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use resow_manifest::digest::Sha256Digest;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::error::RootFileSystemError;
use crate::image::identity::ImageIdentity;

/// The version of the files that are written here. Roots of version 1 lack what the layer of determinism is mounted onto.
const VERSION: u64 = 2;

/// What is known of an image's root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Registration {
    version: u64,
    pub(super) image: ImageIdentity,
    /// The name of its root.
    pub(super) root: String,
    /// The digest of its index.
    pub(super) index: Sha256Digest,
    /// What sandboxes mount onto where they can, and cannot in this image.
    pub(super) absent: Vec<String>,
}

/// Which image was pulled from where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RememberedReference {
    version: u64,
    pub(super) reference: String,
    pub(super) id: resow_manifest::identifiers::ImageId,
}

impl Registration {
    pub(super) const fn new(
        image: ImageIdentity,
        root: String,
        index: Sha256Digest,
        absent: Vec<String>,
    ) -> Self {
        Self {
            version: VERSION,
            image,
            root,
            index,
            absent,
        }
    }

    /// Reads a registration; `None` where there is none that can be read: what it said is lost, and made anew.
    ///
    /// # Errors
    /// When a newer program wrote it.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, RootFileSystemError> {
        let read: Option<Self> = read_json(path)?;
        Ok(read.filter(|read| read.version == VERSION && is_root_name(&read.root)))
    }
}

impl RememberedReference {
    pub(super) const fn new(reference: String, id: resow_manifest::identifiers::ImageId) -> Self {
        Self {
            version: VERSION,
            reference,
            id,
        }
    }

    /// Reads what was remembered, as [`Registration::read`].
    pub(super) fn read(path: &Path) -> Result<Option<Self>, RootFileSystemError> {
        read_json(path)
    }
}

/// Whether `name` is one that roots have, and so leads nowhere else.
pub(super) fn is_root_name(name: &str) -> bool {
    name.len() == super::new_root::NAME_LENGTH
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Writes a file beside its place, syncs it, and puts it there.
pub(super) fn write(path: &Path, content: &impl Serialize) -> Result<(), RootFileSystemError> {
    let write = || -> io::Result<()> {
        let folder = path.parent().unwrap_or(path);
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec(content)?)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        fs::File::open(folder)?.sync_all()
    };
    write().map_err(RootFileSystemError::file("write", path))
}

/// Of any version, only this is read.
#[derive(Deserialize)]
struct AnyVersion {
    version: u64,
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, RootFileSystemError> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read.map_err(RootFileSystemError::file("read", path))?,
    };
    if let Ok(AnyVersion { version }) = serde_json::from_slice(&bytes)
        && version > VERSION
    {
        return Err(RootFileSystemError::Newer {
            path: path.to_owned(),
            version,
        });
    }
    Ok(serde_json::from_slice(&bytes).ok())
}
