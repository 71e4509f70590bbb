//! `resow claim`: writes down what HEAD's plan gave, from a record.

use std::io::Write;

use resow_manifest::experiment_name::ExperimentName;
use resow_verifier::claim::Claim;
use resow_verifier::verdict::{Acceptance, judge};
use serde_json::json;

use crate::answer::Answer;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::pipeline::planning::plan_commit;
use crate::project::Project;

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
    for (other_id, other) in &records[1..] {
        let verdict = judge(&newest.evidence(), other, Acceptance::default());
        if !verdict.is_agreement() {
            return Err(Failure::new(
                Exit::Different,
                format!(
                    "two records of this plan disagree: {} and {}",
                    id.digest().short(),
                    other_id.digest().short()
                ),
            )
            .with_hint(format!(
                "`resow diff {} {}` says where; what gives another result each time cannot be claimed",
                id.digest().short(),
                other_id.digest().short()
            )));
        }
    }
    let mut claim = Claim::from_record(newest)
        .map_err(|error| Failure::from_error(Exit::Incomparable, &error, error.hint()))?;
    // What is claimed is HEAD's plan, whichever commit or snapshot it was run from: snapshots stay here.
    claim.provenance.commit = Some(planned.commit.clone());
    claim.provenance.snapshot = false;
    claim.provenance.include = planned
        .manifest
        .include
        .iter()
        .map(ToString::to_string)
        .collect();
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
