//! `resow rerun`: runs again from a revision or a record, and compares with what was claimed or recorded.

use resow_executor::source::Keep;
use resow_manifest::determinism::InstructionSet;
use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::identifiers::{CommitId, PlanId};
use resow_store::StoreError;
use resow_verifier::explanation::explain;
use resow_verifier::record::Record;
use resow_verifier::verdict::{Acceptance, judge};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::arguments::{Accept, Overrides};
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::foreign::WithReader;
use crate::pipeline::claims::{self, FoundClaim};
use crate::pipeline::execution::{exit_of, perform};
use crate::pipeline::order::Order;
use crate::pipeline::past::Past;
use crate::pipeline::planning::{experiments_of, plan_commit, plan_work_tree};
use crate::pipeline::policies::Policies;
use crate::pipeline::verification::{Reran, failure_lines};
use crate::project::Project;
use crate::report::lines::Lines;
use crate::report::live::Live;
use crate::report::sides::Sides;
use crate::report::terminal;

/// How experiments are run again.
pub(crate) struct Options<'a> {
    /// What may differ.
    pub(crate) accept: &'a [Accept],
    /// The lesser processor as which the run is to see this one.
    pub(crate) as_if: Option<InstructionSet>,
}

/// Runs the experiments of a revision, or the plan of a record, again.
pub(crate) fn rerun(
    project: &Project,
    revision: &str,
    options: &Options<'_>,
) -> Result<Answer, Failure> {
    let (revision, name) = split(revision)?;
    let commit = match project.repository.resolve(revision) {
        Ok(commit) => commit,
        Err(error) => {
            return match record_named(project, revision)? {
                Some(record) => rerun_record(project, &record, name.as_ref(), options),
                None => Err(error.into()),
            };
        }
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
    rerun_commit(project, &commit, &names, options)
}

/// `REVISION:NAME`, or a revision alone.
fn split(text: &str) -> Result<(&str, Option<ExperimentName>), Failure> {
    match text.rsplit_once(':') {
        Some((revision, name)) => {
            let name = name
                .parse()
                .map_err(|error| Failure::from_error(Exit::Usage, &error, None))?;
            Ok((revision, Some(name)))
        }
        None => Ok((text, None)),
    }
}

fn rerun_commit(
    project: &Project,
    commit: &CommitId,
    names: &[ExperimentName],
    options: &Options<'_>,
) -> Result<Answer, Failure> {
    let mut exit = Exit::Done;
    let mut texts = Vec::new();
    let mut objects = Vec::new();
    for name in names {
        // One experiment that cannot be run does not keep the others from it.
        match rerun_one(project, name, commit, options) {
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
            exit = exit.and(Exit::Interrupted);
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
    options: &Options<'_>,
) -> Result<Answer, Failure> {
    let planned = plan_commit(project, name, commit)?;
    let expected = match claims::in_commit(project, name, commit)? {
        Some(found) => Some(Expectation::Claim(Box::new(found))),
        None => expectation(project, name, &planned.plan.id())?,
    };
    let policies = match &expected {
        Some(Expectation::Claim(found)) => Policies::of(&found.claim, &planned.manifest),
        _ => Policies::default(),
    };
    let mut answer = again(project, Order::of_planned(&planned), expected, options)?;
    answer.exit = answer.exit.and(policies.exit());
    let mut lines = Lines::of(Sides::RERUN);
    policies.tell(&mut lines, name, "the manifest of that revision");
    for line in lines.into_lines() {
        answer.text.push('\n');
        answer.text.push_str(&line);
    }
    let mut fields = Value::Object(answer.fields);
    policies.add_to(&mut fields);
    Ok(Answer::new(answer.exit, answer.text, fields))
}

/// Runs the plan of a record again: its own, whatever its commit's manifest says.
fn rerun_record(
    project: &Project,
    record: &Record,
    name: Option<&ExperimentName>,
    options: &Options<'_>,
) -> Result<Answer, Failure> {
    let experiment = &record.experiment;
    if let Some(name) = name
        && name != experiment
    {
        return Err(Failure::new(
            Exit::Usage,
            format!("the record is one of `{experiment}`, not of `{name}`"),
        ));
    }
    let at_hand = plan_work_tree(project, experiment, &Overrides::default(), Keep::Memory).ok();
    let order = Order::again(
        project,
        &Past::from(record),
        at_hand.as_ref(),
        options.accept,
    )?;
    let expected = expectation(project, experiment, &record.plan.id())?;
    let commit = order.commit.clone();
    let answer = again(project, order, expected, options)?;
    Ok(Answer::new(
        answer.exit,
        answer.text,
        json!({ "commit": commit, "reruns": [Value::Object(answer.fields)] }),
    ))
}

/// Runs an order, and judges it by what is expected.
fn again(
    project: &Project,
    mut order: Order,
    expected: Option<Expectation>,
    options: &Options<'_>,
) -> Result<Answer, Failure> {
    order.as_if = options.as_if;
    let (id, record) = perform(project, &order, Live::StandardError)?;
    let Some(expected) = expected else {
        return Ok(Answer::new(
            exit_of(&record).and(Exit::Incomparable),
            nothing_to_compare(&order.experiment, &record),
            json!({
                "experiment": order.experiment,
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
        image: options.accept.contains(&Accept::Image),
    };
    let bytes = WithReader(project.store()?);
    let judge = || judge(&evidence, &record, acceptance, &bytes);
    let verdict = project.interrupt.ending_at_once(judge)?;
    let causes = explain(&evidence, &record, &verdict);
    let reran = Reran {
        id,
        record,
        against,
        verdict,
        causes,
    };
    if let Some(hint) = reran.hint() {
        terminal::hint(&hint);
    }
    let mut lines = Lines::of(Sides::RERUN);
    reran.tell(&mut lines);
    Ok(Answer::new(reran.exit(), lines.into_text(), reran.fields()))
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

/// A claim of this plan reachable from HEAD, else a successful record of it.
fn expectation(
    project: &Project,
    name: &ExperimentName,
    plan: &PlanId,
) -> Result<Option<Expectation>, Failure> {
    if let Some(found) = claims::of_plan(project, name, plan)? {
        return Ok(Some(Expectation::Claim(Box::new(found))));
    }
    let record = project.store()?.successful_records(plan)?.next();
    Ok(record
        .transpose()?
        .map(|(id, record)| Expectation::Record(id.digest().short(), Box::new(record))))
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
