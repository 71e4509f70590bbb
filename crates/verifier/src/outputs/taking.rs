//! Outputs taken out of a workspace: gathered, hashed and stored in one pass.

use std::collections::BTreeMap;
use std::path::Path;

use resow_manifest::digest::Sha256Digest;
use resow_manifest::manifest::OutputRole;
use resow_manifest::outcome::RunFault;
use resow_manifest::output_location::OutputLocation;
use resow_manifest::workspace_path::WorkspacePath;

use super::capped::CappedList;
use super::entry::OutputEntry;
use super::gathering::{MadeFile, gather};
use super::name::OutputName;
use super::tree::{OutputPolicy, Outputs};
use crate::digesting::{BlobSink, Content, DigestError, DigestOptions, Refusal, digest_files};

/// What the command printed, hashed and stored by the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandardOutput {
    /// The digest of what it printed.
    pub digest: Sha256Digest,
    /// How many bytes.
    pub size: u64,
}

/// What a run made, as its record holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TakenOutputs {
    /// The outputs.
    pub outputs: Outputs,
    /// Declared outputs that are missing or refused.
    pub faults: Vec<RunFault>,
    /// What was made and not declared.
    pub undeclared: CappedList,
}

/// Takes the declared outputs among what was `made` beneath `root`.
///
/// # Errors
/// When the root cannot be read or the sink fails. An output that is missing or refused is a fault of the run.
pub fn take<S: BlobSink>(
    root: &Path,
    policy: &OutputPolicy,
    made: &[MadeFile],
    standard_output: StandardOutput,
    sink: &S,
    options: &DigestOptions,
) -> Result<TakenOutputs, DigestError<S::Error>> {
    let gathering = gather(policy, made);
    let roles: BTreeMap<WorkspacePath, OutputRole> = gathering
        .files
        .into_iter()
        .map(|file| (file.path, file.role))
        .collect();
    let paths: Vec<WorkspacePath> = roles.keys().cloned().collect();
    let digested = digest_files(root, &paths, sink, options)?;
    let mut outputs: Outputs = digested
        .files
        .into_iter()
        .filter_map(|file| {
            let role = *roles.get(&file.path)?;
            let name = OutputName::of_path(&file.path)?;
            let content = file.content;
            Some((name, OutputEntry { role, content }))
        })
        .collect();
    if let Some(rule) = policy.rules.get(&OutputLocation::StandardOutput) {
        let content = Content::File {
            digest: standard_output.digest,
            size: standard_output.size,
            executable: false,
        };
        let role = rule.role;
        outputs.insert(OutputName::StandardOutput, OutputEntry { role, content });
    }
    let mut faults = gathering.faults;
    faults.extend(digested.refused.into_iter().map(Refusal::into_fault));
    Ok(TakenOutputs {
        outputs,
        faults,
        undeclared: gathering.undeclared,
    })
}
