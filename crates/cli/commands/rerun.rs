//! `resow rerun`: runs again from a revision or a record, and compares with what was claimed or recorded.

use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::identifiers::CommitId;
use resow_store::StoreError;
use resow_verifier::record::Record;
use resow_verifier::verdict::{Acceptance, judge};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::arguments::Accept;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::pipeline::claims::{self, FoundClaim};
use crate::pipeline::execution::{Live, Order, exit_of, perform};
use crate::pipeline::planning::{Planned, experiments_of, plan_commit};
use crate::pipeline::verification::{Reran, failure_lines};
use crate::project::Project;
use crate::report::terminal;

/// Runs the experiments of a revision again.
pub(crate) fn rerun(
    project: &Project,
    revision: &str,
    accept: &[Accept],
) -> Result<Answer, Failure> {
    let (commit, names) = targets(project, revision)?;
    let mut exit = Exit::Done;
    let mut texts = Vec::new();
    let mut objects = Vec::new();
    for name in &names {
        // One experiment that cannot be run does not keep the others from it.
        match rerun_one(project, name, &commit, accept) {
            Ok(answer) => {
                exit = exit.and(answer.exit);
                texts.push(answer.text);
                objects.push(Value::Object(answer.fields));
            }
            Err(failure) => {
                let failure = failure.of_experiment(name);
                terminal::failure(&failure);
                exit = exit.and(failure.exit);
                objects.push(json!({ "experiment": name, "error": failure.object() }));
            }
        }
        if project.interrupt.is_requested() {
            break;
        }
    }
    Ok(Answer::new(
        exit,
        texts.join("\n\n"),
        json!({ "commit": commit, "reruns": objects }),
    ))
}

/// Runs one experiment of a commit again.
fn rerun_one(
    project: &Project,
    name: &ExperimentName,
    commit: &CommitId,
    accept: &[Accept],
) -> Result<Answer, Failure> {
    let planned = plan_commit(project, name, commit)?;
    let (id, record) = perform(project, &Order::of_planned(&planned), Live::StandardError)?;
    let Some(expected) = expectation(project, &planned, commit, &record)? else {
        return Ok(Answer::new(
            exit_of(&record).and(Exit::Incomparable),
            nothing_to_compare(name, &record),
            json!({
                "experiment": name,
                "record": id,
                "plan": record.plan.id(),
                "against": null,
                "outcome": record.outcome,
                "faults": record.faults,
                "verdict": null,
            }),
        ));
    };
    let (evidence, against) = match &expected {
        Expectation::Claim(found) => (found.claim.evidence(), found.place.clone()),
        Expectation::Record(id, record) => (record.evidence(), format!("record {id}")),
    };
    let acceptance = Acceptance {
        image: accept.contains(&Accept::Image),
    };
    let verdict = judge(&evidence, &record, acceptance);
    let reran = Reran {
        id,
        record,
        against,
        verdict,
    };
    Ok(Answer::new(reran.exit(), reran.text(), reran.fields()))
}

/// What the revision names: a commit, and which of its experiments.
fn targets(project: &Project, revision: &str) -> Result<(CommitId, Vec<ExperimentName>), Failure> {
    let (revision, name) = match revision.rsplit_once(':') {
        Some((revision, name)) => {
            let name: ExperimentName = name
                .parse()
                .map_err(|error| Failure::from_error(Exit::Usage, &error, None))?;
            (revision, Some(name))
        }
        None => (revision, None),
    };
    let commit = match project.repository.resolve(revision) {
        Ok(commit) => commit,
        Err(error) => match record_named(project, revision)? {
            Some(record) => return record_target(record, name),
            None => return Err(error.into()),
        },
    };
    let names = match name {
        Some(name) => vec![name],
        None => experiments_of(project, &commit)?,
    };
    if names.is_empty() {
        return Err(Failure::new(
            Exit::Unavailable,
            format!("commit `{}` has no experiment", commit.short()),
        ));
    }
    Ok((commit, names))
}

fn record_target(
    record: Record,
    name: Option<ExperimentName>,
) -> Result<(CommitId, Vec<ExperimentName>), Failure> {
    if let Some(name) = name
        && name != record.experiment
    {
        return Err(Failure::new(
            Exit::Usage,
            format!(
                "the record is one of `{}`, not of `{name}`",
                record.experiment
            ),
        ));
    }
    match record.provenance.commit {
        Some(commit) => Ok((commit, vec![record.experiment])),
        None => Err(Failure::new(
            Exit::Unavailable,
            "the record names no commit",
        )),
    }
}

/// The record of this identifier, where the text could be one and the store has it.
fn record_named(project: &Project, text: &str) -> Result<Option<Record>, Failure> {
    if text.len() < 4 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(None);
    }
    let store = project.store()?;
    match store.find_record(text) {
        Ok(id) => Ok(Some(store.record(&id)?)),
        Err(StoreError::NoRecord { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What a rerun is compared with.
enum Expectation {
    Claim(Box<FoundClaim>),
    Record(String, Box<Record>),
}

fn expectation(
    project: &Project,
    planned: &Planned,
    commit: &CommitId,
    rerun: &Record,
) -> Result<Option<Expectation>, Failure> {
    let name = &planned.name;
    if let Some(found) = claims::in_commit(project, name, commit)? {
        return Ok(Some(Expectation::Claim(Box::new(found))));
    }
    let plan = planned.plan.id();
    if let Some(found) = claims::of_plan(project, name, &plan)? {
        return Ok(Some(Expectation::Claim(Box::new(found))));
    }
    for found in project.store()?.successful_records(&plan)? {
        let (id, record) = found?;
        if record.run != rerun.run {
            let id = id.digest().short();
            return Ok(Some(Expectation::Record(id, Box::new(record))));
        }
    }
    Ok(None)
}

fn nothing_to_compare(name: &ExperimentName, record: &Record) -> String {
    if record.is_success() {
        terminal::hint(&format!(
            "`resow claim {name}` writes down what it gave, for the next rerun"
        ));
        format!("{name}: nothing to compare with: no claim and no other record has this plan")
    } else {
        let mut lines = vec![format!("{name}: failed, and nothing to compare with")];
        lines.extend(failure_lines(record));
        lines.join("\n")
    }
}
