//! The plan: everything that may act on the bits of the outputs, and nothing else.
//!
//! # Identity
//! [`Plan::id`] is the SHA-256 of these elements, encoded as [`crate::encoding`] says, in this order:
//!
//! 1. the text `resow plan 1`
//! 2. `layer`, a number
//! 3. `source`, a byte string of 32
//! 4. `image.chain`, a byte string of 32; `image.architecture`, a text; `image.environment`, a map of texts
//! 5. `seed`, a number
//! 6. `command`, a list of texts
//! 7. `parameters`, a map from text to value; a value is a choice of `boolean` (a number, 0 or 1), `integer` (the 64
//!    bits of its two's complement as a number), `float` (its IEEE 754 bits as a number, negative zero as it is),
//!    `string` (a text), `array` (a list of values), `table` (a map of values)
//! 8. `environment`, a map of texts
//! 9. `inputs`, a map from path (text) to digest (byte string of 32)
//! 10. `outputs`, a set of choices: `stdout`, `path` (a text), `glob` (a text); sorted by their written form
//! 11. `determinism`: from layer 1 on `profile`, a text; `threads`, a number, 0 where none is set; `instruction_set`, a
//!     text; `algorithms`, a text; in every layer `entropy`, a text; `clock`, a text: `host`; or where the wall clock
//!     stands, RFC 3339 in UTC with `Z` and no more digits of a second than it needs; or, of a clock that counts, `from `,
//!     where it begins, written as such an instant, ` by `, and the step: a number in decimal and the largest of the
//!     units `ns`, `us`, `ms` and `s` of which the step is a whole number
//! 12. `cpus`, a number
//! 13. `network`, a text

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::determinism::Determinism;
use crate::digest::Sha256Digest;
use crate::encoding::Encoder;
use crate::identifiers::{ChainId, PlanId, SourceId};
use crate::output_location::OutputLocation;
use crate::parameter::ParameterValue;
pub use crate::plan_difference::PlanDifference;
use crate::seed::Seed;
use crate::workspace_path::WorkspacePath;

/// The version of resow's seeding contract that this resow has.
///
/// Layer 0 handed the seed to the command (`{seed}`, `RESOW_SEED`) and seeded no library by itself. Layer 1 is what the
/// crate `resow-seeding` documents. Plans of both can be read; only those of this layer can be run.
pub const LAYER: u32 = 1;

/// Everything that may act on the bits of the outputs. Equal plans must give equal outputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The version of the seeding contract.
    pub layer: u32,
    /// The tree that enters the workspace.
    pub source: SourceId,
    /// The seed.
    pub seed: Seed,
    /// The command after filling in: the program, then its arguments.
    pub command: Vec<String>,
    /// How many processors the CPU set has.
    pub cpus: u32,
    /// The network that the run sees.
    pub network: Network,
    /// Where outputs appear.
    pub outputs: BTreeSet<OutputLocation>,
    /// The image, as content.
    pub image: PlanImage,
    /// The determinism settings.
    pub determinism: Determinism,
    /// The parameters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, ParameterValue>,
    /// Variables from the manifest's `[env]`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    /// Where inputs land, and their digests.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<WorkspacePath, Sha256Digest>,
}

/// An image as content: its files, what they run on, and the variables it sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanImage {
    /// The ChainID of its layers.
    pub chain: ChainId,
    /// The architecture as images name it: `amd64`, `arm64`.
    pub architecture: String,
    /// The variables that its configuration sets.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
}

/// The network that a run sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Network {
    /// A loopback device alone.
    None,
}

impl Network {
    /// As it is encoded and written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
        }
    }
}

impl Plan {
    /// The bytes that identify the plan, as the module's documentation says.
    pub fn encoding(&self) -> Vec<u8> {
        self.encode().bytes().to_vec()
    }

    /// The identity of the plan.
    pub fn id(&self) -> PlanId {
        PlanId::new(self.encode().digest())
    }

    fn encode(&self) -> Encoder {
        let mut encoder = Encoder::new("resow plan 1");
        encoder
            .number(u64::from(self.layer))
            .byte_string(self.source.digest().as_bytes())
            .byte_string(self.image.chain.digest().as_bytes())
            .text(&self.image.architecture);
        encode_texts(&mut encoder, &self.image.environment);
        encoder
            .number(u64::from(self.seed.value()))
            .count(self.command.len());
        for argument in &self.command {
            encoder.text(argument);
        }
        encode_values(&mut encoder, &self.parameters);
        encode_texts(&mut encoder, &self.environment);
        encoder.count(self.inputs.len());
        for (path, digest) in &self.inputs {
            encoder.text(path.as_str()).byte_string(digest.as_bytes());
        }
        encode_outputs(&mut encoder, &self.outputs);
        let determinism = &self.determinism;
        // Layer 0 had none of these.
        let of_layer_0 = Determinism {
            entropy: determinism.entropy,
            clock: determinism.clock,
            ..Determinism::LAYER_0
        };
        if self.layer > 0 || *determinism != of_layer_0 {
            encoder
                .text(determinism.profile.name())
                .number(determinism.threads.unwrap_or(0).into())
                .text(determinism.instruction_set.name())
                .text(determinism.algorithms.name());
        }
        encoder
            .text(determinism.entropy.name())
            .text(&determinism.clock.to_string())
            .number(u64::from(self.cpus))
            .text(self.network.name());
        encoder
    }
}

fn encode_texts(encoder: &mut Encoder, map: &BTreeMap<String, String>) {
    encoder.count(map.len());
    for (key, value) in map {
        encoder.text(key).text(value);
    }
}

fn encode_values(encoder: &mut Encoder, map: &BTreeMap<String, ParameterValue>) {
    encoder.count(map.len());
    for (key, value) in map {
        encoder.text(key);
        encode_value(encoder, value);
    }
}

fn encode_value(encoder: &mut Encoder, value: &ParameterValue) {
    match value {
        ParameterValue::Boolean(value) => {
            encoder.text("boolean").number(u64::from(*value));
        }
        ParameterValue::Integer(value) => {
            encoder.text("integer").number(value.cast_unsigned());
        }
        ParameterValue::Float(value) => {
            encoder.text("float").number(value.to_bits());
        }
        ParameterValue::String(value) => {
            encoder.text("string").text(value);
        }
        ParameterValue::Array(values) => {
            encoder.text("array").count(values.len());
            for value in values {
                encode_value(encoder, value);
            }
        }
        ParameterValue::Table(values) => {
            encoder.text("table");
            encode_values(encoder, values);
        }
    }
}

fn encode_outputs(encoder: &mut Encoder, outputs: &BTreeSet<OutputLocation>) {
    let mut sorted: Vec<_> = outputs.iter().collect();
    sorted.sort_by_key(|location| location.to_string());
    encoder.count(sorted.len());
    for location in sorted {
        match location {
            OutputLocation::StandardOutput => encoder.text("stdout"),
            OutputLocation::Path(path) => encoder.text("path").text(path.as_str()),
            OutputLocation::Glob(glob) => encoder.text("glob").text(glob.as_str()),
        };
    }
}
