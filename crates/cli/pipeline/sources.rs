//! Where the source of a past run can be had: the commit that it names, the one at hand, or any other with the content.

use resow_executor::source::{Keep, Selection};
use resow_manifest::identifiers::CommitId;

use super::past::Past;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::project::Project;

/// How many commits are searched for the content.
const HISTORY: usize = 1_000;

/// A commit from which the same content enters.
pub(super) fn commit_with_source_of(
    project: &Project,
    past: &Past,
    selection: &Selection,
) -> Result<CommitId, Failure> {
    let repository = &project.repository;
    let wanted = past.plan.plan().source;
    let find = |candidates: Vec<CommitId>| {
        let candidates = candidates.into_iter().map(Ok);
        project
            .sources()?
            .find_commit_with(repository, &wanted, selection, candidates)
            .map_err(Failure::from)
    };
    let named = past.provenance.commit.iter();
    let named = named
        .filter(|commit| repository.contains(commit))
        .cloned()
        .collect();
    if let Some(commit) = find(named)? {
        return Ok(commit);
    }
    let at_hand = repository.snapshot(&[], Keep::Memory)?;
    if find(vec![at_hand.commit])?.is_some() {
        // It must outlive this process for the record to name it.
        return Ok(repository.snapshot(&[], Keep::Reference)?.commit);
    }
    if let Some(head) = repository.head()? {
        let reachable = repository.commits_reachable(&head, HISTORY)?;
        let found = project
            .sources()?
            .find_commit_with(repository, &wanted, selection, reachable)?;
        if let Some(commit) = found {
            return Ok(commit);
        }
    }
    let commit = past
        .provenance
        .commit
        .as_ref()
        .map_or("a snapshot", CommitId::short);
    Err(Failure::new(
        Exit::Unavailable,
        format!("the source of that run is not in this repository: neither `{commit}` nor another commit has it"),
    )
    .with_hint("run `git fetch` first, with `--unshallow` in a shallow clone"))
}
