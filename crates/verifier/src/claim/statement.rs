//! The claim of an experiment.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use resow_manifest::comparator::{Comparator, ComparatorKind};
use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::host::Host;
use resow_manifest::host_fact::HostFact;
use resow_manifest::manifest::{OutputRole, Resources};
use resow_manifest::seeding_report::LibraryUse;
use resow_manifest::workspace_path::WorkspacePath;
use serde::{Deserialize, Serialize};

use super::content::{ClaimedContent, ClaimedContents};
use super::error::ClaimError;
use crate::content::{ContentError, Source, digest_with};
use crate::outputs::{OutputName, OutputPolicy, Outputs};
use crate::record::{FormatVersion, IdentifiedPlan, Provenance, Record, RecordedImage};
use crate::trace::HeldTrace;
use crate::verdict::Bytes;

/// "This plan gives these outputs, compared like this."
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The version of the format.
    pub version: FormatVersion,
    /// The experiment.
    pub experiment: ExperimentName,
    /// In what a host must be the same for the claim to hold there.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub same: BTreeSet<HostFact>,
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
    /// Where it was run; `None` in claims of a resow that did not write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<Host>,
    /// What libraries said that they use there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<LibraryUse>,
    /// What is held of the run's trace; `None` where it traced nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<HeldTrace>,
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
            same: record.same.clone(),
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
            host: Some(record.host.clone()),
            uses: record.seeding.uses.clone(),
            trace: None,
        })
    }

    /// With what is to be held of the trace of the record that it is made from.
    ///
    /// # Errors
    /// When the trace's bytes are damaged or cannot be read.
    pub fn with_trace(mut self, record: &Record, bytes: &impl Bytes) -> io::Result<Self> {
        if let Some(recorded) = &record.trace {
            let source = bytes.source(&recorded.digest, recorded.size)?;
            self.trace = Some(HeldTrace::new(recorded, source.as_ref())?);
        }
        Ok(self)
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
                contents.insert(name.clone(), content(name, &source, comparator, bytes)?);
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
    bytes: &impl Bytes,
) -> io::Result<ClaimedContent> {
    // What cannot be read as its format has no digest: it will be compared as bytes.
    let digest = digest_with(&name.to_string(), source, comparator, bytes.foreign());
    let digest = digest.unwrap_or(None);
    let content = ClaimedContent::of_digest(digest);
    match source.read_all(ClaimedContent::MOST_BYTES) {
        Ok(bytes) => Ok(content.with_bytes(bytes)),
        Err(ContentError::Read(error)) => Err(error),
        Err(_) => Ok(content),
    }
}
