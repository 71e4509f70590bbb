//! A diagnosis for people: what was found of each output, what each factor did, readable at 80 columns.

use resow_manifest::conditions::{Acted, Factor};
use resow_manifest::experiment_name::ExperimentName;
use resow_verifier::diagnosis::{
    Cause, Diagnosis, Evidence, FactorFinding, OutputFinding, Purpose, Reruns, SeedEffect, Tested,
};
use resow_verifier::outputs::OutputName;

use super::causes::tell_cause;
use super::fields::comparison;
use super::laboratory::Laboratory;
use super::{Course, runs};
use crate::failure::Failure;
use crate::report::differences;
use crate::report::lines::Lines;
use crate::report::shortening::cut;
use crate::report::sides::Sides;
use crate::report::terminal::{bad, doubtful, good, visible};

/// How many lines of one comparison are shown; JSON has all of it.
const MOST_LINES: usize = 6;
/// How many outputs have their causes explained.
const MOST_OUTPUTS: usize = 10;
/// How many columns of an output's name stand in the table of factors.
const MOST_OF_A_NAME: usize = 34;

/// All that is told of a diagnosis.
pub(super) fn text(
    name: &ExperimentName,
    laboratory: &Laboratory<'_>,
    course: &Course,
) -> Result<String, Failure> {
    let diagnosis = &course.diagnosis;
    let mut lines = Lines::of(Sides::CONDITIONS);
    if let Some(failed) = diagnosis.failed {
        tell_failure(&mut lines, name, course, failed);
        return Ok(lines.into_text());
    }
    if !diagnosis.factors.is_empty() {
        let factors = diagnosis.factors.iter();
        let rows = factors.map(|(factor, finding)| factor_row(diagnosis, *factor, finding));
        lines.table(
            &["factor", "acted", "changes"],
            &rows.collect::<Vec<_>>(),
            0,
        );
        tell_evidence(&mut lines, diagnosis);
        lines.say("");
    }
    for (number, (output, finding)) in diagnosis.outputs.iter().enumerate() {
        tell_output(&mut lines, course, output, finding);
        if number < MOST_OUTPUTS {
            explain(&mut lines, laboratory, course, output, finding)?;
        }
    }
    tell_remarks(&mut lines, course);
    lines.say(summary(name, course));
    Ok(lines.into_text())
}

fn tell_failure(lines: &mut Lines, name: &ExperimentName, course: &Course, failed: usize) {
    lines.say(format!("{name}: {}", bad("the run fails as it is")));
    lines.within(2, |lines| {
        if let Some(run) = course.observations.get(failed) {
            if !run.outcome.is_success() {
                lines.say(format!("the run: {}", visible(&run.outcome.to_string())));
            }
            for fault in &run.faults {
                lines.say(visible(&fault.to_string()));
            }
        }
        lines.say(format!(
            "`resow run {name}` shows what it prints; then diagnose with `--fresh`"
        ));
    });
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
        .map(|(name, _)| cut(&name.to_string(), MOST_OF_A_NAME))
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
fn tell_evidence(lines: &mut Lines, diagnosis: &Diagnosis) {
    for (factor, finding) in &diagnosis.factors {
        let text = match (&finding.tested, &finding.acted) {
            (Tested::No { reason }, _) => format!("not tested: {reason}"),
            (_, Some(Acted::Yes { evidence })) => format!("acted: {evidence}"),
            (_, Some(Acted::NotSeen { evidence })) => format!("not seen: {evidence}"),
            (_, Some(Acted::Unknown { reason })) => format!("could not tell: {reason}"),
            (Tested::Yes, None) => "could not tell".to_owned(),
            (Tested::NotYet, None) => continue,
        };
        lines.say(format!("  {factor}: {}", visible(&text)));
    }
}

/// What was found of an output.
fn tell_output(lines: &mut Lines, course: &Course, output: &OutputName, finding: &OutputFinding) {
    let name = visible(&output.to_string());
    let reruns = match finding.reruns {
        Reruns::Same => "; plain reruns give the same",
        Reruns::Differ => "; plain reruns differ",
    };
    let names: Vec<_> = finding.causes.iter().map(Cause::name).collect();
    let (found, reruns) = match names.as_slice() {
        [] if finding.is_unchanged() => unchanged(course, reruns),
        [] if !course.is_whole => (
            doubtful("what changes it was not looked for to the end"),
            reruns,
        ),
        [] => (doubtful("what changes it was not found"), reruns),
        names => (bad(&format!("changed by {}", names.join(", "))), reruns),
    };
    lines.say(format!("{name}: {found}{reruns}"));
    lines.within(2, |lines| {
        if finding.seed == SeedEffect::None {
            lines.say(format!(
                "{}: no other seed that was tried changes it",
                doubtful("seed")
            ));
        }
        if !finding.through_addresses.is_empty() {
            let names = finding.through_addresses.iter().map(|factor| factor.name());
            let names: Vec<_> = names.collect();
            lines.say(format!(
                "changed too by {}, which cannot be told from the address layout: it moves what lies in memory",
                names.join(", ")
            ));
        }
    });
}

/// What is said of an output that no run changed, and what besides: it is stable only where something was tried.
fn unchanged<'a>(course: &Course, reruns: &'a str) -> (String, &'a str) {
    let observed = runs(course.observed().count());
    if !course.is_anything_set() {
        (
            doubtful(&format!("the same in {}", plain_and_held(course))),
            "",
        )
    } else if course.is_whole {
        let text = format!("stable (not observed to change in {observed})");
        (good(&text), reruns)
    } else {
        let text = format!("not observed to change in {observed} so far");
        (doubtful(&text), reruns)
    }
}

/// `3 plain runs and 2 with everything held; nothing was set otherwise yet`.
fn plain_and_held(course: &Course) -> String {
    let count = |purpose| {
        let observed = course.observed();
        observed.filter(|run| run.purpose == purpose).count()
    };
    // There are no outputs before there are several.
    let plain = count(Purpose::Rerun);
    let held = match count(Purpose::Held) {
        0 => String::new(),
        some => format!(" and {some} with everything held"),
    };
    let yet = if course.is_whole { "" } else { " yet" };
    format!("{plain} plain runs{held}; nothing was set otherwise{yet}")
}

/// Why an output changes, and how far.
fn explain(
    lines: &mut Lines,
    laboratory: &Laboratory<'_>,
    course: &Course,
    output: &OutputName,
    finding: &OutputFinding,
) -> Result<(), Failure> {
    for cause in &finding.causes {
        tell_cause(lines, &course.diagnosis, cause);
        tell_how_far(lines, laboratory, course, output, cause.evidence())?;
    }
    if let Some(evidence) = finding.unexplained {
        lines.say("  two runs that differ:");
        tell_how_far(lines, laboratory, course, output, evidence)?;
    }
    Ok(())
}

/// How far an output is from itself in two runs.
fn tell_how_far(
    lines: &mut Lines,
    laboratory: &Laboratory<'_>,
    course: &Course,
    output: &OutputName,
    evidence: Evidence,
) -> Result<(), Failure> {
    let Some(comparison) = comparison(laboratory, course, output, evidence)? else {
        lines.say("      how far: the outputs of these runs were not kept, or one has none");
        return Ok(());
    };
    let mut far = Lines::of(Sides::CONDITIONS);
    far.within(6, |far| {
        differences::tell(far, &output.to_string(), &comparison);
    });
    let far = far.into_lines();
    for line in far.iter().take(MOST_LINES) {
        lines.say(line);
    }
    match far.len().saturating_sub(MOST_LINES) {
        0 => {}
        1 => lines.say("        and 1 more line; `--json` has all"),
        more => lines.say(format!("        and {more} more lines; `--json` has all")),
    }
    Ok(())
}

/// What happened besides.
fn tell_remarks(lines: &mut Lines, course: &Course) {
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
    for (what, number) in &diagnosis.not_held {
        lines.say(format!("the run fails with {what} ({})", outcome(number)));
    }
    for (factor, number) in diagnosis.failing() {
        let values = diagnosis
            .factors
            .get(&factor)
            .map(|finding| finding.varied.join(" or "));
        lines.say(visible(&format!(
            "the run fails with another {factor}: {} ({})",
            values.unwrap_or_default(),
            outcome(&number)
        )));
    }
    if diagnosis.base.is_none() && course.is_whole {
        lines.say("nothing could be held: what changes outputs cannot be told");
    }
}

fn summary(name: &ExperimentName, course: &Course) -> String {
    let diagnosis = &course.diagnosis;
    let made = runs(course.observed().count());
    let outputs = diagnosis.outputs.values();
    let changing = outputs.filter(|output| !output.is_unchanged()).count();
    let found = match (changing, diagnosis.outputs.len()) {
        (0, _) if !course.is_anything_set() => doubtful("nothing was set otherwise"),
        (0, _) if diagnosis.is_seedless() => {
            doubtful("no change observed, and no seed changes anything")
        }
        (0, _) => good("no change observed"),
        (1, 1) => bad("1 of 1 output changes"),
        (1, all) => bad(&format!("1 of {all} outputs changes")),
        (changing, all) => bad(&format!("{changing} of {all} outputs change")),
    };
    let made = format!("{made} with the plan's seed");
    if course.is_whole {
        format!("{name}: {found} ({made})")
    } else {
        format!(
            "{name}: {found} so far ({made}); the budget is spent, `resow diagnose {name}` goes on"
        )
    }
}
