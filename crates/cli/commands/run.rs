//! `resow run`: runs the plan of the work tree, or says that the store has it.

use resow_executor::source::Keep;
use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::identifiers::RecordId;
use resow_manifest::manifest::Manifest;
use resow_manifest::outcome::Outcome;
use resow_store::StoreError;
use resow_verifier::record::Record;
use serde_json::json;

use crate::answer::Answer;
use crate::arguments::Overrides;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::pipeline::execution::{exit_of, perform, publish};
use crate::pipeline::order::Order;
use crate::pipeline::planning::plan_work_tree;
use crate::pipeline::verification::failure_lines;
use crate::project::Project;
use crate::report::live::Live;
use crate::report::outputs::short;
use crate::report::terminal::{self, bad, good, shell_word, visible};
use crate::report::{seeding, trace};

/// Runs an experiment.
pub(crate) fn run(
    project: &Project,
    name: &ExperimentName,
    force: bool,
    overrides: &Overrides,
) -> Result<Answer, Failure> {
    // In memory first: what is recorded already needs no snapshot that stays.
    let planned = plan_work_tree(project, name, overrides, Keep::Memory)?;
    for path in project.untracked_covered(&planned.manifest.include)? {
        terminal::warning(
            &format!(
                "`{}` is not tracked by git and does not enter the run",
                visible(&path)
            ),
            Some(&format!("git add {}", shell_word(&path))),
        );
    }
    if !force
        && let Some(found) = project
            .store()?
            .successful_records(&planned.plan.id())?
            .find(|found| has_trace(found, &planned.manifest))
    {
        let (id, record) = found?;
        publish(project, name, &record)?;
        let other = match &record.experiment {
            other if other == name => String::new(),
            other => format!(" of `{other}`, which has the same plan"),
        };
        terminal::note(&format!(
            "{name}: {} on {} (record {}{other}); `--force` runs it again\n{}",
            good("recorded already"),
            record.ended.strftime("%Y-%m-%d %H:%M:%S UTC"),
            id.digest().short(),
            outputs(&record)
        ));
        let fields = fields(name, &id, &record, false);
        return Ok(Answer::new(Exit::Done, "", fields));
    }
    project.store()?.check_results()?;
    let planned = if planned.is_snapshot {
        plan_work_tree(project, name, overrides, Keep::Reference)?
    } else {
        planned
    };
    let live = if project.common.json {
        Live::StandardError
    } else {
        Live::Apart
    };
    let (id, record) = perform(project, &Order::of_planned(&planned), live)?;
    tell(&id, &record);
    if record.is_success() {
        publish(project, name, &record)?;
    }
    Ok(Answer::new(
        exit_of(&record),
        "",
        fields(name, &id, &record, true),
    ))
}

/// Whether a record has the trace that the manifest asks for; one that cannot be read has to be told of.
fn has_trace(found: &Result<(RecordId, Record), StoreError>, manifest: &Manifest) -> bool {
    let (Some(declared), Ok((_, record))) = (&manifest.trace, found) else {
        return true;
    };
    let trace = record.trace.as_ref();
    trace.is_some_and(|trace| trace.declared == *declared)
}

/// Says how the run ended; on the standard error, since the standard output is the command's own.
fn tell(id: &RecordId, record: &Record) {
    let name = &record.experiment;
    // A clock that was set back meanwhile gives no time, rather than less than none.
    let seconds = record.ended.duration_since(record.started).as_secs_f64();
    let seconds = seconds.max(0.0);
    let place = match (&record.provenance.commit, record.provenance.snapshot) {
        (Some(commit), true) => format!("snapshot {}", commit.short()),
        (Some(commit), false) => format!("commit {}", commit.short()),
        (None, _) => "no commit".to_owned(),
    };
    let word = if record.is_success() {
        good("done")
    } else {
        bad("failed")
    };
    let kept = if record.is_success() {
        format!("; its outputs are in results/{name}/")
    } else {
        String::new()
    };
    terminal::note(&format!(
        "{name}: {word} in {seconds:.1} s, from {place} (record {}){kept}",
        id.digest().short()
    ));
    for line in failure_lines(record) {
        terminal::note(&line);
    }
    if record.is_success() {
        terminal::note(&outputs(record));
    }
    for (what, list) in [
        ("made and not declared", &record.workspace.undeclared),
        (
            "a source file that the run changed",
            &record.workspace.changed,
        ),
        (
            "a source file that the run deleted",
            &record.workspace.deleted,
        ),
    ] {
        for path in list.first.iter().take(10) {
            terminal::note(&format!("  {what}: {}", visible(path)));
        }
        if list.count > 10 {
            terminal::note(&format!("  … and {} more", list.count - 10));
        }
    }
    seeding::warn(&record.seeding);
    trace::warn(record.trace.as_ref());
    if let Some(text) = hint_at(&record.outcome) {
        terminal::hint(text);
    }
}

/// What to do about a run that ended so.
fn hint_at(outcome: &Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::KilledForMemory { .. } => {
            Some("`memory` in `[resources]` is the limit; another makes no other plan")
        }
        Outcome::TimedOut { .. } => {
            Some("`timeout` in `[resources]` is the limit; another makes no other plan")
        }
        Outcome::OverDiskLimit { .. } => {
            Some("`scratch` in `[resources]` is the limit; another makes no other plan")
        }
        Outcome::OverLogLimit { .. } => Some(
            "let the command write to a file instead: what it may print is 1 GiB, or `scratch` where that is less",
        ),
        Outcome::NeverStarted { .. } => Some(
            "`command` begins with a program of the image, or with an executable file that git tracks",
        ),
        Outcome::EngineLost { .. } => {
            Some("start the engine, then run it again: that also removes what is left in it")
        }
        Outcome::Exited { .. } | Outcome::Interrupted => None,
    }
}

/// The outputs, a line each.
fn outputs(record: &Record) -> String {
    let lines: Vec<_> = record
        .outputs
        .iter()
        .map(|(name, entry)| {
            format!(
                "  {}  {}",
                short(&entry.content),
                visible(&name.to_string())
            )
        })
        .collect();
    const MOST: usize = 20;
    if lines.len() > MOST {
        let more = lines.len() - MOST;
        return format!("{}\n  … and {more} more", lines[..MOST].join("\n"));
    }
    lines.join("\n")
}

fn fields(
    name: &ExperimentName,
    id: &RecordId,
    record: &Record,
    executed: bool,
) -> serde_json::Value {
    json!({
        "experiment": name,
        "executed": executed,
        "record": id,
        "plan": record.plan.id(),
        "commit": record.provenance.commit,
        "snapshot": record.provenance.snapshot,
        "outcome": record.outcome,
        "faults": record.faults,
        "outputs": record.outputs,
        "seeding": record.seeding,
        "trace": record.trace,
    })
}
