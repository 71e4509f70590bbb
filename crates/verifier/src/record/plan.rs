//! A plan with its identity, computed once.

use resow_manifest::identifiers::PlanId;
use resow_manifest::plan::Plan;
use serde::{Deserialize, Serialize};

/// A plan and its identity. Read from a file, the identity is computed anew and must be the one written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "WrittenPlan")]
pub struct IdentifiedPlan {
    id: PlanId,
    content: Plan,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPlan {
    id: PlanId,
    content: Plan,
}

/// Why a plan as written is not one.
#[derive(Debug, thiserror::Error)]
#[error("the plan's identity is `{computed}`, not `{written}` as written")]
struct PlanIdentityError {
    written: PlanId,
    computed: PlanId,
}

impl IdentifiedPlan {
    /// The identity.
    pub fn id(&self) -> PlanId {
        self.id
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.content
    }
}

impl From<Plan> for IdentifiedPlan {
    fn from(content: Plan) -> Self {
        let id = content.id();
        Self { id, content }
    }
}

impl TryFrom<WrittenPlan> for IdentifiedPlan {
    type Error = PlanIdentityError;

    fn try_from(written: WrittenPlan) -> Result<Self, PlanIdentityError> {
        let plan = Self::from(written.content);
        if plan.id == written.id {
            Ok(plan)
        } else {
            Err(PlanIdentityError {
                written: written.id,
                computed: plan.id,
            })
        }
    }
}
