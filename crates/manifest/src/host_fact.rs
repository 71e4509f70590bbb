//! Facts about a host that a claim may demand to be the same.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::host::Host;

/// A fact about a host, by the name that manifests and claims write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum HostFact {
    /// The processor's model.
    CpuModel,
    /// The processor's features.
    CpuFeatures,
    /// How many processors there are.
    CpuCores,
    /// The memory.
    Memory,
    /// The kernel's release.
    Kernel,
    /// The engine's name.
    EngineName,
    /// The engine's version.
    EngineVersion,
    /// The models of the GPUs.
    GpuModel,
}

/// Why a text names no fact.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no fact about a host")]
pub struct HostFactError {
    text: String,
}

impl HostFact {
    /// All, in the order of their names.
    pub const ALL: [Self; 8] = [
        Self::CpuCores,
        Self::CpuFeatures,
        Self::CpuModel,
        Self::EngineName,
        Self::EngineVersion,
        Self::GpuModel,
        Self::Kernel,
        Self::Memory,
    ];

    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CpuModel => "cpu.model",
            Self::CpuFeatures => "cpu.features",
            Self::CpuCores => "cpu.cores",
            Self::Memory => "memory",
            Self::Kernel => "kernel",
            Self::EngineName => "engine.name",
            Self::EngineVersion => "engine.version",
            Self::GpuModel => "gpu.model",
        }
    }

    /// What a host has, as text. A host that was to seem a lesser one has another processor.
    pub fn of(self, host: &Host) -> String {
        let seeming = |text: String| match host.as_if {
            Some(lesser) => format!("{text}, as if {lesser}"),
            None => text,
        };
        match self {
            Self::CpuModel => seeming(host.cpu_model.clone()),
            Self::CpuFeatures => seeming(host.cpu_features.join(" ")),
            Self::CpuCores => host.cores.to_string(),
            Self::Memory => host.memory.to_string(),
            Self::Kernel => host.kernel.clone(),
            Self::EngineName => host.engine.name.clone(),
            Self::EngineVersion => host.engine.version.clone(),
            Self::GpuModel if host.gpus.is_empty() => "none".to_owned(),
            Self::GpuModel => host.gpus.join(", "),
        }
    }
}

impl fmt::Display for HostFact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for HostFact {
    type Err = HostFactError;

    fn from_str(text: &str) -> Result<Self, HostFactError> {
        let found = Self::ALL.into_iter().find(|fact| fact.name() == text);
        found.ok_or_else(|| HostFactError {
            text: text.to_owned(),
        })
    }
}

impl TryFrom<String> for HostFact {
    type Error = HostFactError;

    fn try_from(text: String) -> Result<Self, HostFactError> {
        text.parse()
    }
}

impl From<HostFact> for String {
    fn from(fact: HostFact) -> Self {
        fact.name().to_owned()
    }
}
