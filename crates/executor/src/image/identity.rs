//! What an image is, whoever has it.

use std::collections::BTreeMap;

use resow_manifest::identifiers::{ChainId, DiffId, ImageId};
use resow_manifest::plan::PlanImage;
use serde::{Deserialize, Serialize};

/// An image as content and as artefact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageIdentity {
    /// The digest of its configuration.
    pub id: ImageId,
    /// The ChainID of its layers.
    pub chain: ChainId,
    /// Its layers, lowest first.
    pub layers: Vec<DiffId>,
    /// The architecture as images name it: `amd64`, `arm64`.
    pub architecture: String,
    /// The variables that its configuration sets.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
}

impl ImageIdentity {
    /// What of it acts on the bits.
    pub fn planned(&self) -> PlanImage {
        PlanImage {
            chain: self.chain,
            architecture: self.architecture.clone(),
            environment: self.environment.clone(),
        }
    }
}
