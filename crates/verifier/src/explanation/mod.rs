//! What most likely made a rerun differ, and which setting would pin it.
//!
//! Nothing is run here: the causes are read from the two hosts, from what the runs said of their seeding, and from where
//! and how far outputs differ. How sure each is, it says itself.

mod cause;
mod content;
mod hosts;
mod seeding;
mod shape;

pub use cause::{Cause, CauseKind, Certainty};

use crate::record::Record;
use crate::verdict::{Evidence, Grade, Verdict};

/// The most causes that are named.
const MOST: usize = 5;

/// What most likely made the rerun `got` differ from what was expected, the surest first; empty where nothing points to
/// a cause, and where the verdict is another than "different".
pub fn explain(expected: &Evidence<'_>, got: &Record, verdict: &Verdict) -> Vec<Cause> {
    if verdict.grade != Grade::Different {
        return Vec::new();
    }
    let shape = shape::Shape::of(verdict, got);
    let mut causes = Vec::new();
    causes.extend(content::causes(&shape));
    causes.extend(seeding::causes(expected, got));
    causes.extend(hosts::causes(expected, got, verdict, &shape));
    causes.sort_by_key(|cause| cause.certainty);
    causes.truncate(MOST);
    causes
}
