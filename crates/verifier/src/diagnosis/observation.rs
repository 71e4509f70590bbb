//! What one run of the experiment gave.

use std::collections::{BTreeMap, BTreeSet};

use resow_manifest::conditions::{Acted, Factor};
use resow_manifest::digest::Sha256Digest;
use resow_manifest::manifest::OutputRole;
use resow_manifest::outcome::{Outcome, RunFault};
use serde::{Deserialize, Serialize};

use super::trial::{Purpose, Trial};
use crate::outputs::{OutputName, Outputs};

/// What one run gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// The run.
    pub trial: Trial,
    /// What it was for.
    pub purpose: Purpose,
    /// How it ended.
    pub outcome: Outcome,
    /// What is held against it besides.
    pub faults: Vec<RunFault>,
    /// What it gave. Where the policy lets two contents pass as the same, the one seen first stands for both.
    pub outputs: Outputs,
    /// Of each factor that was set: whether that acted.
    pub acted: BTreeMap<Factor, Acted>,
    /// What the run says is not under the seed.
    pub unseeded: Vec<String>,
    /// How long it took.
    pub milliseconds: u64,
}

impl Observation {
    /// Whether it did what the manifest declares.
    pub fn is_success(&self) -> bool {
        self.outcome.is_success() && self.faults.is_empty()
    }

    /// The outputs that are compared.
    pub fn results(&self) -> BTreeSet<OutputName> {
        let results = self.outputs.iter();
        results
            .filter(|(_, entry)| entry.role == OutputRole::Result)
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// The digests of the files that it gave.
    pub fn digests(&self) -> impl Iterator<Item = Sha256Digest> {
        let entries = self.outputs.values();
        entries.filter_map(|entry| entry.content.blob().map(|(digest, _)| digest))
    }

    /// The compared outputs that two runs gave with another content, or that one of them did not give.
    pub fn differing(&self, other: &Self) -> BTreeSet<OutputName> {
        let mut names = self.results();
        names.extend(other.results());
        names.retain(|name| {
            let content = |run: &Self| run.outputs.get(name).map(|entry| entry.content.clone());
            content(self) != content(other)
        });
        names
    }
}
