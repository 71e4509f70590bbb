//! Claims: where they lie, in the work tree and in commits.

use std::collections::BTreeSet;
use std::fs;
use std::io;

use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::identifiers::{CommitId, PlanId};
use resow_verifier::claim::{Claim, ClaimError};

use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::project::Project;
use crate::report::terminal;
use crate::work_file::{self, cannot_read};

/// How many commits are searched for a claim.
const HISTORY: usize = 10_000;

/// A claim and where it was found.
pub(crate) struct FoundClaim {
    pub(crate) claim: Claim,
    /// The path, with a commit in front where it is not in the work tree.
    pub(crate) place: String,
}

/// The claim of an experiment in the work tree; `None` where there is none.
pub(crate) fn in_work_tree(
    project: &Project,
    name: &ExperimentName,
) -> Result<Option<FoundClaim>, Failure> {
    let path = name.claim_path();
    let Some(bytes) = work_file::read(project.root(), &path)? else {
        return Ok(None);
    };
    read(name, &bytes, path).map(Some)
}

/// The claim of an experiment in a commit; `None` where there is none.
pub(crate) fn in_commit(
    project: &Project,
    name: &ExperimentName,
    commit: &CommitId,
) -> Result<Option<FoundClaim>, Failure> {
    let path = name.claim_path();
    let Some(bytes) = project.repository.read_file(commit, &path)? else {
        return Ok(None);
    };
    read(name, &bytes, format!("{}:{path}", commit.short())).map(Some)
}

/// A claim of this plan in HEAD or a commit before it.
pub(crate) fn of_plan(
    project: &Project,
    name: &ExperimentName,
    plan: &PlanId,
) -> Result<Option<FoundClaim>, Failure> {
    let Some(head) = project.repository.head()? else {
        return Ok(None);
    };
    let path = name.claim_path();
    let mut seen = BTreeSet::new();
    for commit in project.repository.commits_reachable(&head, HISTORY)? {
        let commit = commit?;
        let Some(bytes) = project.repository.read_file(&commit, &path)? else {
            continue;
        };
        if !seen.insert(bytes.clone()) {
            continue;
        }
        // An old claim that was damaged once is nobody's evidence now; the others are read all the same.
        match read(name, &bytes, format!("{}:{path}", commit.short())) {
            Ok(found) if found.claim.plan.id() == *plan => return Ok(Some(found)),
            Ok(_) => {}
            Err(failure) => {
                terminal::warning(&format!("passed over: {}", failure.message), None);
            }
        }
    }
    Ok(None)
}

/// The experiments that have a claim in the work tree, sorted by name.
pub(crate) fn claimed(project: &Project) -> Result<Vec<ExperimentName>, Failure> {
    let folder = project.root().join("experiments");
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(cannot_read("experiments")(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let file = entry.map_err(cannot_read("experiments"))?.file_name();
        if let Some(stem) = file.to_string_lossy().strip_suffix(".claim.toml")
            && let Ok(name) = stem.parse()
        {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn read(name: &ExperimentName, bytes: &[u8], place: String) -> Result<FoundClaim, Failure> {
    let damaged = |text: &str| Failure::new(Exit::Damaged, format!("`{place}`: {text}"));
    let text = std::str::from_utf8(bytes).map_err(|_| damaged("the claim is not UTF-8"))?;
    let claim = Claim::from_toml(text).map_err(|error| refused(&place, &error))?;
    if claim.experiment != *name {
        return Err(damaged(&format!("it is a claim of `{}`", claim.experiment)));
    }
    Ok(FoundClaim { claim, place })
}

fn refused(place: &str, error: &ClaimError) -> Failure {
    let exit = if error.is_damage() {
        Exit::Damaged
    } else {
        Exit::Unavailable
    };
    let mut failure = Failure::from_error(exit, error, error.hint());
    failure.message = format!("`{place}`: {}", failure.message);
    failure
}
