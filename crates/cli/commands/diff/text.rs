//! A comparison for people.

use resow_verifier::verdict::{Finding, Grade};
use serde_json::Value;

use super::comparison::Comparison;
use super::facts::FactDifference;
use crate::pipeline::verification::side;
use crate::report::lines::Lines;
use crate::report::terminal::{bad, good, visible};
use crate::report::{outputs, trace};

/// Tells what was found of two sides, in full.
pub(super) fn tell(lines: &mut Lines, found: &Comparison) {
    lines.say_each(found.plans.iter(), |lines, difference| {
        lines.long_pair(
            &format!("plan: {}", visible(&difference.field)),
            side(difference.left.as_deref()),
            side(difference.right.as_deref()),
            "",
        );
    });
    tell_facts(lines, "host", &found.host);
    tell_facts(lines, "seeding", &found.seeding);
    let shown = found.outputs.iter();
    let shown = shown.filter(|output| output.finding != Finding::Identical);
    outputs::table(lines, shown, "finding");
    outputs::details(lines, &found.outputs);
    if let Some(names) = outputs::without_bytes(&found.outputs) {
        lines.say(format!(
            "{names}: the bytes are not in the store, so where they differ cannot be said"
        ));
    }
    if let Some(found) = &found.trace {
        trace::tell(lines, found);
    }
}

fn tell_facts(lines: &mut Lines, kind: &str, differences: &[FactDifference]) {
    lines.say_each(differences.iter(), |lines, one| {
        let field = format!("{kind}: {}", visible(&one.field));
        lines.long_pair(&field, &fact(&one.left), &fact(&one.right), "");
    });
}

fn fact(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// `different: 3 of 7 outputs differ between a and b, 1 holds the same in other bytes`.
pub(super) fn summary(found: &Comparison) -> String {
    let grade = found.grade();
    let word = match grade {
        Grade::Different => bad(&grade.to_string()),
        _ => good(&grade.to_string()),
    };
    let grades = found.outputs.iter().filter_map(|it| it.finding.grade());
    let grades: Vec<_> = grades.collect();
    let outputs = grades.len() + found.same;
    let all = match outputs {
        1 => "1 output".to_owned(),
        all => format!("{all} outputs"),
    };
    let count = |wanted: Grade| grades.iter().filter(|grade| **grade == wanted).count();
    let verb = |count: usize, verb: &'static str| match (count, outputs) {
        (1, _) | (_, 1) => format!("{verb}s"),
        _ => verb.to_owned(),
    };
    let (different, within) = (count(Grade::Different), count(Grade::WithinTolerance));
    let rewritten = count(Grade::Equivalent);
    let differ = format!("{different} of {all} {}", verb(different, "differ"));
    let vary = format!("{} within tolerance", verb(within, "differ"));
    let hold = format!("{} the same in other bytes", verb(rewritten, "hold"));
    let sides = format!("{} and {}", visible(&found.left), visible(&found.right));
    let mut text = match grade {
        Grade::WithinTolerance => format!("{word}: {within} of {all} {vary} between {sides}"),
        Grade::Equivalent => format!("{word}: {rewritten} of {all} {hold} in {sides}"),
        _ => format!("{word}: {differ} between {sides}"),
    };
    if grade > Grade::WithinTolerance && within > 0 {
        text.push_str(&format!(", {within} {vary}"));
    }
    if grade > Grade::Equivalent && rewritten > 0 {
        text.push_str(&format!(", {rewritten} {hold}"));
    }
    text
}
