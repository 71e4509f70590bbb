//! Where a plan's source can be had: the commit that a claim names, the one at hand, or any other with the same content.

use resow_executor::source::{Keep, Selection};
use resow_manifest::identifiers::CommitId;
use resow_manifest::manifest::IncludePattern;
use resow_verifier::claim::Claim;

use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::project::Project;

/// How many commits are searched for the content.
const HISTORY: usize = 1_000;

/// What of a commit enters, as a claim says.
pub(crate) fn selection_of(claim: &Claim) -> Result<Selection, Failure> {
    let include = claim
        .provenance
        .include
        .iter()
        .map(|text| {
            let location = text.parse().ok();
            location.and_then(IncludePattern::new).ok_or_else(|| {
                Failure::new(
                    Exit::Damaged,
                    format!("`{text}` in the claim is no pattern of `include`"),
                )
            })
        })
        .collect::<Result<_, _>>()?;
    Ok(Selection {
        include,
        exclude: claim.plan.plan().inputs.keys().cloned().collect(),
    })
}

/// A commit whose entering content is the claim's.
pub(crate) fn commit_with_source_of(
    project: &Project,
    claim: &Claim,
    selection: &Selection,
) -> Result<CommitId, Failure> {
    let repository = &project.repository;
    let wanted = claim.plan.plan().source;
    let find = |candidates: Vec<CommitId>| {
        let candidates = candidates.into_iter().map(Ok);
        project
            .sources()?
            .find_commit_with(repository, &wanted, selection, candidates)
            .map_err(Failure::from)
    };
    let named = claim.provenance.commit.iter();
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
    let commit = claim
        .provenance
        .commit
        .as_ref()
        .map_or("a snapshot", CommitId::short);
    Err(Failure::new(
        Exit::Unavailable,
        format!("the source of the claim is not in this repository: neither `{commit}` nor another commit has it"),
    )
    .with_hint("run `git fetch` first, with `--unshallow` in a shallow clone"))
}
