//! Two sides, compared: their plans, outputs, hosts, seeding and traces.

use resow_manifest::comparator::{Comparator, ComparatorKind};
use resow_manifest::plan::PlanDifference;
use resow_verifier::trace::{TraceFinding, examine_traces};
use resow_verifier::verdict::{ExaminationError, Grade, OutputVerdict, compare, examine};
use serde_json::{Value, json};

use super::bytes::BothBytes;
use super::facts::FactDifference;
use super::side::{Side, take_streams};
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::foreign::WithReader;
use crate::project::Project;

/// What was found of two sides.
pub(super) struct Comparison {
    pub(super) left: String,
    pub(super) right: String,
    pub(super) plans: Vec<PlanDifference>,
    pub(super) outputs: Vec<OutputVerdict>,
    /// How many outputs are the same besides.
    pub(super) same: usize,
    pub(super) host: Vec<FactDifference>,
    pub(super) seeding: Vec<FactDifference>,
    pub(super) trace: Option<TraceFinding>,
}

impl Comparison {
    /// Compares two sides, which have so many outputs besides that are the same. Without a project, they are
    /// folders.
    pub(super) fn of(
        project: Option<&Project>,
        mut left: Side,
        mut right: Side,
        same: usize,
    ) -> Result<Self, Failure> {
        take_streams(project, &mut left, &right);
        take_streams(project, &mut right, &left);
        let plans = match (&left.plan, &right.plan) {
            (Some(left), Some(right)) => left.differences(right),
            _ => Vec::new(),
        };
        let policy = if left.is_folder() {
            &right.policy
        } else {
            &left.policy
        };
        let mut outputs = compare(&left.outputs, policy, &right.outputs);
        // Of two folders nothing says how they are compared: by what they hold, then.
        let by_content = Comparator::of(ComparatorKind::Auto);
        let undeclared = (left.is_folder() && right.is_folder()).then_some(&by_content);
        let bytes = BothBytes::of(project, [&left, &right]);
        let bytes = WithReader(&bytes);
        examine(&mut outputs, policy, undeclared, &left.contents, &bytes)?;
        let host = match (&left.host, &right.host) {
            (Some(left), Some(right)) => FactDifference::between(left, right),
            _ => Vec::new(),
        };
        // A claim holds of the seeding what libraries use, and no more.
        let seeding = match (&left.seeding, &right.seeding) {
            (Some(left), Some(right)) => FactDifference::between(left, right),
            _ if !left.uses.is_empty() && !right.uses.is_empty() => {
                let uses = |side: &Side| json!({ "uses": side.uses });
                FactDifference::between(&uses(&left), &uses(&right))
            }
            _ => Vec::new(),
        };
        let trace = match (left.trace(), right.trace()) {
            (Some(left), Some(right)) => Some(
                examine_traces(left, right, &bytes)
                    .map_err(|error| Failure::from(ExaminationError::of_trace(error)))?,
            ),
            _ => None,
        };
        Ok(Self {
            plans,
            outputs,
            same,
            host,
            seeding,
            trace,
            left: left.name,
            right: right.name,
        })
    }

    /// How well the outputs agree that are compared.
    pub(super) fn grade(&self) -> Grade {
        let grades = self.outputs.iter().filter_map(|it| it.finding.grade());
        grades.max().unwrap_or(Grade::Identical)
    }

    /// The exit code.
    pub(super) fn exit(&self) -> Exit {
        match self.grade() {
            Grade::Identical | Grade::Equivalent | Grade::WithinTolerance => Exit::Done,
            _ => Exit::Different,
        }
    }

    /// What was found, for programs.
    pub(super) fn fields(&self) -> Value {
        json!({
            "left": self.left,
            "right": self.right,
            "plans": self.plans,
            "outputs": self.outputs,
            "host": self.host,
            "seeding": self.seeding,
            "trace": self.trace,
        })
    }
}
