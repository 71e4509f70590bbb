//! The experiment as written.

use std::collections::{BTreeMap, BTreeSet};

use crate::comparator::Comparator;
use crate::determinism::{Algorithms, Clock, Determinism, Entropy, InstructionSet, Profile};
use crate::digest::Sha256Digest;
use crate::host_fact::HostFact;
use crate::identifiers::{CommitId, ImageId};
use crate::output_location::OutputLocation;
use crate::parameter::ParameterValue;
use crate::quantity::{ByteSize, TimeSpan};
use crate::seed::Seed;
use crate::trace::TraceDeclaration;
use crate::workspace_path::WorkspacePath;

/// The newest version of the manifest's format that this resow reads.
pub const VERSION: i64 = 1;

/// What `experiments/<name>.toml` declares, validated; nothing is resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// What it is about, in a sentence.
    pub description: Option<String>,
    /// The commit whose code runs; by default the one that the manifest is read from.
    pub commit: Option<CommitId>,
    /// The seed; 0 where none is written.
    pub seed: Seed,
    /// The command before filling in: the program, then its arguments.
    pub command: Vec<String>,
    /// What enters from the commit.
    pub include: Vec<IncludePattern>,
    /// The image.
    pub image: ImageDeclaration,
    /// The parameters.
    pub parameters: BTreeMap<String, ParameterValue>,
    /// The inputs, in the order written.
    pub inputs: Vec<InputDeclaration>,
    /// The outputs, in the order written.
    pub outputs: Vec<OutputDeclaration>,
    /// Variables of `[env]`.
    pub environment: BTreeMap<String, String>,
    /// Limits and the CPU set.
    pub resources: Resources,
    /// What holds chance still.
    pub determinism: DeterminismDeclaration,
    /// In what a host must be the same for a claim to hold there.
    pub same: BTreeSet<HostFact>,
    /// What is traced; `None` where nothing is.
    pub trace: Option<TraceDeclaration>,
}

/// `profile` and `[determinism]`, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeterminismDeclaration {
    /// The profile; `portable` where none is written.
    pub profile: Profile,
    /// How many threads each pool has.
    pub threads: Option<u32>,
    /// The instructions that libraries may choose from.
    pub instruction_set: Option<InstructionSet>,
    /// What becomes of an operation that has no deterministic version.
    pub algorithms: Option<Algorithms>,
    /// Where the operating system's entropy comes from.
    pub entropy: Option<Entropy>,
    /// Where the wall clock stands.
    pub clock: Option<Clock>,
}

impl Default for DeterminismDeclaration {
    fn default() -> Self {
        Self {
            profile: Profile::Portable,
            threads: None,
            instruction_set: None,
            algorithms: None,
            entropy: None,
            clock: None,
        }
    }
}

impl DeterminismDeclaration {
    /// Every setting: what is written, else what the profile says, for a CPU set of `cpus` and an image's architecture.
    pub fn resolve(&self, cpus: u32, architecture: &str) -> Determinism {
        let (threads, instruction_set, algorithms) = match self.profile {
            Profile::Portable => (
                Some(cpus),
                InstructionSet::portable(architecture),
                Algorithms::Strict,
            ),
            Profile::Fast => (None, InstructionSet::Host, Algorithms::Any),
        };
        Determinism {
            profile: self.profile,
            threads: self.threads.or(threads),
            instruction_set: self.instruction_set.unwrap_or(instruction_set),
            algorithms: self.algorithms.unwrap_or(algorithms),
            entropy: self.entropy.unwrap_or(Entropy::Seeded),
            clock: self.clock.unwrap_or(Clock::Host),
        }
    }
}

/// A path or glob of `[source] include`: a file, or a folder with everything beneath it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IncludePattern(OutputLocation);

impl IncludePattern {
    /// The pattern of this path or glob; `None` for the standard output, which is neither.
    pub fn new(location: OutputLocation) -> Option<Self> {
        (location != OutputLocation::StandardOutput).then_some(Self(location))
    }

    /// Whether the path is one that the pattern names, or lies beneath one.
    pub fn covers(&self, path: &WorkspacePath) -> bool {
        self.0.covers(path)
            || path
                .as_str()
                .char_indices()
                .filter(|(_, character)| *character == '/')
                .any(|(index, _)| {
                    path.as_str()[..index]
                        .parse()
                        .is_ok_and(|parent| self.0.covers(&parent))
                })
    }
}

impl std::fmt::Display for IncludePattern {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Which image, before it is resolved to content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageDeclaration {
    /// A folder of the repository with a recipe and its lock.
    Build(WorkspacePath),
    /// A name in a registry, with the digest of what is there.
    Reference(ImageReference),
    /// What an engine or the store has.
    Id(ImageId),
}

/// `name@sha256:…`: where to pull from, and the registry's digest of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageReference {
    /// The repository's name, with its registry where one is written; without a tag.
    pub name: String,
    /// The digest of the manifest or index in the registry.
    pub digest: Sha256Digest,
}

impl std::fmt::Display for ImageReference {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}@{}", self.name, self.digest)
    }
}

/// An input: its name, where it lands, and its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputDeclaration {
    /// What people call it.
    pub name: String,
    /// Where it lands.
    pub at: WorkspacePath,
    /// The digest of the file.
    pub digest: Sha256Digest,
}

/// An output: where it appears and what becomes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputDeclaration {
    /// Where it appears.
    pub location: OutputLocation,
    /// Whether it is compared.
    pub role: OutputRole,
    /// How it is compared; bit for bit where nothing is written.
    pub comparator: Option<Comparator>,
}

/// Whether an output is compared.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum OutputRole {
    /// A result: compared.
    #[default]
    Result,
    /// Kept, never compared.
    Log,
}

/// Limits and the CPU set. Only `cpus` is part of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resources {
    /// How many processors the CPU set has; 1 where none is written.
    pub cpus: u32,
    /// Memory; where none is written, three quarters of the host's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<ByteSize>,
    /// The size of `/dev/shm`.
    pub shm: ByteSize,
    /// What the run may write.
    pub scratch: ByteSize,
    /// Wall time.
    pub timeout: TimeSpan,
}

impl Default for Resources {
    fn default() -> Self {
        Self {
            cpus: 1,
            memory: None,
            shm: ByteSize::from_bytes(1 << 30),
            scratch: ByteSize::from_bytes(20 << 30),
            timeout: TimeSpan::from_seconds(86_400),
        }
    }
}
