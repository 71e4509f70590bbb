//! Why a root file system cannot be had.

use std::io;
use std::path::{Path, PathBuf};

use resow_manifest::digest::Sha256Digest;

use crate::image::archive::ArchiveError;

/// Why a root file system cannot be found, made or removed.
#[derive(Debug, thiserror::Error)]
pub enum RootFileSystemError {
    /// The folder of all roots is not this user's alone.
    #[error("`{path}` cannot hold root file systems: it {problem}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A file or folder in it.
    #[error("cannot {action} `{path}`")]
    File {
        /// What was to be done: `write`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A newer program wrote it.
    #[error("`{path}` has the version {version}, which this program does not know")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u64,
    },
    /// The archive is no image.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The image as a whole passes a limit.
    #[error("the image has {0}")]
    TooLarge(&'static str),
    /// A layer is damaged, malformed, or not what can be unpacked.
    #[error("the layer {digest} of the image cannot be unpacked")]
    Layer {
        /// Which.
        digest: Sha256Digest,
        /// Why.
        #[source]
        source: LayerError,
    },
    /// What sandboxes mount has no place in the image.
    #[error("the image cannot be used without a daemon: `{path}` in it {problem}")]
    MountPoint {
        /// The path in the image.
        path: &'static str,
        /// Why it cannot be mounted onto.
        problem: String,
    },
    /// It would fill the disk.
    #[error(
        "unpacking the image needs {needed} bytes beside `{path}`, where {free} are free and {reserve} must stay free"
    )]
    NoRoom {
        /// The folder of all roots.
        path: PathBuf,
        /// How much is still to be written, in bytes.
        needed: u64,
        /// How much is free, in bytes.
        free: u64,
        /// How much must stay free, in bytes.
        reserve: u64,
    },
    /// The file system has no room for as many files.
    #[error("unpacking the image needs {needed} files beside `{path}`, where {free} can be made")]
    NoFiles {
        /// The folder of all roots.
        path: PathBuf,
        /// How many files the image has.
        needed: u64,
        /// How many the file system can still have.
        free: u64,
    },
    /// The archive changed between checking and copying.
    #[error("the archive changed while it was unpacked: `{0}` in the image is another file now")]
    Changed(String),
    /// The user asked to stop.
    #[error("interrupted while unpacking the image")]
    Interrupted,
}

impl RootFileSystemError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Folder { path, .. } => Some(format!(
                "move `{}` away; it is made anew, from the images",
                path.display()
            )),
            Self::Newer { .. } => Some("use that program, or a newer resow".to_owned()),
            Self::Archive(error) => error.hint(),
            Self::Layer { source, .. } => source.hint(),
            Self::MountPoint { .. } => {
                Some("change the image, or run it with `--engine docker`".to_owned())
            }
            Self::NoRoom { .. } | Self::NoFiles { .. } => Some("free some disk space".to_owned()),
            Self::Changed(_) => Some("unpack it again, once nobody writes to it".to_owned()),
            Self::File { .. } | Self::TooLarge(_) | Self::Interrupted => None,
        }
    }

    pub(super) fn file(
        action: &'static str,
        path: impl AsRef<Path>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_owned();
        move |source| Self::File {
            action,
            path,
            source,
        }
    }
}

/// Why a layer cannot be unpacked.
#[derive(Debug, thiserror::Error)]
pub enum LayerError {
    /// It cannot be read.
    #[error("it cannot be read")]
    Read(#[from] io::Error),
    /// Its bytes are not what the image says.
    #[error("it is damaged: its bytes have the digest {0}")]
    Damaged(Sha256Digest),
    /// It is no tar.
    #[error("it is no tar, at byte {at}: {problem}")]
    Malformed {
        /// Where, in bytes from its start.
        at: u64,
        /// What is wrong.
        problem: &'static str,
    },
    /// A name is no path below the root.
    #[error("the name `{name}` in it {problem}")]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// An entry's metadata is of no use.
    #[error("`{path}` in it {problem}")]
    Entry {
        /// The entry.
        path: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// An entry lies beneath a link or a file.
    #[error("`{path}` in it lies beneath `{above}`, which is no folder")]
    Beneath {
        /// The entry.
        path: String,
        /// What is above it.
        above: String,
    },
    /// A hard link to nothing, or to a folder.
    #[error("`{path}` in it is a hard link to `{target}`, which is no file")]
    HardLink {
        /// The link.
        path: String,
        /// Its target.
        target: String,
    },
    /// The names and attributes of all entries take more memory than those of any image.
    #[error("it has too many entries, or too large ones")]
    TooMany,
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
}

impl LayerError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Damaged(_) => Some("get the image anew, where it is whole".to_owned()),
            Self::Beneath { .. } => Some(
                "engines disagree on what that means; make the image anew with the folder itself in the layer"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}
