//! `resow diff`: two records, claims, revisions, folders or files: where they differ, and how far apart they are.

mod facts;
mod files;
mod side;
mod text;

use std::path::Path;

use resow_manifest::comparator::{Comparator, ComparatorKind};
use resow_verifier::verdict::{Finding, compare, examine};
use serde_json::json;

use self::facts::FactDifference;
use self::side::{BothBytes, Side, take_streams};
use crate::answer::Answer;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::project::Project;

/// Compares two sides.
pub(crate) fn diff(project: &Project, left: &str, right: &str) -> Result<Answer, Failure> {
    if Path::new(left).is_file() && Path::new(right).is_file() && !is_claim(left) {
        return files::diff(left, right);
    }
    let (mut left, mut right) = (Side::find(project, left)?, Side::find(project, right)?);
    take_streams(project, &mut left, &right);
    take_streams(project, &mut right, &left);
    let plans = match (&left.plan, &right.plan) {
        (Some(left), Some(right)) => left.differences(right),
        _ => Vec::new(),
    };
    let policy = if left.is_folder() {
        &right.policy
    } else {
        &left.policy
    };
    let mut outputs = compare(&left.outputs, policy, &right.outputs);
    // Of two folders nothing says how they are compared: by what they hold, then.
    let by_content = Comparator::of(ComparatorKind::Auto);
    let undeclared = (left.is_folder() && right.is_folder()).then_some(&by_content);
    let bytes = BothBytes::of(project, [&left, &right]);
    examine(&mut outputs, policy, undeclared, &left.contents, &bytes)?;
    let (host, seeding) = match (&left.record, &right.record) {
        (Some(left), Some(right)) => (
            FactDifference::between(&left.host, &right.host),
            FactDifference::between(&left.seeding, &right.seeding),
        ),
        _ => (Vec::new(), Vec::new()),
    };
    let agrees = |finding: &Finding| {
        matches!(
            finding,
            Finding::Identical
                | Finding::Equivalent
                | Finding::WithinTolerance { .. }
                | Finding::NotCompared
        )
    };
    let exit = if outputs.iter().all(|output| agrees(&output.finding)) {
        Exit::Done
    } else {
        Exit::Different
    };
    let text = text::text(&left, &right, &plans, &outputs, [&host, &seeding]);
    let fields = json!({
        "left": left.name,
        "right": right.name,
        "plans": plans,
        "outputs": outputs,
        "host": host,
        "seeding": seeding,
    });
    Ok(Answer::new(exit, text, fields))
}

/// Whether the file is one that says what an experiment gave, rather than something it gave.
fn is_claim(path: &str) -> bool {
    path.ends_with(".claim.toml")
}
