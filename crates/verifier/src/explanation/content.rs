//! Causes that the files themselves show.

use super::cause::{Cause, CauseKind, Certainty};
use super::shape::Shape;

/// What is to be seen in the outputs alone.
pub(super) fn causes(shape: &Shape) -> Vec<Cause> {
    let mut causes = Vec::new();
    if let Some(first) = shape.rewritten.first() {
        causes.push(Cause {
            kind: CauseKind::Writing,
            certainty: Certainty::Certain,
            because: format!(
                "{} the same content in other bytes: times, order of members or spaces",
                has(&first.to_string(), shape.rewritten.len())
            ),
            pin: Some("compare = \"auto\"".to_owned()),
        });
    }
    if let Some(first) = shape.times.first() {
        // Alone it explains everything; beside other differences it may have caused them, or be one more.
        let is_all = shape.others == 0 && shape.rounded.is_empty();
        causes.push(Cause {
            kind: CauseKind::Clock,
            certainty: if is_all {
                Certainty::Likely
            } else {
                Certainty::Possible
            },
            because: format!("{} a time", tells(first, shape.times.len())),
            pin: Some(
                "clock = \"2026-01-01T00:00:00Z\" in [determinism]; or `ignore` the field, with a reason"
                    .to_owned(),
            ),
        });
    }
    if let Some(first) = shape.reordered.first() {
        causes.push(Cause {
            kind: CauseKind::Order,
            certainty: Certainty::Likely,
            because: format!(
                "{} the same things in another order",
                has(&first.to_string(), shape.reordered.len())
            ),
            pin: Some(
                "sort in the script what comes from a set, or from tasks as they end".to_owned(),
            ),
        });
    }
    causes
}

fn has(first: &str, count: usize) -> String {
    match count {
        1 => format!("`{first}` has"),
        count => format!("`{first}` and {} more have", count - 1),
    }
}

fn tells(first: &str, count: usize) -> String {
    match count {
        1 => format!("`{first}` tells"),
        count => format!("`{first}` and {} more tell", count - 1),
    }
}
