//! From evidence and a rerun to a verdict.

use resow_manifest::manifest::OutputRole;
use resow_manifest::plan::{Plan, PlanDifference};

use super::comparison::{Finding, compare};
use super::evidence::Evidence;
use super::examination::{Bytes, ExaminationError, examine};
use super::grade::Grade;
use super::overall::Verdict;
use crate::claim::ClaimedContents;
use crate::record::Record;
use crate::trace::examine_traces;

/// In which fields plans may differ and be compared all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Acceptance {
    /// Another image of the same architecture.
    pub image: bool,
}

/// Judges the rerun `got` by `expected`, whose bytes and whose own are had from `bytes` where they differ.
///
/// # Errors
/// When bytes that are at hand are damaged or cannot be read.
pub fn judge(
    expected: &Evidence<'_>,
    got: &Record,
    acceptance: Acceptance,
    bytes: &impl Bytes,
) -> Result<Verdict, ExaminationError> {
    let (left, right) = (expected.plan.plan(), got.plan.plan());
    let same = expected.plan.id() == got.plan.id();
    let accepted = !same && acceptance.image && same_but_for_image(left, right);
    let demanded = demanded_facts(expected, got);
    let comparable = (same || accepted) && demanded.is_empty();
    let mut outputs = if comparable {
        compare(expected.outputs, expected.policy, &got.outputs)
    } else {
        Vec::new()
    };
    let none = ClaimedContents::new();
    let claimed = expected.contents.unwrap_or(&none);
    examine(&mut outputs, expected.policy, None, claimed, bytes)?;
    let grades = outputs.iter().filter_map(|output| output.finding.grade());
    let grade = if !got.is_success() {
        Grade::Failed
    } else if comparable {
        // Where nothing is compared, nothing is known.
        grades.max().unwrap_or(Grade::Incomparable)
    } else {
        Grade::Incomparable
    };
    let loosened = outputs
        .iter()
        .filter(|output| output.finding != Finding::NotCompared)
        .filter(|output| {
            let got = output.got.as_ref();
            got.is_some_and(|entry| entry.role == OutputRole::Log)
        })
        .map(|output| output.name.clone())
        .collect();
    let used = outputs.iter().filter_map(|output| match output.finding {
        Finding::WithinTolerance { used } => Some(used),
        _ => None,
    });
    let mut differences = if same {
        Vec::new()
    } else {
        left.differences(right)
    };
    differences.extend(demanded);
    Ok(Verdict {
        grade,
        margin: used.max_by(f64::total_cmp).map(|used| 1.0 - used),
        accepted: if accepted {
            vec!["image".to_owned()]
        } else {
            Vec::new()
        },
        differences,
        outputs,
        loosened,
        trace: match (expected.trace, &got.trace) {
            (Some(left), Some(right)) if comparable => Some(
                examine_traces(left, right.evidence(), bytes)
                    .map_err(ExaminationError::of_trace)?,
            ),
            _ => None,
        },
    })
}

/// The facts that the evidence demands to be the same and that are not, each as `host.gpu.model`.
fn demanded_facts(expected: &Evidence<'_>, got: &Record) -> Vec<PlanDifference> {
    let Some(host) = expected.host else {
        return Vec::new();
    };
    let facts = expected.same.iter().map(|fact| PlanDifference {
        field: format!("host.{fact}"),
        left: Some(fact.of(host)),
        right: Some(fact.of(&got.host)),
    });
    facts.filter(|fact| fact.left != fact.right).collect()
}

/// Whether the plans are equal once both have one image. Identities are compared, not written forms: the number 1 and
/// the text `1` are written alike.
fn same_but_for_image(left: &Plan, right: &Plan) -> bool {
    let mut adapted = right.clone();
    adapted.image.chain = left.image.chain;
    adapted.image.environment = left.image.environment.clone();
    adapted.id() == left.id()
}
