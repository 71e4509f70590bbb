//! The machine and the engine on which a run took place.

use serde::{Deserialize, Serialize};

use crate::determinism::InstructionSet;

/// Facts about the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// The processor's model as it names itself.
    pub cpu_model: String,
    /// The processor's features as Linux names them, sorted.
    pub cpu_features: Vec<String>,
    /// How many processors the host has.
    pub cores: u32,
    /// The host's memory in bytes.
    pub memory: u64,
    /// The kernel's release.
    pub kernel: String,
    /// The engine.
    pub engine: EngineFacts,
    /// GPUs as their driver names them; empty where none was given to the run.
    pub gpus: Vec<String>,
    /// The lesser processor as which the run was told to see this one, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_if: Option<InstructionSet>,
}

/// Facts about the engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineFacts {
    /// `docker`, or what the engine calls itself.
    pub name: String,
    /// The engine's version.
    pub version: String,
    /// The version of its API.
    pub api: String,
    /// The container runtime and its version, where the engine tells.
    pub runtime: String,
    /// The storage driver, where the engine tells.
    pub storage: String,
    /// The version of the control groups: `1`, `2`.
    pub cgroup: String,
}
