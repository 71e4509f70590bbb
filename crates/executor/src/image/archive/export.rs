//! What an engine hands out (`docker save`) into an archive of this program's form, with the same image ID.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read, Seek, Write};
use std::path::Path;

use resow_manifest::digest::Sha256Digest;
use serde::Deserialize;
use tar::{Archive, EntryType};

use super::reader::{LARGEST_DESCRIPTION, MOST_ENTRIES};
use super::writer::ArchiveWriter;
use crate::image::configuration::{self, ConfigurationError};
use crate::image::identity::ImageIdentity;
use crate::image::root::path::{RootPath, RootPathError};
use crate::image::root::spool::{Content, LARGEST_IMAGE, Limited, Spool};

/// Why an engine's export is no image.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// It cannot be read, or the archive cannot be written.
    #[error("the engine's export cannot be copied")]
    Copy(#[from] io::Error),
    /// A part is missing.
    #[error("the engine's export has no `{0}`")]
    Missing(String),
    /// A name in it is not plain.
    #[error("the engine's export is malformed")]
    Path(#[from] RootPathError),
    /// A description is malformed.
    #[error("`{name}` in the engine's export is malformed")]
    Malformed {
        /// The file.
        name: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// It holds several images, or none.
    #[error("the engine's export holds {0} images instead of one")]
    Several(usize),
    /// A layer or the configuration is not what it should be.
    #[error("`{name}` in the engine's export is damaged: expected {expected}, got {found}")]
    Damaged {
        /// The file.
        name: String,
        /// The digest that its name or the configuration says.
        expected: Sha256Digest,
        /// The digest that it has.
        found: Sha256Digest,
    },
    /// It has more entries than any image.
    #[error("the engine's export has too many entries")]
    TooMany,
    /// The configuration is of no use.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
}

/// An image as `manifest.json` lists it; what else stands there does not matter.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    config: String,
    layers: Vec<String>,
}

/// Copies the one image that `export` holds, checking every digest. `scratch` is a folder with room for its layers.
///
/// # Errors
/// When the export is damaged, holds several images, or cannot be copied.
pub fn from_engine_export<W: Write + Seek>(
    export: &mut dyn Read,
    destination: W,
    scratch: &Path,
) -> Result<ImageIdentity, ExportError> {
    let mut spool = Spool::new(scratch, LARGEST_IMAGE)?;
    let mut files = Files::read(export, &mut spool)?;
    let images = files.text("manifest.json", &mut spool)?;
    let images: Vec<Listed> =
        serde_json::from_slice(&images).map_err(|source| ExportError::Malformed {
            name: "manifest.json".to_owned(),
            source,
        })?;
    let [image] = images.as_slice() else {
        return Err(ExportError::Several(images.len()));
    };
    let configuration = files.text(&image.config, &mut spool)?;
    let identity = configuration::read(&configuration)?;
    expect_configuration(&image.config, &configuration)?;
    if identity.layers.len() != image.layers.len() {
        return Err(ExportError::Missing(
            "the layers of its configuration".to_owned(),
        ));
    }
    let mut contents = Vec::new();
    for (name, layer) in image.layers.iter().zip(&identity.layers) {
        let content = files.layer(name, layer.digest(), &mut spool, scratch)?;
        contents.push(content);
    }
    spool.flush()?;
    let mut writer = ArchiveWriter::new(destination)?;
    for content in contents {
        writer.known_layer(content.digest, content.length, &mut spool.read(&content))?;
    }
    writer.finish(&configuration)?;
    Ok(identity)
}

/// The configuration's name says its digest, in both forms: `<digest>.json` and `blobs/sha256/<digest>`.
fn expect_configuration(name: &str, configuration: &[u8]) -> Result<(), ExportError> {
    let hex = name.rsplit('/').next().unwrap_or(name);
    let hex = hex.strip_suffix(".json").unwrap_or(hex);
    let found = Sha256Digest::of(configuration);
    match Sha256Digest::from_hex(hex) {
        Ok(expected) if expected != found => Err(ExportError::Damaged {
            name: name.to_owned(),
            expected,
            found,
        }),
        _ => Ok(()),
    }
}

/// The files of an export, by path, and the links between them.
#[derive(Default)]
struct Files {
    contents: BTreeMap<String, Content>,
    links: BTreeMap<String, String>,
}

impl Files {
    fn read(export: &mut dyn Read, spool: &mut Spool) -> Result<Self, ExportError> {
        let mut files = Self::default();
        let mut archive = Archive::new(export);
        for (count, entry) in archive.entries()?.raw(true).enumerate() {
            let mut entry = entry?;
            if count > MOST_ENTRIES {
                return Err(ExportError::TooMany);
            }
            let kind = entry.header().entry_type();
            if matches!(kind, EntryType::XHeader | EntryType::XGlobalHeader) {
                continue;
            }
            let Some(path) = RootPath::from_entry(&entry.path_bytes())? else {
                continue;
            };
            match kind {
                EntryType::Regular => {
                    let size = entry.size();
                    let content = spool.store(&mut entry)?;
                    if content.length != size {
                        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
                    }
                    files.contents.insert(path.as_str().to_owned(), content);
                }
                // Docker links a layer that the image has twice: `../<other>/layer.tar`.
                EntryType::Symlink | EntryType::Link => {
                    let target = entry.link_name_bytes().unwrap_or_default();
                    let target = String::from_utf8_lossy(&target).into_owned();
                    let target = target.strip_prefix("../").unwrap_or(&target).to_owned();
                    files.links.insert(path.as_str().to_owned(), target);
                }
                _ => {}
            }
        }
        Ok(files)
    }

    fn get(&self, name: &str) -> Result<Content, ExportError> {
        let target = self.links.get(name).map_or(name, String::as_str);
        self.contents
            .get(target)
            .copied()
            .ok_or_else(|| ExportError::Missing(name.to_owned()))
    }

    fn text(&self, name: &str, spool: &mut Spool) -> Result<Vec<u8>, ExportError> {
        let content = self.get(name)?;
        if content.length > LARGEST_DESCRIPTION {
            return Err(ExportError::Missing(name.to_owned()));
        }
        Ok(spool.bytes(&content)?)
    }

    /// The uncompressed layer with the digest `expected`.
    fn layer(
        &mut self,
        name: &str,
        expected: &Sha256Digest,
        spool: &mut Spool,
        scratch: &Path,
    ) -> Result<Content, ExportError> {
        let stored = self.get(name)?;
        let content = if stored.digest == *expected {
            stored
        } else {
            decompress(&stored, spool, scratch)?.unwrap_or(stored)
        };
        if content.digest == *expected {
            return Ok(content);
        }
        Err(ExportError::Damaged {
            name: name.to_owned(),
            expected: *expected,
            found: content.digest,
        })
    }
}

/// A layer that an engine keeps compressed, uncompressed; `None` where it is not compressed.
fn decompress(
    stored: &Content,
    spool: &mut Spool,
    scratch: &Path,
) -> Result<Option<Content>, ExportError> {
    spool.flush()?;
    let mut magic = [0; 4];
    let read = spool.read(stored).read(&mut magic)?;
    let mut copy = tempfile::tempfile_in(scratch)?;
    {
        let reader = spool.read(stored);
        let mut decoder: Box<dyn Read> = match &magic[..read] {
            [0x1f, 0x8b, ..] => Box::new(flate2::read::MultiGzDecoder::new(reader)),
            [0x28, 0xb5, 0x2f, 0xfd] => Box::new(zstd::stream::read::Decoder::new(reader)?),
            _ => return Ok(None),
        };
        io::copy(&mut Limited::new(&mut decoder, LARGEST_IMAGE), &mut copy)?;
    }
    copy.rewind()?;
    Ok(Some(spool.store(&mut BufReader::new(copy))?))
}
