//! `resow fsck`: checks the store, and repairs it where asked to.

mod found;
mod report;
mod roots;
mod sources;

use std::ops::ControlFlow;

use resow_store::checking::{CheckError, Checkup, Depth, Fault, Finding, Progress as Step, check};
use resow_store::repair::repair;
use serde_json::{Value, json};

use self::found::Found;
use self::report::answer;

use crate::answer::Answer;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::project::Project;
use crate::report::progress::Progress;

/// How often a repair is followed by another, while there is something to do.
const ROUNDS: u32 = 3;

/// Checks everything, and with `mends` repairs it and looks again.
pub(crate) fn fsck(project: &Project, mends: bool) -> Result<Answer, Failure> {
    project.refuse_tracked_store()?;
    let Some(checkup) = look(project)? else {
        return Ok(Answer::new(
            Exit::Done,
            "there is no store yet: `resow run NAME` makes it",
            json!({ "checked": null, "findings": [], "changes": [], "failures": [] }),
        ));
    };
    let counts = counts(&checkup);
    let exports = sources::exports(project)?;
    let damaged = roots::damaged(project)?;
    if !mends {
        let found = sorted([
            of_store(&checkup),
            sources::findings(project, &exports),
            roots::findings(&damaged),
        ]);
        return Ok(answer(&found, &[], &[], &counts, mends));
    }
    let mut repaired = with_progress(project, |watch| repair(project.root(), checkup, watch))?;
    // What was moved aside may leave something behind that named it.
    for _ in 0..ROUNDS {
        let checkup = look(project)?.unwrap_or_default();
        let mut again = with_progress(project, |watch| repair(project.root(), checkup, watch))?;
        let is_done = again.done.is_empty();
        repaired.done.append(&mut again.done);
        repaired.failed = again.failed;
        repaired.left = again.left;
        if is_done {
            break;
        }
    }
    let mut failures: Vec<_> = repaired.failed.drain(..).map(Failure::from).collect();
    failures.extend(sweep(project, &mut repaired.left));
    let mut changes = repaired.done;
    changes.extend(sources::discard(project, &exports, &mut failures));
    changes.extend(roots::discard(damaged, &mut failures));
    let found = sorted([
        of_store(&repaired.left),
        sources::findings(project, &sources::exports(project)?),
        roots::findings(&roots::damaged(project)?),
    ]);
    Ok(answer(&found, &changes, &failures, &counts, mends))
}

/// The findings of all parts, the gravest first.
fn sorted<const PARTS: usize>(parts: [Vec<Found>; PARTS]) -> Vec<Found> {
    let mut all: Vec<_> = parts.into_iter().flatten().collect();
    all.sort_by_key(|found| found.severity);
    all
}

fn look(project: &Project) -> Result<Option<Checkup>, Failure> {
    with_progress(project, |watch| {
        check(project.root(), Depth::Content, watch)
    })
}

/// Does what takes long, shows how far it is, and stops where the user asks for it.
fn with_progress<T>(
    project: &Project,
    work: impl for<'a> FnOnce(
        &'a mut (dyn FnMut(Step<'_>) -> ControlFlow<()> + 'a),
    ) -> Result<T, CheckError>,
) -> Result<T, Failure> {
    let mut progress = Progress::new(!project.common.json);
    let mut watch = |step: Step<'_>| {
        progress.update(step.activity, step.done, Some(step.total));
        if project.interrupt.is_requested() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    Ok(work(&mut watch)?)
}

/// What killed runs left behind goes with what they left in the engine; without one, it stays for the next run.
fn sweep(project: &Project, left: &mut Checkup) -> Option<Failure> {
    let is_dead = |finding: &Finding| matches!(finding.fault, Fault::DeadRun { .. });
    if !left.findings.iter().any(is_dead) {
        return None;
    }
    let failure = project.engine().err();
    let root = project.root();
    left.findings
        .retain(|finding| !is_dead(finding) || root.join(&finding.path).exists());
    failure
        .map(|failure| failure.about("what killed runs left behind stays until an engine is there"))
}

fn of_store(checkup: &Checkup) -> Vec<Found> {
    let found = checkup.findings.iter().map(|finding| Found {
        part: "store",
        severity: finding.fault.severity(),
        kind: finding.fault.kind(),
        path: finding.path.to_string_lossy().into_owned(),
        message: finding.fault.to_string(),
        hint: finding.fault.hint(),
    });
    found.collect()
}

fn counts(checkup: &Checkup) -> (Value, String) {
    let Checkup {
        records,
        blobs,
        bytes,
        images,
        ..
    } = checkup;
    (
        json!({ "records": records, "blobs": blobs, "bytes": bytes, "images": images }),
        format!("records {records}, blobs {blobs} ({bytes} bytes), images {images}"),
    )
}
