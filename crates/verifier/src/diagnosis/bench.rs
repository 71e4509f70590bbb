//! Where the experiment is made: the plan, and what of the host bounds what can be set.

use resow_manifest::plan::Plan;

/// The plan that is examined, and what of the host bounds what can be set.
#[derive(Clone, Debug)]
pub struct Bench {
    /// The plan.
    pub plan: Plan,
    /// How many processors a run can have.
    pub processors: u32,
    /// The processor's features, as Linux names them.
    pub features: Vec<String>,
}
