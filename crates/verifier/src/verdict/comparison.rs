//! Outputs against outputs, one by one.

use std::collections::{BTreeMap, BTreeSet};

use resow_manifest::manifest::OutputRole;
use serde::Serialize;

use super::grade::Grade;
use crate::difference::Comparison;
use crate::digesting::Content;
use crate::outputs::{OutputEntry, OutputName, OutputPolicy, Outputs, PolicyMatcher};

/// What is found of one output.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutputVerdict {
    /// The output; of a renamed one, its new name.
    pub name: OutputName,
    /// What was found.
    pub finding: Finding,
    /// What is expected; `None` where nothing is.
    pub expected: Option<OutputEntry>,
    /// What the rerun gave; `None` where it gave nothing.
    pub got: Option<OutputEntry>,
    /// Where two files differ and how far apart they are; `None` where they are the same bytes, or the bytes of one are
    /// not at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
}

/// What is found of one output.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Finding {
    /// The same, bit for bit.
    Identical,
    /// Other bytes with the same content, as the policy compares it.
    Equivalent,
    /// Other numbers, no further apart than the policy allows.
    WithinTolerance {
        /// The greatest share of the tolerance that is used, 0 to 1.
        used: f64,
    },
    /// Other bytes, or a link to elsewhere.
    Different,
    /// Other bytes, of which the policy may allow some; those that are expected are not at hand.
    Unexamined,
    /// Another kind of thing: a link instead of a file, a file that is executable now.
    KindChanged,
    /// Expected, and not there.
    Missing,
    /// There, and not expected.
    Extra,
    /// The same content under another name.
    Renamed {
        /// The name that was expected.
        from: OutputName,
    },
    /// Declared as a log: kept, never compared.
    NotCompared,
}

impl Finding {
    /// How well the output agrees; `None` where it is not compared.
    pub fn grade(&self) -> Option<Grade> {
        match self {
            Self::Identical => Some(Grade::Identical),
            Self::Equivalent => Some(Grade::Equivalent),
            Self::WithinTolerance { .. } => Some(Grade::WithinTolerance),
            Self::NotCompared => None,
            Self::Different
            | Self::Unexamined
            | Self::KindChanged
            | Self::Missing
            | Self::Extra
            | Self::Renamed { .. } => Some(Grade::Different),
        }
    }
}

/// Compares all outputs by their digests, and by the policy of what is expected as far as roles go; sorted by name.
pub fn compare(expected: &Outputs, policy: &OutputPolicy, got: &Outputs) -> Vec<OutputVerdict> {
    let policy = policy.matcher();
    let names: BTreeSet<&OutputName> = expected.keys().chain(got.keys()).collect();
    let verdicts = names
        .into_iter()
        .map(|name| compare_one(name, expected.get(name), &policy, got.get(name)))
        .collect();
    join_renamed(verdicts)
}

fn compare_one(
    name: &OutputName,
    expected: Option<&OutputEntry>,
    policy: &PolicyMatcher<'_>,
    got: Option<&OutputEntry>,
) -> OutputVerdict {
    let role = expected.map_or_else(|| policy.role(name), |entry| entry.role);
    let finding = match (role, expected, got) {
        (OutputRole::Log, _, _) => Finding::NotCompared,
        (OutputRole::Result, Some(expected), Some(got)) => {
            compare_content(&expected.content, &got.content)
        }
        (OutputRole::Result, Some(_), None) => Finding::Missing,
        (OutputRole::Result, None, _) => Finding::Extra,
    };
    OutputVerdict {
        name: name.clone(),
        finding,
        expected: expected.cloned(),
        got: got.cloned(),
        comparison: None,
    }
}

fn compare_content(expected: &Content, got: &Content) -> Finding {
    if expected == got {
        Finding::Identical
    } else if expected.kind() == got.kind() {
        Finding::Different
    } else {
        Finding::KindChanged
    }
}

/// Joins each missing output with an extra one of the same content, in the order of their names. Empty folders all have
/// the same content, so they are left apart.
fn join_renamed(verdicts: Vec<OutputVerdict>) -> Vec<OutputVerdict> {
    let mut missing: BTreeMap<String, Vec<OutputVerdict>> = BTreeMap::new();
    let (gone, mut kept): (Vec<_>, Vec<_>) = verdicts
        .into_iter()
        .partition(|verdict| verdict.finding == Finding::Missing);
    // Last name first, so that `pop` gives the first.
    for verdict in gone.into_iter().rev() {
        match rename_key(verdict.expected.as_ref()) {
            Some(key) => missing.entry(key).or_default().push(verdict),
            None => kept.push(verdict),
        }
    }
    for verdict in &mut kept {
        if verdict.finding != Finding::Extra {
            continue;
        }
        let source = rename_key(verdict.got.as_ref())
            .and_then(|key| missing.get_mut(&key))
            .and_then(Vec::pop);
        if let Some(source) = source {
            verdict.finding = Finding::Renamed { from: source.name };
            verdict.expected = source.expected;
        }
    }
    kept.extend(missing.into_values().flatten());
    kept.sort_by(|a, b| a.name.cmp(&b.name));
    kept
}

fn rename_key(entry: Option<&OutputEntry>) -> Option<String> {
    match &entry?.content {
        Content::EmptyFolder => None,
        content => Some(format!("{} {content}", content.kind())),
    }
}
