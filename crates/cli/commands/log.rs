//! `resow log`: the records of the store, newest first.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::suggestion::did_you_mean;
use resow_store::Store;
use serde_json::json;

use crate::answer::Answer;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::project::Project;
use crate::report::seeding;
use crate::report::table::table;
use crate::report::terminal::{self, visible};

/// Lists records. One that is damaged is named, and the others are listed all the same.
pub(crate) fn log(
    project: &Project,
    name: Option<&ExperimentName>,
    limit: NonZeroUsize,
) -> Result<Answer, Failure> {
    let mut exit = Exit::Done;
    let mut rows = Vec::new();
    let mut objects = Vec::new();
    let mut errors = Vec::new();
    let mut recorded = BTreeSet::new();
    let store = project.store_to_read()?;
    let records = store.map(Store::records).transpose()?;
    for found in records.into_iter().flatten() {
        let (id, record) = match found {
            Ok(found) => found,
            Err(error) => {
                let failure = Failure::from(error);
                terminal::failure(&failure);
                exit = exit.and(failure.exit);
                errors.push(failure.object());
                continue;
            }
        };
        if name.is_some_and(|name| *name != record.experiment) {
            recorded.insert(record.experiment);
            continue;
        }
        if rows.len() == limit.get() {
            break;
        }
        let commit = record.provenance.commit.as_ref();
        let mark = if record.provenance.snapshot { "*" } else { "" };
        rows.push(vec![
            id.digest().short(),
            record.started.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            record.experiment.to_string(),
            commit.map_or_else(String::new, |commit| format!("{}{mark}", commit.short())),
            record.plan.id().digest().short(),
            visible(&if record.is_success() {
                let as_if = record.host.as_if.map(|lesser| format!("as if {lesser}"));
                let mark = seeding::mark(&record.seeding).map(str::to_owned);
                let words = ["success".to_owned()].into_iter().chain(as_if).chain(mark);
                words.collect::<Vec<_>>().join(", ")
            } else {
                record
                    .faults
                    .first()
                    .filter(|_| record.outcome.is_success())
                    .map_or_else(|| record.outcome.to_string(), ToString::to_string)
            }),
        ]);
        objects.push(json!({
            "record": id,
            "experiment": record.experiment,
            "started": record.started,
            "ended": record.ended,
            "commit": commit,
            "snapshot": record.provenance.snapshot,
            "plan": record.plan.id(),
            "outcome": record.outcome,
            "faults": record.faults,
            "success": record.is_success(),
            "seeding": record.seeding.state,
            "as_if": record.host.as_if,
        }));
    }
    let has_snapshots = objects.iter().any(|record| record["snapshot"] == true);
    if let Some(name) = name
        && objects.is_empty()
        && errors.is_empty()
        && !project.declares(name)
    {
        return Err(unknown(project, name, recorded));
    }
    let text = if rows.is_empty() && !errors.is_empty() {
        "no other record".to_owned()
    } else if rows.is_empty() {
        let (of, name) = name.map_or_else(
            || (String::new(), "NAME".to_owned()),
            |name| (format!(" of `{name}`"), name.to_string()),
        );
        format!("no records{of} yet: `resow run {name}` makes one")
    } else {
        let legend = if has_snapshots {
            "\n* a snapshot of what was not committed"
        } else {
            ""
        };
        table(
            &[
                "record",
                "started (UTC)",
                "experiment",
                "commit",
                "plan",
                "outcome",
            ],
            rows,
        ) + legend
    };
    Ok(Answer::new(
        exit,
        text,
        json!({ "records": objects, "errors": errors }),
    ))
}

/// Says that an experiment has neither a record nor a manifest, and which one may have been meant.
fn unknown(
    project: &Project,
    name: &ExperimentName,
    mut known: BTreeSet<ExperimentName>,
) -> Failure {
    known.extend(project.experiments().unwrap_or_default());
    let failure = Failure::new(
        Exit::Usage,
        format!("there is no experiment `{name}`, and no record of one"),
    );
    let known: Vec<_> = known.iter().map(ExperimentName::as_str).collect();
    match did_you_mean(name.as_str(), known.iter().copied()) {
        Some(meant) => failure.with_hint(meant),
        None if known.is_empty() => failure,
        None => failure.with_hint(format!("there are: {}", known.join(", "))),
    }
}
