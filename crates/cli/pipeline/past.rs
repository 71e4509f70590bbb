//! What was run before, as a claim or a record tells it.

use std::collections::{BTreeMap, BTreeSet};

use resow_executor::source::Selection;
use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::host_fact::HostFact;
use resow_manifest::manifest::{IncludePattern, Resources};
use resow_manifest::trace::TraceDeclaration;
use resow_manifest::workspace_path::WorkspacePath;
use resow_verifier::claim::Claim;
use resow_verifier::outputs::OutputPolicy;
use resow_verifier::record::{IdentifiedPlan, Provenance, Record, RecordedImage};

use crate::exit_code::Exit;
use crate::failure::Failure;

/// What it takes to run it again.
pub(crate) struct Past {
    pub(crate) experiment: ExperimentName,
    pub(crate) provenance: Provenance,
    /// The inputs by name, and where they land.
    pub(crate) inputs: BTreeMap<String, WorkspacePath>,
    pub(crate) image: RecordedImage,
    pub(crate) resources: Resources,
    pub(crate) plan: IdentifiedPlan,
    pub(crate) policy: OutputPolicy,
    /// In what a host must be the same for the outputs to be compared.
    pub(crate) same: BTreeSet<HostFact>,
    /// What was traced: what runs again traces the same, so that the two can be compared.
    pub(crate) trace: Option<TraceDeclaration>,
}

impl From<&Claim> for Past {
    fn from(claim: &Claim) -> Self {
        Self {
            experiment: claim.experiment.clone(),
            provenance: claim.provenance.clone(),
            inputs: claim.inputs.clone(),
            image: claim.image.clone(),
            resources: claim.resources,
            plan: claim.plan.clone(),
            policy: claim.policy.clone(),
            same: claim.same.clone(),
            trace: claim.trace.as_ref().map(|trace| trace.declared.clone()),
        }
    }
}

impl From<&Record> for Past {
    fn from(record: &Record) -> Self {
        let inputs = record.inputs.iter();
        Self {
            experiment: record.experiment.clone(),
            provenance: record.provenance.clone(),
            inputs: inputs
                .map(|(name, input)| (name.clone(), input.at.clone()))
                .collect(),
            image: record.image.clone(),
            resources: record.resources,
            plan: record.plan.clone(),
            policy: record.policy.clone(),
            same: record.same.clone(),
            trace: record.trace.as_ref().map(|trace| trace.declared.clone()),
        }
    }
}

impl Past {
    /// What of a commit entered.
    pub(crate) fn selection(&self) -> Result<Selection, Failure> {
        let pattern = |text: &String| {
            let location = text.parse().ok();
            location.and_then(IncludePattern::new).ok_or_else(|| {
                Failure::new(
                    Exit::Damaged,
                    format!("`{text}` is no pattern of `include`"),
                )
            })
        };
        let include = self.provenance.include.iter().map(pattern);
        Ok(Selection {
            include: include.collect::<Result<_, _>>()?,
            exclude: self.plan.plan().inputs.keys().cloned().collect(),
        })
    }
}
