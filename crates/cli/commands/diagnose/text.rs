//! A diagnosis for people: what was found of each output, what each factor did, readable at 80 columns.

use resow_manifest::conditions::{Acted, Factor};
use resow_manifest::experiment_name::ExperimentName;
use resow_verifier::diagnosis::{
    Cause, Diagnosis, Evidence, FactorFinding, OutputFinding, Pin, Reruns, SeedEffect, Tested,
};
use resow_verifier::outputs::OutputName;

use super::fields::comparison;
use super::laboratory::Laboratory;
use super::{Course, runs};
use crate::failure::Failure;
use crate::report::differences;
use crate::report::lines::Lines;
use crate::report::sides::Sides;
use crate::report::table::table;
use crate::report::terminal::{bad, doubtful, good, visible};
use crate::report::wrapping::fit;

/// How many lines of one comparison are shown; JSON has all of it.
const MOST_LINES: usize = 6;
/// How many outputs have their causes explained.
const MOST_OUTPUTS: usize = 10;

/// All that is told of a diagnosis.
pub(super) fn text(
    name: &ExperimentName,
    laboratory: &Laboratory<'_>,
    course: &Course,
) -> Result<String, Failure> {
    let diagnosis = &course.diagnosis;
    if let Some(failed) = diagnosis.failed {
        return Ok(failure(name, course, failed));
    }
    let mut lines = Vec::new();
    if !diagnosis.factors.is_empty() {
        let factors = diagnosis.factors.iter();
        lines.push(table(
            &["factor", "acted", "changes"],
            factors.map(|(factor, finding)| factor_row(diagnosis, *factor, finding)),
        ));
        lines.extend(evidence(diagnosis));
        lines.push(String::new());
    }
    for (number, (output, finding)) in diagnosis.outputs.iter().enumerate() {
        let is_explained = number < MOST_OUTPUTS;
        lines.extend(output_lines(
            laboratory,
            course,
            output,
            finding,
            is_explained,
        )?);
    }
    lines.extend(remarks(course));
    lines.push(summary(name, course));
    Ok(lines.join("\n"))
}

fn failure(name: &ExperimentName, course: &Course, failed: usize) -> String {
    let mut lines = vec![format!("{name}: {}", bad("the run fails as it is"))];
    if let Some(run) = course.observations.get(failed) {
        if !run.outcome.is_success() {
            lines.push(format!("  the run: {}", visible(&run.outcome.to_string())));
        }
        let faults = run.faults.iter();
        lines.extend(faults.map(|fault| format!("  {}", visible(&fault.to_string()))));
    }
    lines.push(format!(
        "  `resow run {name}` shows what it prints; then diagnose with `--fresh`"
    ));
    lines.join("\n")
}

fn factor_row(diagnosis: &Diagnosis, factor: Factor, finding: &FactorFinding) -> Vec<String> {
    let acted = match (&finding.tested, &finding.acted) {
        (Tested::No { .. }, _) => doubtful("not tested"),
        (Tested::NotYet, _) => "not yet".to_owned(),
        (Tested::Yes, Some(Acted::Yes { .. })) => "acted".to_owned(),
        (Tested::Yes, Some(Acted::NotSeen { .. })) => "not seen".to_owned(),
        (Tested::Yes, Some(Acted::Unknown { .. }) | None) => "could not tell".to_owned(),
    };
    let is_it = |cause: &Cause| match cause {
        Cause::Factor { factor: found, .. } => *found == factor,
        Cause::Together { factors, .. } => factors.contains(&factor),
        _ => false,
    };
    let changed: Vec<_> = diagnosis
        .outputs
        .iter()
        .filter(|(_, output)| output.causes.iter().any(is_it))
        .map(|(name, _)| visible(&name.to_string()))
        .collect();
    let mut outputs = diagnosis.outputs.values();
    let is_untold = outputs.any(|output| output.through_addresses.contains(&factor));
    let changes = match (finding.failed, changed.as_slice()) {
        (Some(_), _) => bad("the run fails"),
        (None, []) if is_untold => doubtful("not told apart"),
        (None, []) => "nothing".to_owned(),
        (None, [one]) => bad(one),
        (None, many) => bad(&format!("{} outputs", many.len())),
    };
    let changes = if finding.tested == Tested::Yes {
        changes
    } else {
        "-".to_owned()
    };
    vec![factor.to_string(), acted, changes]
}

/// What shows that factors acted, or why that cannot be told.
fn evidence(diagnosis: &Diagnosis) -> Vec<String> {
    let factors = diagnosis.factors.iter();
    factors
        .filter_map(|(factor, finding)| {
            let text = match (&finding.tested, &finding.acted) {
                (Tested::No { reason }, _) => format!("not tested: {reason}"),
                (_, Some(Acted::Yes { evidence })) => format!("acted: {evidence}"),
                (_, Some(Acted::NotSeen { evidence })) => format!("not seen: {evidence}"),
                (_, Some(Acted::Unknown { reason })) => format!("could not tell: {reason}"),
                (Tested::Yes, None) => "could not tell".to_owned(),
                (Tested::NotYet, None) => return None,
            };
            Some(fit(&format!("  {factor}: {}", visible(&text))))
        })
        .collect()
}

fn output_lines(
    laboratory: &Laboratory<'_>,
    course: &Course,
    output: &OutputName,
    finding: &OutputFinding,
    is_explained: bool,
) -> Result<Vec<String>, Failure> {
    let name = visible(&output.to_string());
    let reruns = match finding.reruns {
        Reruns::Same => "plain reruns give the same",
        Reruns::Differ => "plain reruns differ",
    };
    let names: Vec<_> = finding.causes.iter().map(Cause::name).collect();
    let found = match names.as_slice() {
        [] if finding.is_unchanged() => {
            let observed = course.observations.len();
            good(&format!(
                "stable (not observed to change in {})",
                runs(observed)
            ))
        }
        [] if !course.is_whole => doubtful("what changes it was not looked for to the end"),
        [] => doubtful("what changes it was not found"),
        names => bad(&format!("changed by {}", names.join(", "))),
    };
    let mut lines = vec![fit(&format!("{name}: {found}; {reruns}"))];
    if finding.seed == SeedEffect::None {
        lines.push(format!(
            "  {}: no other seed that was tried changes it",
            doubtful("seed")
        ));
    }
    if !finding.through_addresses.is_empty() {
        let names = finding.through_addresses.iter().map(|factor| factor.name());
        let names: Vec<_> = names.collect();
        let text = format!(
            "  changed too by {}, which cannot be told from the address layout: it moves what lies in memory",
            names.join(", ")
        );
        lines.push(fit(&text));
    }
    if !is_explained {
        return Ok(lines);
    }
    for cause in &finding.causes {
        lines.extend(cause_lines(&course.diagnosis, cause));
        lines.extend(far_apart(laboratory, course, output, cause.evidence())?);
    }
    if let Some(evidence) = finding.unexplained {
        lines.push("  two runs that differ:".to_owned());
        lines.extend(far_apart(laboratory, course, output, evidence)?);
    }
    Ok(lines)
}

/// How far an output is from itself in two runs.
fn far_apart(
    laboratory: &Laboratory<'_>,
    course: &Course,
    output: &OutputName,
    evidence: Evidence,
) -> Result<Vec<String>, Failure> {
    let Some(comparison) = comparison(laboratory, course, output, evidence)? else {
        let text = "      how far: the outputs of these runs were not kept, or one has none";
        return Ok(vec![text.to_owned()]);
    };
    // The first line has the output's name, which was said.
    let name = visible(&output.to_string());
    let mut far = Lines::of(Sides::CONDITIONS);
    far.within(6, |far| differences::tell(far, &name, &comparison));
    let mut lines = far.into_lines();
    let more = lines.len().saturating_sub(MOST_LINES);
    lines.truncate(MOST_LINES);
    if more > 0 {
        lines.push(format!("        and {more} more lines; `--json` has all"));
    }
    Ok(lines)
}

fn cause_lines(diagnosis: &Diagnosis, cause: &Cause) -> Vec<String> {
    let mut lines = Vec::new();
    let mut say = |text: String, indent: usize| {
        lines.push(fit(&format!("{}{text}", " ".repeat(indent))));
    };
    match cause {
        Cause::Factor {
            factor,
            held,
            changed,
            with,
            ..
        } => {
            let with = with
                .as_ref()
                .map_or_else(String::new, |with| format!(" (with {with})"));
            say(
                visible(&format!(
                    "{factor}: held {held}, changed to {changed}{with}"
                )),
                2,
            );
            if let Some(finding) = diagnosis.factors.get(factor) {
                say(pinned(finding), 4);
            }
        }
        Cause::Race { under, without, .. } => {
            say("race: which thread or process is first".to_owned(), 2);
            if let Some(under) = under {
                say(visible(&format!("seen under {under}")), 4);
            }
            match without {
                Some(without) => say(format!("not seen with {without}"), 4),
                None if under.is_none() => say(
                    "it changes though everything is held that can be".to_owned(),
                    4,
                ),
                None => {}
            }
            say(
                "the plan leaves it to the host; `threads = 1` in `[determinism]` and `cpus = 1` in `[resources]` make it rarer"
                    .to_owned(),
                4,
            );
        }
        Cause::Unseeded { what, .. } => {
            say(
                "unseeded randomness, though everything is held:".to_owned(),
                2,
            );
            for what in what {
                say(visible(what), 4);
            }
        }
        Cause::Together { factors, .. } => {
            say(format!("{}, and none of them alone", cause.name()), 2);
            for factor in factors {
                if let Some(finding) = diagnosis.factors.get(factor) {
                    say(format!("{factor}: {}", pinned(finding)), 4);
                }
            }
        }
    }
    lines
}

fn pinned(finding: &FactorFinding) -> String {
    let by = match finding.pinning.by {
        Pin::Plan => "the plan pins it",
        Pin::Always => "every run of resow pins it",
        Pin::Host => "the plan leaves it to the host",
    };
    match &finding.pinning.advice {
        Some(advice) => format!("{by}; {advice}"),
        None => by.to_owned(),
    }
}

fn remarks(course: &Course) -> Vec<String> {
    let diagnosis = &course.diagnosis;
    let outcome = |number: &usize| {
        let run = course.observations.get(*number);
        run.map_or_else(String::new, |run| {
            let faults = run.faults.iter().map(ToString::to_string);
            let all: Vec<_> = std::iter::once(run.outcome.to_string())
                .chain(faults)
                .collect();
            visible(&all.join(", "))
        })
    };
    let mut lines = Vec::new();
    for (what, number) in &diagnosis.not_held {
        lines.push(fit(&format!(
            "the run fails with {what} ({})",
            outcome(number)
        )));
    }
    for (factor, number) in diagnosis.failing() {
        let values = diagnosis
            .factors
            .get(&factor)
            .map(|finding| finding.varied.join(" or "));
        lines.push(fit(&visible(&format!(
            "the run fails with another {factor}: {} ({})",
            values.unwrap_or_default(),
            outcome(&number)
        ))));
    }
    if diagnosis.base.is_none() && course.is_whole {
        lines.push("nothing could be held: what changes outputs cannot be told".to_owned());
    }
    lines
}

fn summary(name: &ExperimentName, course: &Course) -> String {
    let diagnosis = &course.diagnosis;
    let made = runs(course.observations.len());
    let changing = diagnosis
        .outputs
        .values()
        .filter(|output| !output.is_unchanged())
        .count();
    let all = diagnosis.outputs.len();
    let stable = if changing > 0 {
        bad(&format!("{changing} of {all} outputs change"))
    } else if diagnosis.is_seedless() {
        doubtful("no change observed, and no seed changes anything")
    } else {
        good("no change observed")
    };
    if course.is_whole {
        format!("{name}: {stable} ({made})")
    } else {
        format!(
            "{name}: {stable} so far ({made}); the budget is spent, `resow diagnose {name}` goes on"
        )
    }
}
