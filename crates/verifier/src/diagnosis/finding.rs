//! What the experiment found.

use std::collections::{BTreeMap, BTreeSet};

use resow_manifest::conditions::{Acted, Factor};
use serde::Serialize;

use super::base::Base;
use super::pinning::Pinning;
use crate::outputs::OutputName;

/// What the experiment found, as far as it went.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Diagnosis {
    /// A plain rerun that failed, by its number: there is nothing to examine.
    pub failed: Option<usize>,
    /// How everything was held; `None` where it did not come to that, or nothing could be held.
    pub base: Option<Base>,
    /// Why not everything could be held: the conditions under which the run failed, in words, and that run's number.
    pub not_held: Vec<(String, usize)>,
    /// Each compared output.
    pub outputs: BTreeMap<OutputName, OutputFinding>,
    /// Each factor.
    pub factors: BTreeMap<Factor, FactorFinding>,
}

/// What was found of one output.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutputFinding {
    /// Whether plain reruns gave the same.
    pub reruns: Reruns,
    /// What changes it; empty for one that was not seen to change.
    pub causes: Vec<Cause>,
    /// What changes it too, and cannot be told from the address layout, since it moves what lies in memory.
    pub through_addresses: BTreeSet<Factor>,
    /// Two runs that gave it otherwise, where no cause was found.
    pub unexplained: Option<Evidence>,
    /// Whether another seed changes it.
    pub seed: SeedEffect,
}

/// What plain reruns gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reruns {
    /// The same each time.
    Same,
    /// Not the same.
    Differ,
}

/// Whether another seed changes an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SeedEffect {
    /// It does.
    Changes,
    /// None of those that were tried does.
    None,
    /// It was not tried yet, or the output changes by itself.
    Untold,
}

/// Two runs that show a cause, by their numbers: they differ in it alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The one with everything held.
    pub held: usize,
    /// The other.
    pub changed: usize,
}

/// Something that changes an output.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Cause {
    /// A factor by itself.
    Factor {
        /// Which.
        factor: Factor,
        /// How it was held, in words.
        held: String,
        /// Under what it changed, in words.
        changed: String,
        /// Another factor that has to be set otherwise first, in words: a second processor for a second thread.
        #[serde(skip_serializing_if = "Option::is_none")]
        with: Option<String>,
        /// The runs.
        evidence: Evidence,
    },
    /// Which thread or process is first.
    Race {
        /// Under what it shows, where it does not by itself.
        #[serde(skip_serializing_if = "Option::is_none")]
        under: Option<String>,
        /// What made it go away.
        #[serde(skip_serializing_if = "Option::is_none")]
        without: Option<String>,
        /// The runs.
        evidence: Evidence,
    },
    /// Programs or draws that the seed does not reach.
    Unseeded {
        /// What the runs say of them.
        what: Vec<String>,
        /// The runs.
        evidence: Evidence,
    },
    /// Several factors, and none of them by itself.
    Together {
        /// Which.
        factors: BTreeSet<Factor>,
        /// The runs.
        evidence: Evidence,
    },
}

impl Cause {
    /// The runs that show it.
    pub fn evidence(&self) -> Evidence {
        match self {
            Self::Factor { evidence, .. }
            | Self::Race { evidence, .. }
            | Self::Unseeded { evidence, .. }
            | Self::Together { evidence, .. } => *evidence,
        }
    }

    /// Its name: a factor's, or what it is otherwise.
    pub fn name(&self) -> String {
        match self {
            Self::Factor { factor, .. } => factor.name().to_owned(),
            Self::Race { .. } => "race".to_owned(),
            Self::Unseeded { .. } => "unseeded randomness".to_owned(),
            Self::Together { factors, .. } => {
                let names: Vec<_> = factors.iter().map(|factor| factor.name()).collect();
                format!("{} together", names.join(" and "))
            }
        }
    }
}

/// What was found of one factor.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FactorFinding {
    /// Whether it was set otherwise, or why not.
    #[serde(flatten)]
    pub tested: Tested,
    /// How it was held, in words.
    pub held: String,
    /// How it was set otherwise, in words.
    pub varied: Vec<String>,
    /// Whether that acted; `None` where nothing was told.
    pub acted: Option<Acted>,
    /// Whether the plan pins it.
    pub pinning: Pinning,
    /// The run that fails under it, by its number.
    pub failed: Option<usize>,
}

/// Whether a factor was tested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "tested", rename_all = "kebab-case")]
pub enum Tested {
    /// Not yet.
    NotYet,
    /// It was set otherwise.
    Yes,
    /// It could not be.
    No {
        /// Why.
        reason: String,
    },
}

impl OutputFinding {
    /// Whether no run with the plan's seed gave it otherwise than another.
    pub fn is_unchanged(&self) -> bool {
        self.reruns == Reruns::Same && self.causes.is_empty() && self.unexplained.is_none()
    }
}

impl Diagnosis {
    /// The outputs that no seed changes.
    pub fn seedless(&self) -> impl Iterator<Item = &OutputName> {
        let outputs = self.outputs.iter();
        outputs
            .filter(|(_, finding)| finding.seed == SeedEffect::None)
            .map(|(name, _)| name)
    }

    /// Whether no output at all is changed by another seed, as far as that was tried.
    pub fn is_seedless(&self) -> bool {
        self.seedless().next().is_some()
            && self
                .outputs
                .values()
                .all(|output| output.seed != SeedEffect::Changes)
    }

    /// The pairs of runs that show what was found.
    pub fn evidence(&self) -> impl Iterator<Item = Evidence> {
        self.outputs.values().flat_map(|finding| {
            let causes = finding.causes.iter().map(Cause::evidence);
            causes.chain(finding.unexplained)
        })
    }

    /// The factors under which the run fails.
    pub fn failing(&self) -> impl Iterator<Item = (Factor, usize)> {
        let factors = self.factors.iter();
        factors.filter_map(|(factor, finding)| Some((*factor, finding.failed?)))
    }
}
