//! `resow claim`: writes down what HEAD's plan gave, from a record.

use std::io::Write;

use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::identifiers::RecordId;
use resow_verifier::claim::Claim;
use resow_verifier::outputs::OutputPolicy;
use resow_verifier::record::{InputCheck, Provenance, Record, RecordedImage, RecordedInput};
use resow_verifier::verdict::{Acceptance, judge};
use serde_json::json;

use crate::answer::Answer;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::foreign::WithReader;
use crate::pipeline::planning::{Planned, plan_commit};
use crate::project::Project;
use crate::report::seeding;

/// Writes the claim of an experiment, from the newest successful record of HEAD's plan.
pub(crate) fn claim(project: &Project, name: &ExperimentName) -> Result<Answer, Failure> {
    let Some(head) = project.repository.head()? else {
        return Err(
            Failure::new(Exit::Unavailable, "there is no commit to claim for")
                .with_hint("git commit first: a claim is about a commit's plan"),
        );
    };
    let planned = plan_commit(project, name, &head)?;
    let plan = planned.plan.id();
    let records = project
        .store()?
        .successful_records(&plan)?
        .collect::<Result<Vec<_>, _>>()?;
    let Some((id, newest)) = records.first() else {
        return Err(Failure::new(
            Exit::Incomparable,
            format!(
                "the store has no successful record of `{name}` with the plan of commit `{}`",
                head.short()
            ),
        )
        .with_hint(format!(
            "run `resow run {name}` first, on the content of that commit"
        )));
    };
    let newest = as_declared(name, newest, &planned);
    refuse_disagreement(project, id, &newest, &records[1..])?;
    seeding::warn_of_claim(id, &newest.seeding);
    let store = project.store()?;
    let claim = Claim::from_record(&newest)
        .map_err(|error| Failure::from_error(Exit::Incomparable, &error, error.hint()))?;
    let filled = || {
        let claim = claim.with_contents(&WithReader(store))?;
        claim.with_trace(&newest, store)
    };
    let claim = project.interrupt.ending_at_once(filled);
    let claim = claim.map_err(Failure::of_bytes)?;
    let text = claim
        .to_toml()
        .map_err(|error| Failure::from_error(Exit::Unavailable, &error, error.hint()))?;
    let path = name.claim_path();
    project.replace_file(&path, |file| file.write_all(text.as_bytes()))?;
    Ok(Answer::new(
        Exit::Done,
        format!(
            "wrote {path}: {} of commit {}, from record {}; next:\n  git add {path} && git commit",
            match claim.outputs.len() {
                1 => "1 output".to_owned(),
                number => format!("{number} outputs"),
            },
            planned.commit.short(),
            id.digest().short()
        ),
        json!({
            "experiment": name,
            "path": path,
            "record": id,
            "plan": plan,
            "commit": planned.commit,
            "outputs": claim.outputs,
        }),
    ))
}

/// The record as if it had been run from HEAD. Its plan is HEAD's, whichever commit or snapshot it was run from; what is
/// no part of a plan (how outputs are compared, limits, where the image's recipe lies) is what HEAD declares.
fn as_declared(name: &ExperimentName, record: &Record, planned: &Planned) -> Record {
    let manifest = &planned.manifest;
    let mut record = record.clone();
    // Another experiment may have the same plan.
    record.experiment = name.clone();
    record.provenance = Provenance {
        commit: Some(planned.commit.clone()),
        snapshot: false,
        include: manifest.include.iter().map(ToString::to_string).collect(),
    };
    record.policy = OutputPolicy::of(&manifest.outputs);
    record.same = manifest.same.clone();
    let roles = record.policy.matcher();
    for (name, entry) in &mut record.outputs {
        entry.role = roles.role(name);
    }
    record.resources = manifest.resources;
    record.image = RecordedImage {
        id: planned.image.id,
        declared: (&manifest.image).into(),
    };
    let mut checks = record.inputs.values().map(|input| input.check);
    let check = checks.next().unwrap_or(InputCheck::Hashed);
    record.inputs = manifest
        .inputs
        .iter()
        .map(|input| {
            let recorded = RecordedInput {
                at: input.at.clone(),
                digest: input.digest,
                check,
            };
            (input.name.clone(), recorded)
        })
        .collect();
    record
}

/// Two records of one plan that disagree are evidence against a claim.
fn refuse_disagreement(
    project: &Project,
    id: &RecordId,
    newest: &Record,
    others: &[(RecordId, Record)],
) -> Result<(), Failure> {
    for (other_id, other) in others {
        let store = project.store()?;
        let verdict = judge(&newest.evidence(), other, Acceptance::default(), store)?;
        if !verdict.is_agreement() {
            let (left, right) = (id.digest().short(), other_id.digest().short());
            return Err(Failure::new(
                Exit::Different,
                format!("two records of this plan disagree: {left} and {right}"),
            )
            .with_hint(format!(
                "`resow diff {left} {right}` says where; what gives another result each time cannot be claimed"
            )));
        }
    }
    Ok(())
}
