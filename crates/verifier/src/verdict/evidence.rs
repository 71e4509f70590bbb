//! What a rerun is compared with: a claim, or a record.

use std::collections::BTreeSet;

use resow_manifest::host::Host;
use resow_manifest::host_fact::HostFact;
use resow_manifest::seeding_report::{LibraryUse, SeedingReport};

use crate::claim::{Claim, ClaimedContents};
use crate::outputs::{OutputPolicy, Outputs};
use crate::record::{IdentifiedPlan, Record};
use crate::trace::{HeldTrace, RecordedTrace, TraceEvidence};

/// What is expected, and how it is compared.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The plan.
    pub plan: &'a IdentifiedPlan,
    /// The policy that the evidence was made with; it alone decides.
    pub policy: &'a OutputPolicy,
    /// In what a host must be the same.
    pub same: &'a BTreeSet<HostFact>,
    /// The outputs.
    pub outputs: &'a Outputs,
    /// What a claim holds of contents itself; `None` for a record, whose outputs are in the store.
    pub contents: Option<&'a ClaimedContents>,
    /// Where it was run, where that is known.
    pub host: Option<&'a Host>,
    /// What libraries said that they use there.
    pub uses: &'a [LibraryUse],
    /// What the run said of its seeding; `None` for a claim.
    pub seeding: Option<&'a SeedingReport>,
    /// The trace, where there is one.
    pub trace: Option<TraceEvidence<'a>>,
}

impl Claim {
    /// The claim as what is expected.
    pub fn evidence(&self) -> Evidence<'_> {
        Evidence {
            plan: &self.plan,
            policy: &self.policy,
            same: &self.same,
            outputs: &self.outputs,
            contents: Some(&self.contents),
            host: self.host.as_ref(),
            uses: &self.uses,
            seeding: None,
            trace: self.trace.as_ref().map(HeldTrace::evidence),
        }
    }
}

impl Record {
    /// The record as what is expected; the caller sees to it that it is one of a success.
    pub fn evidence(&self) -> Evidence<'_> {
        Evidence {
            plan: &self.plan,
            policy: &self.policy,
            same: &self.same,
            outputs: &self.outputs,
            contents: None,
            host: Some(&self.host),
            uses: &self.seeding.uses,
            seeding: Some(&self.seeding),
            trace: self.trace.as_ref().map(RecordedTrace::evidence),
        }
    }
}
