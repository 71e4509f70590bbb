//! The names of groups.

use resow_manifest::identifiers::RunId;

/// What every group of an owner's runs begins with.
pub(super) fn prefix(owner: &str) -> String {
    format!("resow-{owner}-")
}

/// The name of a run's groups.
pub(super) fn of_run(owner: &str, run: &RunId) -> String {
    format!("{}{run}", prefix(owner))
}

/// The run of which a group is, if it is one of the owner's.
pub(super) fn run(name: &str, owner: &str) -> Option<RunId> {
    name.strip_prefix(&prefix(owner))?.parse().ok()
}
