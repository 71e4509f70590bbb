//! How resow recognises what it left in an engine.

use std::collections::HashMap;

use resow_manifest::identifiers::RunId;

pub(super) const STORE: &str = "resow.store";
pub(super) const RUN: &str = "resow.run";

/// The labels of a run's container and volumes.
pub(super) fn of(store: &str, run: &RunId) -> HashMap<String, String> {
    HashMap::from([
        (STORE.to_owned(), store.to_owned()),
        (RUN.to_owned(), run.to_string()),
    ])
}

/// The name of a run's container, and of the volume that is its workspace.
pub(super) fn name(run: &RunId) -> String {
    format!("resow-{run}")
}

/// The run that something belongs to: only if both its label and its name say so, since images have labels too.
pub(super) fn owner(labels: &HashMap<String, String>, found_name: &str) -> Option<RunId> {
    let run: RunId = labels.get(RUN)?.parse().ok()?;
    (found_name == name(&run)).then_some(run)
}
