//! One run of the experiment: under which conditions, with which seed, and what for.

use std::fmt;

use resow_manifest::conditions::{Conditions, Factor};
use resow_manifest::seed::Seed;
use serde::{Deserialize, Serialize};

/// One run: under which conditions, with which seed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// What is set otherwise than the plan and the host have it.
    pub conditions: Conditions,
    /// Another seed than the plan's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<Seed>,
    /// How many runs of the same conditions and seed were asked for before.
    pub repetition: u32,
}

/// What a run is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Purpose {
    /// The plan as it is.
    Rerun,
    /// Everything held that can be held.
    Held,
    /// These factors set otherwise, all else held.
    Varied {
        /// The factors.
        factors: Vec<Factor>,
    },
    /// These factors as the plan and the host have them, all else held.
    Released {
        /// The factors.
        factors: Vec<Factor>,
    },
    /// Another seed, everything held.
    OtherSeed,
}

/// A run that is to be made next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needed {
    /// The run.
    pub trial: Trial,
    /// What it is for.
    pub purpose: Purpose,
}

impl Purpose {
    /// How many factors are named one by one.
    const NAMED: usize = 3;

    fn listed(factors: &[Factor]) -> String {
        if factors.len() > Self::NAMED {
            return format!("{} factors", factors.len());
        }
        let names: Vec<_> = factors.iter().map(|factor| factor.name()).collect();
        names.join(", ")
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rerun => formatter.write_str("plain rerun"),
            Self::Held => formatter.write_str("everything held"),
            Self::Varied { factors } => write!(formatter, "other {}", Self::listed(factors)),
            Self::Released { factors } => {
                write!(formatter, "{} let go", Self::listed(factors))
            }
            Self::OtherSeed => formatter.write_str("another seed"),
        }
    }
}
