//! The verdict on a rerun.

use std::fmt;

use resow_manifest::plan::PlanDifference;
use serde::Serialize;

use super::comparison::OutputVerdict;
use super::grade::Grade;
use crate::outputs::OutputName;
use crate::trace::TraceFinding;

/// The verdict on a rerun: how well it agrees as a whole, and all that led to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// The worst of all.
    pub grade: Grade,
    /// The share of the tolerance that is left where it was used most, 0 to 1; `None` where none was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// What differs in the plans and was accepted: `image`. Where it is not empty, the verdict is never a plain one.
    pub accepted: Vec<String>,
    /// Each field in which the plans differ, accepted or not.
    pub differences: Vec<PlanDifference>,
    /// What was found of each output, by name; empty where the plans are incomparable.
    pub outputs: Vec<OutputVerdict>,
    /// Outputs that the rerun's manifest declares a log though the evidence compares them. They were compared.
    pub loosened: Vec<OutputName>,
    /// Where the traces part; only where both runs have one. The grade is of the outputs alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceFinding>,
}

impl Verdict {
    /// Whether nothing is held against the rerun.
    pub fn is_agreement(&self) -> bool {
        self.grade <= Grade::WithinTolerance
    }
}

impl fmt::Display for Verdict {
    /// `identical`, `within tolerance, 37 % of it left`, or `identical, in spite of another image`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.grade.fmt(formatter)?;
        if let (Grade::WithinTolerance, Some(margin)) = (self.grade, self.margin) {
            // Rounded down: what is left is never made to look more.
            write!(formatter, ", {} % of it left", (margin * 100.0).floor())?;
        }
        if let [first, rest @ ..] = self.accepted.as_slice() {
            write!(formatter, ", in spite of another {first}")?;
            for other in rest {
                write!(formatter, " and another {other}")?;
            }
        }
        Ok(())
    }
}
