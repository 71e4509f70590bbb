//! A cause for people: what it is, and what pins it.

use resow_manifest::conditions::Factor;
use resow_verifier::diagnosis::{Cause, Diagnosis, FactorFinding, Pin};

use crate::report::lines::Lines;
use crate::report::terminal::visible;

/// Tells what a cause is, and whether the plan pins it.
pub(super) fn tell_cause(lines: &mut Lines, diagnosis: &Diagnosis, cause: &Cause) {
    let pinning = |factor: &Factor| diagnosis.factors.get(factor).map(pinned);
    let (what, besides) = match cause {
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
            (
                format!("{factor}: held {held}, changed to {changed}{with}"),
                pinning(factor).into_iter().collect(),
            )
        }
        Cause::Race { under, without, .. } => (
            "race: which thread or process is first".to_owned(),
            race(under.as_deref(), without.as_deref()),
        ),
        Cause::Unseeded { what, .. } => (
            "unseeded randomness, though everything is held:".to_owned(),
            what.clone(),
        ),
        Cause::Together { factors, .. } => {
            let pinned = factors
                .iter()
                .filter_map(|factor| Some(format!("{factor}: {}", pinning(factor)?)));
            (
                format!("{}, and none of them alone", cause.name()),
                pinned.collect(),
            )
        }
    };
    lines.say(format!("  {}", visible(&what)));
    for text in besides {
        lines.say(format!("    {}", visible(&text)));
    }
}

/// Under what a race is seen, without what it is not, and what makes it rarer.
fn race(under: Option<&str>, without: Option<&str>) -> Vec<String> {
    let mut told: Vec<_> = under
        .map(|under| format!("seen under {under}"))
        .into_iter()
        .collect();
    match without {
        Some(without) => told.push(format!("not seen with {without}")),
        None if under.is_none() => {
            told.push("it changes though everything is held that can be".to_owned());
        }
        None => {}
    }
    told.push("the plan leaves it to the host; `threads = 1` in `[determinism]` and `cpus = 1` in `[resources]` make it rarer".to_owned());
    told
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
