//! The surroundings of a run, set otherwise than its plan and its host have them, to see what that does to its outputs.
//!
//! A run under such conditions is an experiment about the plan, never evidence for it: it has no record.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::determinism::{Clock, InstructionSet};

/// What is set otherwise. What is `None` is as the plan and the host have it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Conditions {
    /// Whether the run counts what it meets, so that [`Acted`] can be told. Every condition says so by itself; a run
    /// with nothing set otherwise, with which others are compared, should say so too: what watches takes memory, which
    /// acts on addresses, and the environment is filled up to one size.
    #[serde(skip_serializing_if = "is_false")]
    pub watched: bool,
    /// How many threads each pool has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threads: Option<u32>,
    /// The size of the CPU set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpus: Option<u32>,
    /// The instructions that libraries may choose from, whatever the plan pins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instruction_set: Option<InstructionSet>,
    /// `PYTHONHASHSEED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash_seed: Option<u32>,
    /// Which other stream stands for the operating system's entropy: it is derived from the seed and this number. Seeds of
    /// libraries stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entropy: Option<u64>,
    /// Where the clocks stand, or how they count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
    /// In which order folders are listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory_order: Option<DirectoryOrder>,
    /// Where programs find their memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addresses: Option<Addresses>,
    /// The host's name as the run sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_name: Option<String>,
    /// `TZ`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// `LANG` and `LC_ALL`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// How many bytes the environment is larger: at most 100,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment_bytes: Option<u32>,
    /// How many busy threads compete with the run for its processors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load: Option<u32>,
}

// Serde passes a reference.
#[expect(clippy::trivially_copy_pass_by_ref)]
fn is_false(value: &bool) -> bool {
    !*value
}

impl Conditions {
    /// Whether the run is watched: it says so, or anything is set otherwise.
    pub fn is_watched(&self) -> bool {
        *self != Self::default()
    }

    /// The factors that are set otherwise.
    pub fn factors(&self) -> Vec<Factor> {
        let set = |factor: &Factor| match factor {
            Factor::Threads => self.threads.is_some(),
            Factor::Cpus => self.cpus.is_some(),
            Factor::InstructionSet => self.instruction_set.is_some(),
            Factor::HashSeed => self.hash_seed.is_some(),
            Factor::Entropy => self.entropy.is_some(),
            Factor::WallClock => self.clock.is_some(),
            Factor::ElapsedTime => matches!(self.clock, Some(Clock::Counting { .. })),
            Factor::DirectoryOrder => self.directory_order.is_some(),
            Factor::Addresses => self.addresses.is_some(),
            Factor::HostName => self.host_name.is_some(),
            Factor::TimeZone => self.time_zone.is_some(),
            Factor::Locale => self.locale.is_some(),
            Factor::EnvironmentSize => self.environment_bytes.is_some(),
            Factor::Load => self.load.is_some(),
        };
        Factor::ALL.into_iter().filter(set).collect()
    }
}

/// In which order a folder's files are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DirectoryOrder {
    /// By name.
    Sorted,
    /// By name, the last first.
    Reversed,
}

/// Where programs find their memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Addresses {
    /// Where they found it the last time.
    Fixed,
    /// Elsewhere each time.
    Random,
}

/// One thing of a run's surroundings that may act on its outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Factor {
    /// Threads of pools.
    Threads,
    /// The size of the CPU set.
    Cpus,
    /// The instruction set.
    InstructionSet,
    /// Python's hash seed.
    HashSeed,
    /// The operating system's entropy.
    Entropy,
    /// The wall clock.
    WallClock,
    /// The rate of the clocks: elapsed time.
    ElapsedTime,
    /// The order of directory listings.
    DirectoryOrder,
    /// The address layout.
    Addresses,
    /// The host's name.
    HostName,
    /// The time zone.
    TimeZone,
    /// The locale.
    Locale,
    /// The size of the environment.
    EnvironmentSize,
    /// Load on the processors.
    Load,
}

impl Factor {
    /// All, in the order in which they are told.
    pub const ALL: [Self; 14] = [
        Self::Threads,
        Self::Cpus,
        Self::InstructionSet,
        Self::HashSeed,
        Self::Entropy,
        Self::WallClock,
        Self::ElapsedTime,
        Self::DirectoryOrder,
        Self::Addresses,
        Self::HostName,
        Self::TimeZone,
        Self::Locale,
        Self::EnvironmentSize,
        Self::Load,
    ];

    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Threads => "number of threads",
            Self::Cpus => "number of processors",
            Self::InstructionSet => "instruction set",
            Self::HashSeed => "hash seed",
            Self::Entropy => "entropy",
            Self::WallClock => "wall clock",
            Self::ElapsedTime => "elapsed time",
            Self::DirectoryOrder => "directory order",
            Self::Addresses => "address layout",
            Self::HostName => "host name",
            Self::TimeZone => "time zone",
            Self::Locale => "locale",
            Self::EnvironmentSize => "environment size",
            Self::Load => "load",
        }
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Whether a condition acted on a run: that it was in force and something in the run met it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "acted", rename_all = "kebab-case")]
pub enum Acted {
    /// The run met it.
    Yes {
        /// What shows it, as `3 folders were listed`.
        evidence: String,
    },
    /// It was in force, and nothing in the run met it as far as can be seen.
    NotSeen {
        /// What was watched, as `no clock was read`.
        evidence: String,
    },
    /// It cannot be told.
    Unknown {
        /// Why, as `its program is linked statically`.
        reason: String,
    },
}
