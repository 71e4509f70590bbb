//! Files that were fetched, by digest, checked whenever they are used.

use std::fs::{self, File};
use std::io::{self, Seek};
use std::path::{Path, PathBuf};

use resow_manifest::digest::Sha256Digest;

use crate::content_digest::digest_of;

/// A folder of files, each named by its digest.
pub(crate) struct Downloads {
    folder: PathBuf,
}

/// Why a fetched file cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// It is not what its name says.
    #[error("the download `{path}` of `{name}` is damaged: expected {expected}, got {found}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What it was to be: a package or a wheel.
        name: String,
        /// The digest that is locked.
        expected: Sha256Digest,
        /// The digest that it has.
        found: Sha256Digest,
    },
    /// It cannot be read or written.
    #[error("cannot use the download `{path}`")]
    Access {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl DownloadError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Damaged { path, .. } => Some(format!(
                "delete `{}`, and it is fetched again",
                path.display()
            )),
            Self::Access { .. } => None,
        }
    }
}

impl Downloads {
    /// The downloads in `folder`, which is made where it is missing.
    pub(crate) fn new(folder: &Path) -> Result<Self, DownloadError> {
        fs::create_dir_all(folder).map_err(|source| DownloadError::Access {
            path: folder.to_owned(),
            source,
        })?;
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether there is such a file, damaged or not.
    pub(crate) fn has(&self, digest: &Sha256Digest) -> bool {
        self.path(digest).is_file()
    }

    /// Opens and checks the file with this digest; `name` is what messages call it.
    pub(crate) fn open(&self, digest: &Sha256Digest, name: &str) -> Result<File, DownloadError> {
        let path = self.path(digest);
        let access = |source| DownloadError::Access {
            path: path.clone(),
            source,
        };
        let mut file = File::open(&path).map_err(access)?;
        let found = digest_of(&mut file).map_err(access)?;
        file.rewind().map_err(access)?;
        if found == *digest {
            return Ok(file);
        }
        Err(DownloadError::Damaged {
            path,
            name: name.to_owned(),
            expected: *digest,
            found,
        })
    }

    /// Moves a file from a folder of the same file system here, under the digest that it has.
    pub(crate) fn take(&self, file: &Path) -> Result<(Sha256Digest, u64), DownloadError> {
        let access = |source| DownloadError::Access {
            path: file.to_owned(),
            source,
        };
        let mut opened = File::open(file).map_err(access)?;
        let digest = digest_of(&mut opened).map_err(access)?;
        let size = opened.metadata().map_err(access)?.len();
        opened.sync_all().map_err(access)?;
        fs::rename(file, self.path(&digest)).map_err(access)?;
        Ok((digest, size))
    }

    fn path(&self, digest: &Sha256Digest) -> PathBuf {
        self.folder.join(digest.hex())
    }
}
