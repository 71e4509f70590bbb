//! `resow diff`: two records, claims, revisions, folders or files: where they differ, and how far apart they are.

mod facts;
mod files;
mod side;
mod text;

use std::path::Path;

use resow_manifest::comparator::{Comparator, ComparatorKind};
use resow_verifier::digesting::{DigestOptions, twins};
use resow_verifier::trace::examine_traces;
use resow_verifier::verdict::{ExaminationError, Finding, compare, examine};
use serde_json::json;

use self::facts::FactDifference;
use self::side::{BothBytes, Side, take_streams};
use crate::answer::Answer;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::foreign::WithReader;
use crate::project::Project;
use crate::work_file::cannot_read;

/// Compares two sides, of which nothing is changed.
pub(crate) fn diff(project: &Project, left: &str, right: &str) -> Result<Answer, Failure> {
    project
        .interrupt
        .ending_at_once(|| compared(project, left, right))
}

fn compared(project: &Project, left: &str, right: &str) -> Result<Answer, Failure> {
    if Path::new(left).is_file() && Path::new(right).is_file() && !is_claim(left) {
        return files::diff(left, right);
    }
    let (mut left, mut right, same) = sides(project, left, right)?;
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
    let bytes = WithReader(&bytes);
    examine(&mut outputs, policy, undeclared, &left.contents, &bytes)?;
    let (host, seeding) = match (&left.record, &right.record) {
        (Some(left), Some(right)) => (
            FactDifference::between(&left.host, &right.host),
            FactDifference::between(&left.seeding, &right.seeding),
        ),
        _ => (Vec::new(), Vec::new()),
    };
    let trace = match (left.trace(), right.trace()) {
        (Some(left), Some(right)) => Some(
            examine_traces(left, right, &bytes)
                .map_err(|error| Failure::from(ExaminationError::of_trace(error)))?,
        ),
        _ => None,
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
    let text = text::text(
        [&left, &right],
        &plans,
        &outputs,
        same,
        [&host, &seeding],
        trace.as_ref(),
    );
    let fields = json!({
        "left": left.name,
        "right": right.name,
        "plans": plans,
        "outputs": outputs,
        "host": host,
        "seeding": seeding,
        "trace": trace,
    });
    Ok(Answer::new(exit, text, fields))
}

/// Both sides, and how many files they share that need no further look: programs are told of each, people of how many.
fn sides(project: &Project, left: &str, right: &str) -> Result<(Side, Side, usize), Failure> {
    let (first, second) = (Path::new(left), Path::new(right));
    if project.common.json || !first.is_dir() || !second.is_dir() {
        let sides = (Side::find(project, left)?, Side::find(project, right)?);
        return Ok((sides.0, sides.1, 0));
    }
    let twins = twins(first, second, &DigestOptions::default()).map_err(cannot_read(left))?;
    Ok((
        Side::of_folder(first, &twins)?,
        Side::of_folder(second, &twins)?,
        twins.len(),
    ))
}

/// Whether the file is one that says what an experiment gave, rather than something it gave.
fn is_claim(path: &str) -> bool {
    path.ends_with(".claim.toml")
}
