//! Opens an archive that anyone may have made, and believes nothing in it that was not checked.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use resow_manifest::digest::Sha256Digest;
use serde::de::DeserializeOwned;
use tar::{Archive, EntryType};

use super::description::{BLOBS, Descriptor, DockerImage, Index, LAYOUT, Manifest, blob_name};
use super::writer::Hashing;
use crate::image::configuration::{self, ConfigurationError};
use crate::image::identity::ImageIdentity;

/// The largest file that is read into memory: descriptions are far smaller.
pub(super) const LARGEST_DESCRIPTION: u64 = 4 << 20;
/// The most entries of an archive: images have at most some hundred layers.
pub(super) const MOST_ENTRIES: usize = 4096;
/// The most bytes of small files that are kept together.
const MOST_KEPT: u64 = 64 << 20;

/// Why an archive is no image.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It cannot be read.
    #[error("cannot read the image `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A blob is not what its name says.
    #[error("the blob {expected} in the image is damaged: it is {found}")]
    Damaged {
        /// The digest in its name.
        expected: Sha256Digest,
        /// The digest that it has.
        found: Sha256Digest,
    },
    /// Something in it does not belong to an image.
    #[error("`{0}` does not belong in an image's archive")]
    Unexpected(String),
    /// Something is missing, or stands twice.
    #[error("the image has no single `{0}`")]
    Missing(String),
    /// A description is malformed.
    #[error("`{name}` in the image is malformed")]
    Malformed {
        /// The file.
        name: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// Its parts do not belong together.
    #[error("the image contradicts itself: {0}")]
    Contradiction(&'static str),
    /// The configuration is of no use.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
}

impl ArchiveError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } => None,
            Self::Configuration(_) => Some("resow runs images for Linux only".to_owned()),
            _ => Some("save it anew with `resow image save`, where the image is whole".to_owned()),
        }
    }
}

/// Checks every byte of the archive and returns which image it holds.
///
/// # Errors
/// When it cannot be read, a digest does not match, or its parts do not belong together.
pub fn read_identity(path: &Path) -> Result<ImageIdentity, ArchiveError> {
    let failed = |source| ArchiveError::Read {
        path: path.to_owned(),
        source,
    };
    let file = open_file(path).map_err(failed)?;
    let reader = BufReader::with_capacity(1 << 18, file);
    let contents = Contents::read(reader, LargeBlobs::Check, &failed)?;
    contents.check()
}

/// An archive whose descriptions were checked; the bytes of its layers were not.
pub(crate) struct OpenArchive {
    pub(crate) file: File,
    pub(crate) identity: ImageIdentity,
    /// The layers, lowest first: where each lies in the file. The same may stand there several times.
    pub(crate) layers: Vec<LayerRegion>,
}

/// Where in an archive a layer's tar lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LayerRegion {
    /// What its bytes must have.
    pub(crate) digest: Sha256Digest,
    /// In bytes from the start of the archive.
    pub(crate) offset: u64,
    /// In bytes.
    pub(crate) size: u64,
}

/// Opens an archive for whoever reads and checks its layers.
pub(crate) fn open(path: &Path) -> Result<OpenArchive, ArchiveError> {
    let failed = |source| ArchiveError::Read {
        path: path.to_owned(),
        source,
    };
    let file = open_file(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let contents = Contents::read(BufReader::new(&file), LargeBlobs::Skip, &failed)?;
    let identity = contents.check()?;
    let mut layers = Vec::new();
    for layer in &identity.layers {
        let name = blob_name(layer.digest());
        let Some(&Place { offset, size }) = contents.places.get(&name) else {
            return Err(ArchiveError::Missing(name));
        };
        if offset.checked_add(size).is_none_or(|end| end > length) {
            return Err(failed(io::ErrorKind::UnexpectedEof.into()));
        }
        layers.push(LayerRegion {
            digest: *layer.digest(),
            offset,
            size,
        });
    }
    Ok(OpenArchive {
        file,
        identity,
        layers,
    })
}

/// Opens a plain file, without waiting for anyone at the other end of a pipe.
fn open_file(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = File::options().read(true).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is no plain file",
        ));
    }
    Ok(file)
}

/// What becomes of the blobs that are too large for memory.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LargeBlobs {
    /// They are read, and their digests checked.
    Check,
    /// They are passed over: whoever reads them checks them.
    Skip,
}

/// Where a file lies in an archive.
#[derive(Clone, Copy)]
struct Place {
    offset: u64,
    size: u64,
}

/// What an archive has: where each file lies, and the content of the small ones.
#[derive(Default)]
struct Contents {
    places: BTreeMap<String, Place>,
    small: BTreeMap<String, Vec<u8>>,
}

impl Contents {
    fn read(
        reader: impl Read + Seek,
        large: LargeBlobs,
        failed: &dyn Fn(io::Error) -> ArchiveError,
    ) -> Result<Self, ArchiveError> {
        let mut contents = Self::default();
        let mut kept = 0;
        let mut archive = Archive::new(reader);
        // Raw: no entry's header is extended, so none can make the reader hold a long name.
        // Seeking does not notice an end that comes too soon: whoever checks all of it reads all of it.
        let entries = match large {
            LargeBlobs::Check => archive.entries(),
            LargeBlobs::Skip => archive.entries_with_seek(),
        };
        for (count, entry) in entries.map_err(failed)?.raw(true).enumerate() {
            let mut entry = entry.map_err(failed)?;
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let kind = entry.header().entry_type();
            if kind == EntryType::Directory && matches!(name.as_str(), "blobs/" | BLOBS) {
                continue;
            }
            if kind != EntryType::Regular || !is_known(&name) || count > MOST_ENTRIES {
                return Err(ArchiveError::Unexpected(name));
            }
            let size = entry.size();
            let offset = entry.raw_file_position();
            let place = Place { offset, size };
            if contents.places.insert(name.clone(), place).is_some() {
                return Err(ArchiveError::Missing(name));
            }
            let is_small = size <= LARGEST_DESCRIPTION && kept + size <= MOST_KEPT;
            if !is_small && large == LargeBlobs::Skip {
                continue;
            }
            let mut bytes = Vec::new();
            let (digest, read) = if is_small {
                copy(&mut entry, &mut bytes).map_err(failed)?
            } else {
                copy(&mut entry, &mut io::sink()).map_err(failed)?
            };
            if read != size {
                return Err(failed(io::ErrorKind::UnexpectedEof.into()));
            }
            expect_name(&name, digest)?;
            if is_small {
                kept += size;
                contents.small.insert(name, bytes);
            }
        }
        Ok(contents)
    }

    fn check(&self) -> Result<ImageIdentity, ArchiveError> {
        if self.small.get("oci-layout").map(Vec::as_slice) != Some(LAYOUT) {
            return Err(ArchiveError::Missing("oci-layout".to_owned()));
        }
        let index: Index = self.json("index.json")?;
        let [described] = index.manifests.as_slice() else {
            return Err(ArchiveError::Contradiction(
                "it does not hold exactly one image",
            ));
        };
        let manifest: Manifest = self.json(&self.blob(described)?)?;
        let configuration = self.content(&self.blob(&manifest.config)?)?;
        let mut layers = Vec::new();
        for layer in &manifest.layers {
            self.blob(layer)?;
            layers.push((layer.digest, layer.size));
        }
        let config = (manifest.config.digest, manifest.config.size);
        if manifest != Manifest::new(config, &layers)
            || index != Index::new((described.digest, described.size))
        {
            return Err(ArchiveError::Contradiction(
                "its descriptions are of other kinds",
            ));
        }
        let images: Vec<DockerImage> = self.json("manifest.json")?;
        if images != [DockerImage::new(&config.0, &layers)] {
            return Err(ArchiveError::Contradiction(
                "`manifest.json` lists another image",
            ));
        }
        let identity = configuration::read(configuration)?;
        let digests = layers.iter().map(|(digest, _)| digest);
        if !identity
            .layers
            .iter()
            .map(|layer| layer.digest())
            .eq(digests)
        {
            return Err(ArchiveError::Contradiction(
                "its configuration lists other layers",
            ));
        }
        self.check_nothing_else(described, &manifest)?;
        Ok(identity)
    }

    fn check_nothing_else(
        &self,
        described: &Descriptor,
        manifest: &Manifest,
    ) -> Result<(), ArchiveError> {
        let expected: BTreeSet<_> = manifest
            .layers
            .iter()
            .chain([described, &manifest.config])
            .map(|descriptor| blob_name(&descriptor.digest))
            .collect();
        let surplus = self
            .places
            .keys()
            .find(|name| name.starts_with(BLOBS) && !expected.contains(*name));
        match surplus {
            Some(name) => Err(ArchiveError::Unexpected(name.clone())),
            None => Ok(()),
        }
    }

    /// The name of a blob that is there with the size that its descriptor says.
    fn blob(&self, descriptor: &Descriptor) -> Result<String, ArchiveError> {
        let name = blob_name(&descriptor.digest);
        match self.places.get(&name) {
            Some(place) if place.size == descriptor.size => Ok(name),
            Some(_) => Err(ArchiveError::Contradiction(
                "a blob has another size than described",
            )),
            None => Err(ArchiveError::Missing(name)),
        }
    }

    fn content(&self, name: &str) -> Result<&[u8], ArchiveError> {
        self.small
            .get(name)
            .map(Vec::as_slice)
            .ok_or_else(|| ArchiveError::Missing(name.to_owned()))
    }

    fn json<T: DeserializeOwned>(&self, name: &str) -> Result<T, ArchiveError> {
        serde_json::from_slice(self.content(name)?).map_err(|source| ArchiveError::Malformed {
            name: name.to_owned(),
            source,
        })
    }
}

fn is_known(name: &str) -> bool {
    matches!(name, "index.json" | "manifest.json" | "oci-layout")
        || name
            .strip_prefix(BLOBS)
            .is_some_and(|hex| Sha256Digest::from_hex(hex).is_ok())
}

fn expect_name(name: &str, found: Sha256Digest) -> Result<(), ArchiveError> {
    let expected = name
        .strip_prefix(BLOBS)
        .and_then(|hex| Sha256Digest::from_hex(hex).ok());
    match expected {
        Some(expected) if expected != found => Err(ArchiveError::Damaged { expected, found }),
        _ => Ok(()),
    }
}

fn copy(from: &mut dyn Read, to: &mut dyn io::Write) -> io::Result<(Sha256Digest, u64)> {
    let mut hashing = Hashing::new(to);
    io::copy(from, &mut hashing)?;
    Ok(hashing.finish())
}
