//! The record of a run.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use resow_manifest::digest::Sha256Digest;
use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::host::Host;
use resow_manifest::host_fact::HostFact;
use resow_manifest::identifiers::{CommitId, RunId};
use resow_manifest::isolation::Isolation;
use resow_manifest::manifest::Resources;
use resow_manifest::outcome::{Outcome, RunFault};
use resow_manifest::seeding_report::SeedingReport;
use serde::{Deserialize, Serialize};

use super::image::RecordedImage;
use super::input::RecordedInput;
use super::plan::IdentifiedPlan;
use super::version::FormatVersion;
use crate::outputs::{CappedList, OutputPolicy, Outputs};
use crate::trace::RecordedTrace;

/// The facts of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The version of the format.
    pub version: FormatVersion,
    /// The run.
    pub run: RunId,
    /// The version of resow that ran it.
    pub resow: String,
    /// The experiment.
    pub experiment: ExperimentName,
    /// When the command was started, or should have been.
    pub started: Timestamp,
    /// When it had ended.
    pub ended: Timestamp,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it is a failure all the same.
    pub faults: Vec<RunFault>,
    /// Where the code came from.
    pub provenance: Provenance,
    /// What was run.
    pub plan: IdentifiedPlan,
    /// In which image.
    pub image: RecordedImage,
    /// Under which limits, as declared.
    pub resources: Resources,
    /// The inputs by name.
    pub inputs: BTreeMap<String, RecordedInput>,
    /// What was declared of the outputs.
    pub policy: OutputPolicy,
    /// In what a host must be the same for the outputs to be compared.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub same: BTreeSet<HostFact>,
    /// The outputs.
    pub outputs: Outputs,
    /// What the command printed.
    pub stdout: RecordedStream,
    /// What it printed as errors.
    pub stderr: RecordedStream,
    /// What else it did in its workspace.
    pub workspace: WorkspaceReport,
    /// What was in force, as read back; none where the run never started.
    pub isolation: Option<Isolation>,
    /// What the run said of its own seeding.
    pub seeding: SeedingReport,
    /// What it traced; `None` where it was told to trace nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<RecordedTrace>,
    /// Where it ran.
    pub host: Host,
}

/// Where the code of a run came from. Nothing of it acts on the bits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The commit.
    pub commit: Option<CommitId>,
    /// Whether that commit is a snapshot of changes that were not committed.
    pub snapshot: bool,
    /// The patterns of `[source] include`, as written.
    pub include: Vec<String>,
}

/// What a command printed to one of its streams; the bytes are in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedStream {
    /// The digest of the bytes.
    pub digest: Sha256Digest,
    /// How many bytes.
    pub size: u64,
}

/// What a run did in its workspace besides its outputs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceReport {
    /// Files that it made and nobody declared.
    pub undeclared: CappedList,
    /// Source files that it changed.
    pub changed: CappedList,
    /// Source files that it deleted.
    pub deleted: CappedList,
}

impl Record {
    /// Whether the command ended with exit code 0 and nothing is held against the run.
    pub fn is_success(&self) -> bool {
        self.outcome.is_success() && self.faults.is_empty()
    }

    /// Whether it is a success that stands for its plan: not of a machine that was told to seem a lesser one.
    pub fn is_evidence(&self) -> bool {
        self.is_success() && self.host.as_if.is_none()
    }

    /// Every digest that the record names and the store should have, with its size.
    pub fn blobs(&self) -> BTreeMap<Sha256Digest, u64> {
        let files = self
            .outputs
            .values()
            .filter_map(|entry| entry.content.blob());
        let streams = [self.stdout, self.stderr];
        let trace = self.trace.as_ref();
        files
            .chain(trace.map(|trace| (trace.digest, trace.size)))
            .chain(streams.map(|stream| (stream.digest, stream.size)))
            .collect()
    }
}
