//! The trace of a run, as its record names it.

use resow_manifest::digest::Sha256Digest;
use resow_manifest::trace::TraceDeclaration;
use serde::{Deserialize, Serialize};

use super::survey::TraceSurvey;

/// The trace of a run; its bytes are in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedTrace {
    /// What was to be traced.
    pub declared: TraceDeclaration,
    /// The digest of its bytes.
    pub digest: Sha256Digest,
    /// How many bytes.
    pub size: u64,
    /// How many steps: of the process that has most.
    pub steps: u64,
    /// How many processes wrote any.
    pub processes: u64,
    /// How many of its lines are none that can be understood.
    pub malformed: u64,
    /// What could not be traced.
    pub faults: Vec<String>,
    /// Whether more was written than is kept or told apart.
    pub truncated: bool,
}

impl RecordedTrace {
    /// The trace of these bytes, of which `is_cut` says whether they are not all that was written.
    pub fn new(
        declared: TraceDeclaration,
        (digest, size): (Sha256Digest, u64),
        survey: TraceSurvey,
        is_cut: bool,
    ) -> Self {
        Self {
            declared,
            digest,
            size,
            steps: survey.steps,
            processes: survey.processes,
            malformed: survey.malformed,
            faults: survey.faults,
            truncated: is_cut || survey.is_cut,
        }
    }
}
