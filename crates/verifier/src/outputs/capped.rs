//! A list of paths that a run can make as long as it likes, held to a length.

use serde::{Deserialize, Serialize};

/// The first paths of a list, sorted, and how many there were.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CappedList {
    /// How many there were.
    pub count: u64,
    /// The first of them.
    pub first: Vec<String>,
}

impl CappedList {
    /// The most that is held.
    pub const MOST: usize = 100;

    /// The list of these paths; what is not UTF-8 was replaced by the caller.
    pub fn of(mut paths: Vec<String>) -> Self {
        let count = paths.len() as u64;
        paths.sort_unstable();
        paths.truncate(Self::MOST);
        Self {
            count,
            first: paths,
        }
    }

    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(crate) fn is_consistent(&self) -> bool {
        self.first.len() <= Self::MOST && self.first.len() as u64 <= self.count
    }
}
