//! Which process of a run wrote a line.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A process or thread of a run, by what it is called in every run.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcessName {
    /// Its name in its program; empty for the first.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub process: String,
    /// What tells its program from others of the run.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub program: String,
}

impl ProcessName {
    /// How many processes of a run are told apart; what more write is left out.
    pub(super) const MOST: usize = 1024;

    /// Whether the other may be the same process of another run: a program that was started in another way has another
    /// mark.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.process == other.process
    }
}

impl fmt::Display for ProcessName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let process = self.process.as_str();
        formatter.write_str(if process.is_empty() {
            "first process"
        } else {
            process
        })
    }
}

/// Pairs the processes of two runs, as indices: the same names first, then like ones in their order. What has no
/// counterpart stands alone.
pub(super) fn pair<'a>(
    left: &[&'a ProcessName],
    right: &[&'a ProcessName],
) -> Vec<(Option<usize>, Option<usize>)> {
    let mut partners = vec![None; left.len()];
    let mut is_taken = vec![false; right.len()];
    let same: fn(&ProcessName, &ProcessName) -> bool = |one, other| one == other;
    for is_partner in [same, ProcessName::is_like] {
        for (index, one) in left.iter().enumerate() {
            if partners[index].is_none() {
                let found = (0..right.len())
                    .find(|other| !is_taken[*other] && is_partner(one, right[*other]));
                if let Some(other) = found {
                    partners[index] = Some(other);
                    is_taken[other] = true;
                }
            }
        }
    }
    let of_left = partners.into_iter().enumerate();
    let alone = (0..right.len()).filter(|other| !is_taken[*other]);
    of_left
        .map(|(index, partner)| (Some(index), partner))
        .chain(alone.map(|other| (None, Some(other))))
        .collect()
}
