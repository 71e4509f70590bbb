//! The JSON files of an archive: what is in it and how it belongs together.

use resow_manifest::digest::Sha256Digest;
use serde::{Deserialize, Serialize};

/// The folder of blobs.
pub(super) const BLOBS: &str = "blobs/sha256/";
/// The content of `oci-layout`.
pub(super) const LAYOUT: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;

const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX_TYPE: &str = "application/vnd.oci.image.index.v1+json";
const CONFIGURATION_TYPE: &str = "application/vnd.oci.image.config.v1+json";
const LAYER_TYPE: &str = "application/vnd.oci.image.layer.v1.tar";

/// A blob as OCI describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Descriptor {
    media_type: String,
    pub(super) digest: Sha256Digest,
    pub(super) size: u64,
}

/// The OCI manifest of the image.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Manifest {
    schema_version: u32,
    media_type: String,
    pub(super) config: Descriptor,
    pub(super) layers: Vec<Descriptor>,
}

/// The OCI index: the one manifest.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Index {
    schema_version: u32,
    media_type: String,
    pub(super) manifests: Vec<Descriptor>,
}

/// An image as Docker's `manifest.json` lists it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct DockerImage {
    config: String,
    repo_tags: Vec<String>,
    layers: Vec<String>,
}

impl Manifest {
    /// The manifest of an image of these blobs: digest and size each.
    pub(super) fn new(config: (Sha256Digest, u64), layers: &[(Sha256Digest, u64)]) -> Self {
        Self {
            schema_version: 2,
            media_type: MANIFEST_TYPE.to_owned(),
            config: Descriptor::new(CONFIGURATION_TYPE, config),
            layers: layers
                .iter()
                .map(|layer| Descriptor::new(LAYER_TYPE, *layer))
                .collect(),
        }
    }
}

impl Index {
    /// The index of one manifest.
    pub(super) fn new(manifest: (Sha256Digest, u64)) -> Self {
        Self {
            schema_version: 2,
            media_type: INDEX_TYPE.to_owned(),
            manifests: vec![Descriptor::new(MANIFEST_TYPE, manifest)],
        }
    }
}

impl DockerImage {
    /// The image with these blobs; its tag keeps it from counting as left over.
    pub(super) fn new(config: &Sha256Digest, layers: &[(Sha256Digest, u64)]) -> Self {
        Self {
            config: blob_name(config),
            repo_tags: vec![format!("resow:{}", config.short())],
            layers: layers.iter().map(|(digest, _)| blob_name(digest)).collect(),
        }
    }
}

impl Descriptor {
    fn new(media_type: &str, (digest, size): (Sha256Digest, u64)) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest,
            size,
        }
    }
}

/// Where the blob with this digest lies.
pub(super) fn blob_name(digest: &Sha256Digest) -> String {
    format!("{BLOBS}{}", digest.hex())
}
