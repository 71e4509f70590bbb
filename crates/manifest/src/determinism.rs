//! How far chance is under the seed: the settings of a profile, one by one.

use std::fmt;

use serde::{Deserialize, Serialize};

pub use crate::clock::{Clock, ClockError, ClockStep};

/// How far chance is under the seed. Every setting is resolved: what the profile says, and what the manifest says
/// instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Determinism {
    /// The profile.
    #[serde(default = "Profile::of_layer_0")]
    pub profile: Profile,
    /// How many threads each pool has; `None` where libraries decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads: Option<u32>,
    /// The instructions that libraries may choose from.
    #[serde(default = "InstructionSet::of_layer_0")]
    pub instruction_set: InstructionSet,
    /// What becomes of an operation that has no deterministic version.
    #[serde(default = "Algorithms::of_layer_0")]
    pub algorithms: Algorithms,
    /// Where the operating system's entropy comes from.
    pub entropy: Entropy,
    /// Where the wall clock stands, or how all clocks count.
    pub clock: Clock,
}

impl Determinism {
    /// What layer 0 had: nothing but the host.
    pub const LAYER_0: Self = Self {
        profile: Profile::of_layer_0(),
        threads: None,
        instruction_set: InstructionSet::of_layer_0(),
        algorithms: Algorithms::of_layer_0(),
        entropy: Entropy::Host,
        clock: Clock::Host,
    };
}

/// An enumeration whose values have one name each, in manifests, plans, records and encodings alike.
macro_rules! named {
    ($(#[$attribute:meta])* $name:ident { $($(#[$of_value:meta])* $value:ident = $text:literal,)+ }) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$of_value])* #[serde(rename = $text)] $value,)+
        }

        impl $name {
            /// Every value's name.
            pub const NAMES: &[&str] = &[$($text),+];

            /// As it is encoded and written.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$value => $text,)+ }
            }

            /// The value with this name.
            pub fn named(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$value),)+ _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.name())
            }
        }
    };
}

named! {
    /// Which settings hold where the manifest names none.
    Profile {
        /// The same bits on any machine of the architecture.
        Portable = "portable",
        /// The machine's own speed: seeds and entropy alone.
        Fast = "fast",
    }
}

named! {
    /// The instructions that libraries may choose from: a level of the x86-64 psABI, or what the host has.
    InstructionSet {
        /// Whatever the host has.
        Host = "host",
        /// SSE2.
        X86_64 = "x86-64",
        /// SSE4.2.
        X86_64V2 = "x86-64-v2",
        /// AVX2 and FMA.
        X86_64V3 = "x86-64-v3",
        /// AVX-512.
        X86_64V4 = "x86-64-v4",
    }
}

named! {
    /// What becomes of an operation that has no deterministic version.
    Algorithms {
        /// It stops the run.
        Strict = "strict",
        /// It is listed in the record.
        Warn = "warn",
        /// Nothing: libraries choose their fastest algorithms.
        Any = "any",
    }
}

named! {
    /// Where the operating system's entropy comes from.
    Entropy {
        /// From the seed.
        Seeded = "seeded",
        /// From the host: nothing holds it.
        Host = "host",
    }
}

impl Profile {
    const fn of_layer_0() -> Self {
        Self::Fast
    }
}

impl InstructionSet {
    const fn of_layer_0() -> Self {
        Self::Host
    }

    /// The set under `portable` on an architecture as images name it.
    ///
    /// `x86-64-v3` is what every x86-64 processor of servers and laptops made since 2015 has; elsewhere no library
    /// chooses by more than the architecture's base.
    pub fn portable(architecture: &str) -> Self {
        if architecture == "amd64" {
            Self::X86_64V3
        } else {
            Self::Host
        }
    }

    /// What a processor must have for it, as Linux names features in `/proc/cpuinfo` (x86-64 psABI, "Micro-Architecture
    /// Levels").
    pub const fn features(self) -> &'static [&'static str] {
        match self {
            Self::Host | Self::X86_64 => &[],
            Self::X86_64V2 => &["cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3"],
            Self::X86_64V3 => &[
                "abm", "avx", "avx2", "bmi1", "bmi2", "cx16", "f16c", "fma", "lahf_lm", "movbe",
                "popcnt", "sse4_1", "sse4_2", "ssse3", "xsave",
            ],
            Self::X86_64V4 => &[
                "abm", "avx", "avx2", "avx512bw", "avx512cd", "avx512dq", "avx512f", "avx512vl",
                "bmi1", "bmi2", "cx16", "f16c", "fma", "lahf_lm", "movbe", "popcnt", "sse4_1",
                "sse4_2", "ssse3", "xsave",
            ],
        }
    }

    /// The widest level that a processor with `found` has; the host's own on other architectures.
    pub fn of_processor(found: &[String]) -> Self {
        if !found.iter().any(|feature| feature == "sse2") {
            return Self::Host;
        }
        [Self::X86_64V4, Self::X86_64V3, Self::X86_64V2]
            .into_iter()
            .find(|level| level.lacking(found).is_empty())
            .unwrap_or(Self::X86_64)
    }

    /// The features that a processor with `found` lacks.
    pub fn lacking(self, found: &[String]) -> Vec<&'static str> {
        let has = |feature: &&str| found.iter().any(|each| each == feature);
        self.features()
            .iter()
            .copied()
            .filter(|feature| !has(feature))
            .collect()
    }
}

impl Algorithms {
    const fn of_layer_0() -> Self {
        Self::Any
    }
}
