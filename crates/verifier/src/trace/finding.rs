//! What is found of two traces.

use serde::Serialize;

use super::process::ProcessName;

/// What is found of two traces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum TraceFinding {
    /// They are the same, step by step.
    Agree {
        /// The most steps of a process that were compared.
        steps: u64,
        /// Whether that is all there were: of a trace that was cut off, nothing is known beyond.
        is_whole: bool,
    },
    /// They part.
    Part {
        /// Where, for each process that parts: the earliest step first.
        partings: Vec<Parting>,
        /// How many processes part; no more than so many are listed.
        parting_processes: u64,
        /// Processes that only the left one has.
        only_left: Vec<ProcessName>,
        /// Processes that only the right one has.
        only_right: Vec<ProcessName>,
    },
    /// Nothing can be said.
    Unknown {
        /// Why.
        reason: String,
    },
}

/// Where the traces of a process part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Parting {
    /// The process, as the left trace calls it.
    pub who: ProcessName,
    /// The number of the last step that is the same; `None` where the first differs.
    pub after: Option<u64>,
    /// How they part.
    #[serde(rename = "at")]
    pub place: PartingPlace,
}

/// How the traces of a process part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum PartingPlace {
    /// A step has other values.
    Values {
        /// Its number.
        step: u64,
        /// How many values differ.
        differing: u64,
        /// The first of them, in the order in which they were written.
        values: Vec<ValueDifference>,
    },
    /// The next steps have other numbers.
    Steps {
        /// The number of the left one; `None` where there is none any more.
        left: Option<u64>,
        /// The number of the right one.
        right: Option<u64>,
    },
    /// In one of several steps, of values that are not known.
    Within {
        /// The number of the first.
        first: u64,
        /// The number of the last.
        last: u64,
    },
}

/// A value that differs, or that one side alone has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ValueDifference {
    /// Its name.
    pub name: String,
    /// What stands for it in the left trace.
    pub left: Option<String>,
    /// What stands for it in the right one.
    pub right: Option<String>,
}

impl TraceFinding {
    /// How many partings, values and processes are listed of each.
    pub(super) const MOST: usize = 100;

    /// Of these partings, all there are.
    pub(super) fn of_partings(
        mut partings: Vec<Parting>,
        mut only_left: Vec<ProcessName>,
        mut only_right: Vec<ProcessName>,
    ) -> Self {
        let parting_processes = partings.len() as u64;
        partings.sort_by_key(|parting| parting.place.first_step());
        partings.truncate(Self::MOST);
        only_left.truncate(Self::MOST);
        only_right.truncate(Self::MOST);
        Self::Part {
            partings,
            parting_processes,
            only_left,
            only_right,
        }
    }
}

impl PartingPlace {
    /// The number of the first step that may differ.
    fn first_step(&self) -> u64 {
        match self {
            Self::Values { step, .. } => *step,
            Self::Steps { left, right } => left.or(*right).unwrap_or(u64::MAX),
            Self::Within { first, .. } => *first,
        }
    }
}
