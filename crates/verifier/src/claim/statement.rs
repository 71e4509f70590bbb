//! The claim of an experiment.

use std::collections::BTreeMap;
use std::io;

use resow_manifest::comparator::{Comparator, ComparatorKind};
use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::manifest::{OutputRole, Resources};
use resow_manifest::workspace_path::WorkspacePath;
use serde::{Deserialize, Serialize};

use super::content::{ClaimedContent, ClaimedContents};
use super::error::ClaimError;
use crate::content::{ContentError, Source, digest_of};
use crate::outputs::{OutputName, OutputPolicy, Outputs};
use crate::record::{FormatVersion, IdentifiedPlan, Provenance, Record, RecordedImage};
use crate::verdict::Bytes;

/// "This plan gives these outputs, compared like this."
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The version of the format.
    pub version: FormatVersion,
    /// The experiment.
    pub experiment: ExperimentName,
    /// Where the code came from.
    pub provenance: Provenance,
    /// The inputs by name, and where they land; their digests are in the plan.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, WorkspacePath>,
    /// The image that was used.
    pub image: RecordedImage,
    /// The limits, as declared.
    pub resources: Resources,
    /// The plan.
    pub plan: IdentifiedPlan,
    /// How outputs are compared.
    pub policy: OutputPolicy,
    /// The outputs that are compared. Logs are not among them: they may differ each time.
    pub outputs: Outputs,
    /// What is held of the content of outputs that the policy compares by content.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub contents: ClaimedContents,
}

impl Claim {
    /// The claim that this record supports.
    ///
    /// # Errors
    /// When the record is of a run that failed.
    pub fn from_record(record: &Record) -> Result<Self, ClaimError> {
        if !record.is_success() {
            return Err(ClaimError::FailedRun {
                run: record.run.clone(),
                outcome: record.outcome.clone(),
                fault: record.faults.first().cloned(),
            });
        }
        let inputs = record.inputs.iter();
        let outputs = record.outputs.iter();
        Ok(Self {
            version: FormatVersion,
            experiment: record.experiment.clone(),
            provenance: record.provenance.clone(),
            inputs: inputs
                .map(|(name, input)| (name.clone(), input.at.clone()))
                .collect(),
            image: record.image.clone(),
            resources: record.resources,
            plan: record.plan.clone(),
            policy: record.policy.clone(),
            outputs: outputs
                .filter(|(_, entry)| entry.role == OutputRole::Result)
                .map(|(name, entry)| (name.clone(), entry.clone()))
                .collect(),
            contents: BTreeMap::new(),
        })
    }

    /// With what is to be held of the content of each output that is compared by content: the digest of the content, and
    /// small files as they are. Bytes that are not at hand are left out.
    ///
    /// # Errors
    /// When bytes are damaged or cannot be read.
    pub fn with_contents(mut self, bytes: &impl Bytes) -> io::Result<Self> {
        let policy = self.policy.matcher();
        let mut contents = ClaimedContents::new();
        for (name, entry) in &self.outputs {
            let comparator = policy.comparator(name);
            let by_content = comparator.filter(|one| one.kind != ComparatorKind::Bytes);
            let (Some(comparator), Some((digest, size))) = (by_content, entry.content.blob())
            else {
                continue;
            };
            if let Some(source) = bytes.source(&digest, size)? {
                contents.insert(name.clone(), content(name, &source, comparator)?);
            }
        }
        self.contents = contents;
        Ok(self)
    }
}

fn content(
    name: &OutputName,
    source: &Source,
    comparator: &Comparator,
) -> io::Result<ClaimedContent> {
    // What cannot be read as its format has no digest: it will be compared as bytes.
    let digest = digest_of(&name.to_string(), source, comparator).unwrap_or(None);
    let content = ClaimedContent::of_digest(digest);
    match source.read_all(ClaimedContent::MOST_BYTES) {
        Ok(bytes) => Ok(content.with_bytes(bytes)),
        Err(ContentError::Read(error)) => Err(error),
        Err(_) => Ok(content),
    }
}
