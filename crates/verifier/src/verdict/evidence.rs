//! What a rerun is compared with: a claim, or a record.

use crate::claim::{Claim, ClaimedContents};
use crate::outputs::{OutputPolicy, Outputs};
use crate::record::{IdentifiedPlan, Record};

/// What is expected, and how it is compared.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The plan.
    pub plan: &'a IdentifiedPlan,
    /// The policy that the evidence was made with; it alone decides.
    pub policy: &'a OutputPolicy,
    /// The outputs.
    pub outputs: &'a Outputs,
    /// What a claim holds of contents itself; `None` for a record, whose outputs are in the store.
    pub contents: Option<&'a ClaimedContents>,
}

impl Claim {
    /// The claim as what is expected.
    pub fn evidence(&self) -> Evidence<'_> {
        Evidence {
            plan: &self.plan,
            policy: &self.policy,
            outputs: &self.outputs,
            contents: Some(&self.contents),
        }
    }
}

impl Record {
    /// The record as what is expected; the caller sees to it that it is one of a success.
    pub fn evidence(&self) -> Evidence<'_> {
        Evidence {
            plan: &self.plan,
            policy: &self.policy,
            outputs: &self.outputs,
            contents: None,
        }
    }
}
