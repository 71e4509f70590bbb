//! The claim of an experiment.

use std::collections::BTreeMap;

use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::manifest::{OutputRole, Resources};
use resow_manifest::workspace_path::WorkspacePath;
use serde::{Deserialize, Serialize};

use super::error::ClaimError;
use crate::outputs::{OutputPolicy, Outputs};
use crate::record::{FormatVersion, IdentifiedPlan, Provenance, Record, RecordedImage};

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
        })
    }
}
