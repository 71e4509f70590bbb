//! A diagnosis for programs.

use resow_manifest::experiment_name::ExperimentName;
use resow_verifier::diagnosis::Evidence;
use resow_verifier::difference::Comparison;
use resow_verifier::outputs::OutputName;
use serde_json::{Map, Value, json};

use super::Course;
use super::laboratory::Laboratory;
use crate::failure::Failure;

/// All that was observed and found.
pub(super) fn fields(
    name: &ExperimentName,
    laboratory: &Laboratory<'_>,
    course: &Course,
) -> Result<Value, Failure> {
    let diagnosis = &course.diagnosis;
    let mut outputs = Map::new();
    for (output, finding) in &diagnosis.outputs {
        let mut causes = Vec::new();
        for cause in &finding.causes {
            let mut object = json!(cause);
            object["name"] = json!(cause.name());
            object["comparison"] = json!(comparison(laboratory, course, output, cause.evidence())?);
            causes.push(object);
        }
        let mut unexplained = json!(finding.unexplained);
        if let Some(evidence) = finding.unexplained {
            unexplained["comparison"] = json!(comparison(laboratory, course, output, evidence)?);
        }
        let object = json!({ "reruns": finding.reruns, "seed": finding.seed, "causes": causes,
            "through_addresses": finding.through_addresses, "unexplained": unexplained });
        outputs.insert(output.to_string(), object);
    }
    let not_held = diagnosis.not_held.iter();
    Ok(json!({
        "experiment": name,
        "plan": laboratory.planned.plan.id(),
        "finished": course.is_whole,
        "failed": diagnosis.failed,
        "base": diagnosis.base,
        "not_held": not_held
            .map(|(what, run)| json!({ "what": what, "run": run }))
            .collect::<Vec<_>>(),
        "outputs": outputs,
        "factors": diagnosis.factors,
        "runs": course.observations,
    }))
}

/// How far an output is from itself in two runs; `None` where its bytes were not kept.
pub(super) fn comparison(
    laboratory: &Laboratory<'_>,
    course: &Course,
    output: &OutputName,
    evidence: Evidence,
) -> Result<Option<Comparison>, Failure> {
    let content = |number: usize| {
        let entry = course.observations.get(number)?.outputs.get(output)?;
        Some(&entry.content)
    };
    let (Some(held), Some(changed)) = (content(evidence.held), content(evidence.changed)) else {
        return Ok(None);
    };
    let (Some(held), Some(changed)) = (laboratory.kept(held)?, laboratory.kept(changed)?) else {
        return Ok(None);
    };
    laboratory.compare(output, &held, &changed).map(Some)
}
