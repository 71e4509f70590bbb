//! What a run says of its own seeding: what came under the seed, and what did not.
//!
//! It is told from inside the container, by the layer that resow puts there. A program that wants to can tell lies; it
//! cannot make a layer seem to have come up that resow never put there.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a run says of its own seeding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SeedingReport {
    /// How far it went.
    pub state: SeedingState,
    /// How many programs the entropy library was in.
    pub programs: u64,
    /// Languages and libraries that were seeded, with their versions, sorted.
    pub libraries: Vec<SeededLibrary>,
    /// What libraries say that they use: threads, kernels, instruction sets; sorted.
    pub uses: Vec<LibraryUse>,
    /// Draws that are not under the seed.
    pub draws: Vec<UnseededDraw>,
    /// Attempts to reach the network.
    pub network: Vec<NetworkAttempt>,
    /// Programs that a part of the layer did not reach.
    pub unreached: Vec<UnreachedProgram>,
    /// Operations without a deterministic version.
    pub operations: Vec<Operation>,
    /// What could not be seeded because a part of the layer failed.
    pub faults: Vec<SeedingFault>,
    /// Whether more was told than a record holds.
    pub truncated: bool,
    /// What layer 0 said in words; in its records alone.
    #[serde(rename = "statement", skip_serializing_if = "Option::is_none")]
    pub of_layer_0: Option<String>,
}

/// How far the seeding of a run went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SeedingState {
    /// The seed was handed to the command, and that was all: layer 0, or a run that never began.
    #[default]
    HandedOver,
    /// Everything that was seen is under the seed.
    Seeded,
    /// The layer came up, and something that it saw is not under the seed.
    Partly,
    /// The layer did not come up in the command.
    Unseeded,
}

impl SeedingState {
    /// In a word or two.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HandedOver => "handed over",
            Self::Seeded => "seeded",
            Self::Partly => "partly seeded",
            Self::Unseeded => "unseeded",
        }
    }
}

/// A language or library, with its version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeededLibrary {
    /// Its name.
    pub name: String,
    /// Its version as it says itself.
    pub version: String,
}

/// What a library says that it uses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LibraryUse {
    /// The library's name.
    pub library: String,
    /// What: `threads`, `instruction set`.
    pub what: String,
    /// Its value.
    pub value: String,
}

/// Where in the experiment's own code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodePlace {
    /// The file, below the workspace where it lies there.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

/// A draw that is not under the seed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnseededDraw {
    /// What was called.
    pub call: String,
    /// What decides its result instead of the seed.
    pub reason: String,
    /// Where, if it was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<CodePlace>,
}

/// An attempt to reach the network.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkAttempt {
    /// The host, with its port where one was named.
    pub host: String,
    /// Where, if it was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<CodePlace>,
}

/// A program that a part of the layer did not reach.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnreachedProgram {
    /// The program.
    pub program: String,
    /// Its arguments as far as they were kept, without the program.
    pub arguments: Vec<String>,
    /// Why.
    pub reason: UnreachedReason,
}

/// Why a part of the layer did not reach a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnreachedReason {
    /// It is linked statically: nothing can be preloaded into it.
    Static,
    /// It was started with an environment that lacks what preloads the layer.
    Environment,
    /// Its runtime draws past the C library: it makes system calls by itself, or mixes in the time.
    Runtime,
    /// Its options or its environment pass over the layer of its language (`python -I`, `env -i python`, `Rscript
    /// --vanilla`).
    Language,
    /// It is the command itself, and no layer came up in it.
    Command,
}

impl fmt::Display for UnreachedReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Static => "it is linked statically",
            Self::Environment => "it was started with another environment",
            Self::Runtime => "its runtime draws past the C library",
            Self::Language => "its options or its environment pass over the layer of its language",
            Self::Command => "the layer did not come up in it",
        })
    }
}

/// An operation without a deterministic version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// The library.
    pub library: String,
    /// The operation as the library names it.
    pub name: String,
    /// Whether it stopped the program.
    pub stopped: bool,
    /// Where, if it was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<CodePlace>,
}

/// What could not be seeded because a part of the layer failed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedingFault {
    /// What.
    pub what: String,
    /// Why.
    pub message: String,
}
