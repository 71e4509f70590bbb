//! A comparison for people, readable at 80 columns.

use resow_manifest::plan::PlanDifference;
use resow_verifier::difference::Agreement;
use resow_verifier::trace::TraceFinding;
use resow_verifier::verdict::{Finding, Grade, OutputVerdict};
use serde_json::Value;

use super::facts::FactDifference;
use super::side::Side;
use crate::pipeline::verification::{cells, side as plan_side};
use crate::report::table::table;
use crate::report::terminal::{bad, good, visible};
use crate::report::{differences, trace};

/// How many facts of a kind are shown.
const MOST_FACTS: usize = 10;

/// All that is told of two sides, which have so many outputs besides that are the same.
pub(super) fn text(
    sides: [&Side; 2],
    plans: &[PlanDifference],
    outputs: &[OutputVerdict],
    same: usize,
    [host, seeding]: [&[FactDifference]; 2],
    found_in_traces: Option<&TraceFinding>,
) -> String {
    let mut lines: Vec<_> = plans
        .iter()
        .map(|difference| {
            format!(
                "plan: {}: {} left, {} right",
                visible(&difference.field),
                plan_side(difference.left.as_deref()),
                plan_side(difference.right.as_deref())
            )
        })
        .collect();
    lines.extend(facts("host", host));
    lines.extend(facts("seeding", seeding));
    let shown = outputs
        .iter()
        .filter(|output| output.finding != Finding::Identical);
    let rows: Vec<_> = shown.clone().map(row).collect();
    if !rows.is_empty() {
        lines.push(table(&["output", "left", "right", "finding"], rows));
    }
    for output in shown {
        lines.extend(details(output));
    }
    if let Some(found) = found_in_traces {
        lines.extend(trace::finding(found, ["left", "right"]));
    }
    lines.push(summary(sides, outputs, same));
    lines.join("\n")
}

fn facts(kind: &str, differences: &[FactDifference]) -> Vec<String> {
    let mut lines: Vec<_> = differences
        .iter()
        .take(MOST_FACTS)
        .map(|one| {
            format!(
                "{kind}: {}: {} left, {} right",
                visible(&one.field),
                fact(&one.left),
                fact(&one.right)
            )
        })
        .collect();
    if differences.len() > MOST_FACTS {
        lines.push(format!(
            "{kind}: and {} more; `--json` has all",
            differences.len() - MOST_FACTS
        ));
    }
    lines
}

fn fact(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => visible(text),
        other => visible(&other.to_string()),
    }
}

fn details(output: &OutputVerdict) -> Vec<String> {
    let name = output.name.to_string();
    match (&output.comparison, &output.finding) {
        (Some(comparison), _) => differences::lines(&name, comparison),
        (None, Finding::Different | Finding::Unexamined) => vec![format!(
            "{}: the bytes are not in the store, so where they differ cannot be said",
            visible(&name)
        )],
        (None, _) => Vec::new(),
    }
}

fn summary([left, right]: [&Side; 2], outputs: &[OutputVerdict], same: usize) -> String {
    let grades = || outputs.iter().filter_map(|output| output.finding.grade());
    let different = grades().filter(|grade| *grade != Grade::Identical).count();
    let worst = grades().max().unwrap_or(Grade::Identical);
    let word = worst.to_string();
    let word = if worst == Grade::Different {
        bad(&word)
    } else {
        good(&word)
    };
    format!(
        "{word}: {different} of {} outputs differ between {} and {}",
        outputs.len() + same,
        visible(&left.name),
        visible(&right.name)
    )
}

fn row(verdict: &OutputVerdict) -> Vec<String> {
    let agreement = verdict.comparison.as_ref().map(|one| one.agreement);
    let word = match &verdict.finding {
        Finding::Identical => "identical".to_owned(),
        Finding::Equivalent => "equivalent".to_owned(),
        Finding::WithinTolerance { .. } => "within tolerance".to_owned(),
        Finding::Different if agreement == Some(Agreement::Equivalent) => {
            "other bytes, same content".to_owned()
        }
        Finding::Different | Finding::Unexamined => "different".to_owned(),
        Finding::KindChanged => "different kind".to_owned(),
        Finding::Missing => "only left".to_owned(),
        Finding::Extra => "only right".to_owned(),
        Finding::Renamed { from } => format!("renamed from {}", visible(&from.to_string())),
        Finding::NotCompared => "log, not compared".to_owned(),
    };
    cells(verdict, word)
}
