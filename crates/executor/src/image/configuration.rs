//! The configuration of an image, whose digest is the image's ID.

use std::collections::BTreeMap;

use resow_manifest::digest::Sha256Digest;
use resow_manifest::identifiers::{ChainId, DiffId, ImageId};
use serde::{Deserialize, Serialize};

use super::identity::ImageIdentity;

/// When every image was created: the time of its files.
const CREATED: &str = "2000-01-01T00:00:00Z";

/// What is written, in this order of keys and without spaces.
#[derive(Serialize)]
struct Written<'a> {
    architecture: &'a str,
    config: WrittenSettings,
    created: &'static str,
    os: &'static str,
    rootfs: WrittenLayers<'a>,
}

#[derive(Serialize)]
struct WrittenSettings {
    #[serde(rename = "Env")]
    environment: Vec<String>,
}

#[derive(Serialize)]
struct WrittenLayers<'a> {
    diff_ids: &'a [DiffId],
    r#type: &'static str,
}

/// The configuration of an image with these layers, as JSON.
pub(crate) fn write(
    layers: &[DiffId],
    architecture: &str,
    environment: &BTreeMap<String, String>,
) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Written {
        architecture,
        config: WrittenSettings {
            environment: environment
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect(),
        },
        created: CREATED,
        os: "linux",
        rootfs: WrittenLayers {
            diff_ids: layers,
            r#type: "layers",
        },
    })
}

/// What is read of any image's configuration.
#[derive(Deserialize)]
struct Read {
    architecture: String,
    #[serde(default)]
    config: Option<ReadSettings>,
    os: String,
    rootfs: ReadLayers,
}

#[derive(Default, Deserialize)]
struct ReadSettings {
    #[serde(rename = "Env", default)]
    environment: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct ReadLayers {
    diff_ids: Vec<DiffId>,
    r#type: String,
}

/// Why a configuration cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// It is not JSON of the expected shape.
    #[error("the image's configuration is malformed")]
    Malformed(#[from] serde_json::Error),
    /// It is not what this program can run.
    #[error("the image's configuration has {0}")]
    Unsupported(String),
}

/// The identity of the image with this configuration.
pub(crate) fn read(bytes: &[u8]) -> Result<ImageIdentity, ConfigurationError> {
    let read: Read = serde_json::from_slice(bytes)?;
    if read.os != "linux" {
        return Err(ConfigurationError::Unsupported(format!(
            "the system `{}`",
            read.os
        )));
    }
    if read.rootfs.r#type != "layers" {
        let kind = read.rootfs.r#type;
        return Err(ConfigurationError::Unsupported(format!(
            "layers of kind `{kind}`"
        )));
    }
    let chain = ChainId::of_layers(&read.rootfs.diff_ids)
        .ok_or_else(|| ConfigurationError::Unsupported("no layers".to_owned()))?;
    let mut environment = BTreeMap::new();
    for variable in read
        .config
        .and_then(|settings| settings.environment)
        .unwrap_or_default()
    {
        let (name, value) = variable.split_once('=').ok_or_else(|| {
            ConfigurationError::Unsupported(format!("the variable `{variable}` without a value"))
        })?;
        environment.insert(name.to_owned(), value.to_owned());
    }
    Ok(ImageIdentity {
        id: ImageId::new(Sha256Digest::of(bytes)),
        chain,
        layers: read.rootfs.diff_ids,
        architecture: read.architecture,
        environment,
    })
}
