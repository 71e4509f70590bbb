//! Removing the groups of runs that ended without removing them.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use resow_manifest::identifiers::RunId;

use super::error::ControlGroupError;
use super::group::Group;
use super::hierarchy::{self, Hierarchy};
use super::name;

/// How deep below the top of a hierarchy groups are looked for. systemd's deepest are at about eight.
const DEPTH: u32 = 16;

/// Kills what is in the groups of this owner's runs that are no longer alive, and removes the groups, wherever they
/// are: an earlier run may have begun in another session's group. Returns those runs. What this user may not remove
/// stays, for who may.
///
/// # Errors
/// When the kernel does not say which hierarchies there are, or a group of ours stays.
pub(in crate::bubblewrap) fn sweep(
    owner: &str,
    is_alive: &mut dyn FnMut(&RunId) -> bool,
) -> Result<Vec<RunId>, ControlGroupError> {
    let mut swept = BTreeSet::new();
    let mut alive = BTreeSet::new();
    for hierarchy in hierarchy::of_this_process()? {
        for (run, folder) in groups_of(owner, &hierarchy) {
            // Asked once a run, so that all its groups share one fate.
            if alive.contains(&run) {
                continue;
            }
            if !swept.contains(&run) && is_alive(&run) {
                alive.insert(run);
                continue;
            }
            match Group::found(hierarchy.version, folder).remove() {
                Err(ControlGroupError::Remove { source, .. }) if is_denied(&source) => {}
                result => {
                    result?;
                    swept.insert(run);
                }
            }
        }
    }
    Ok(swept.into_iter().collect())
}

fn is_denied(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
    )
}

pub(super) fn groups_of(owner: &str, hierarchy: &Hierarchy) -> Vec<(RunId, PathBuf)> {
    let mut found = Vec::new();
    collect(&hierarchy.top, owner, DEPTH, &mut found);
    found
}

/// Groups come and go meanwhile: what cannot be read is not there.
fn collect(folder: &Path, owner: &str, depth: u32, found: &mut Vec<(RunId, PathBuf)>) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        let name = entry.file_name();
        match name.to_str().and_then(|name| name::run(name, owner)) {
            Some(run) => found.push((run, entry.path())),
            None if depth > 0 => collect(&entry.path(), owner, depth - 1, found),
            None => {}
        }
    }
}
