//! Traces: what a run traced, and where two of them part.

use resow_verifier::trace::{Parting, PartingPlace, ProcessName, RecordedTrace, TraceFinding};

use super::lines::Lines;
use super::terminal::{self, bad, good, visible};

/// How many partings, values and processes are shown of each; JSON has more.
const MOST: usize = 5;

/// How many characters are shown of what stands for a value.
const LONGEST_VALUE: usize = 24;

/// What a run traced, for `resow show`.
pub(crate) fn lines(trace: &RecordedTrace) -> Vec<String> {
    let processes = match trace.processes {
        0 | 1 => String::new(),
        count => format!(" of {count} processes"),
    };
    let mut lines = vec![
        format!(
            "trace       {}{processes} ({})",
            steps(trace.steps),
            trace.declared
        ),
        format!("  {}  {} bytes", trace.digest, trace.size),
    ];
    lines.extend(amiss(trace).into_iter().map(|line| format!("  {line}")));
    lines
}

/// Says, after a run, what is amiss with its trace.
pub(crate) fn warn(trace: Option<&RecordedTrace>) {
    let Some(trace) = trace else {
        return;
    };
    if trace.steps == 0 && trace.faults.is_empty() && trace.malformed == 0 {
        terminal::warning(
            "the manifest has `[trace]`, and nothing was traced",
            Some(
                "PyTorch's optimizers and Keras's `fit` are traced by themselves; other code calls `resow_trace.step`",
            ),
        );
    }
    for line in amiss(trace) {
        terminal::warning(&line, None);
    }
}

/// Tells what is found of two traces; nothing where there is nothing to say.
pub(crate) fn tell(lines: &mut Lines, finding: &TraceFinding) {
    match finding {
        TraceFinding::Agree { steps: 0, .. } => {}
        TraceFinding::Agree {
            steps: count,
            is_whole,
        } => {
            let all = if *is_whole {
                format!("in {}", all(*count))
            } else {
                format!("in {}, and were cut off there", steps(*count))
            };
            lines.say(format!("the traces {} {all}", good("agree")));
        }
        TraceFinding::Unknown { reason } => lines.say(format!(
            "the traces cannot be compared: {}",
            visible(reason)
        )),
        TraceFinding::Part {
            partings,
            parting_processes,
            only_left,
            only_right,
        } => {
            for one in partings.iter().take(MOST) {
                tell_parting(lines, one, *parting_processes > 1);
            }
            let more = parting_processes.saturating_sub(MOST as u64);
            lines.within(2, |lines| lines.more(more, "processes"));
            tell_only(lines, only_left, lines.sides.only_left);
            tell_only(lines, only_right, lines.sides.only_right);
        }
    }
}

fn tell_parting(lines: &mut Lines, parting: &Parting, is_one_of_many: bool) {
    let first_process = ProcessName::default();
    let of = if is_one_of_many || parting.who.process != first_process.process {
        format!(" of `{}`", visible(&parting.who.to_string()))
    } else {
        String::new()
    };
    let part = bad("part");
    match &parting.place {
        PartingPlace::Values {
            step,
            differing,
            values,
        } => {
            let first = values.first().map_or_else(String::new, |value| {
                format!(": `{}`", visible(&value.name))
            });
            let more = match differing {
                0 | 1 => String::new(),
                2 => " and 1 more value".to_owned(),
                count => format!(" and {} more values", count - 1),
            };
            lines.say(format!("the traces{of} {part} at step {step}{first}{more}"));
            lines.within(2, |lines| {
                for value in values.iter().take(MOST) {
                    lines.pair(
                        &visible(&value.name),
                        &shown(value.left.as_deref()),
                        &shown(value.right.as_deref()),
                        "",
                    );
                }
            });
        }
        PartingPlace::Within { first, last } if first == last => lines.say(format!(
            "the traces{of} {part} at step {first}; which value it is, a claim does not hold"
        )),
        PartingPlace::Within { first, last } => lines.say(format!(
            "the traces{of} {part} between step {first} and step {last}; of so many steps a claim holds no more"
        )),
        PartingPlace::Steps { left, right } => {
            let after = parting
                .after
                .map_or_else(|| "from the first step on".to_owned(), |step| format!("after step {step}"));
            let next = |step: &Option<u64>| {
                step.map_or_else(|| "none".to_owned(), |step| format!("step {step}"))
            };
            let which = if left.is_none() && right.is_none() {
                "one of them ends there".to_owned()
            } else {
                format!("next is {}", lines.sides.of(&next(left), &next(right)))
            };
            lines.say(format!("the traces{of} {part} {after}: {which}"));
        }
    }
}

fn tell_only(lines: &mut Lines, names: &[ProcessName], only: &str) {
    for name in names.iter().take(MOST) {
        lines.say(format!("trace of `{}`: {only}", visible(&name.to_string())));
    }
    let more = names.len().saturating_sub(MOST) as u64;
    lines.within(2, |lines| lines.more(more, &format!("traces {only}")));
}

/// What is amiss with a trace, a line each.
fn amiss(trace: &RecordedTrace) -> Vec<String> {
    let mut lines = Vec::new();
    if trace.malformed > 0 {
        lines.push(format!(
            "{} of the trace cannot be understood, and left out",
            match trace.malformed {
                1 => "1 line".to_owned(),
                count => format!("{count} lines"),
            }
        ));
    }
    lines.extend(
        trace
            .faults
            .iter()
            .map(|fault| format!("could not trace: {}", visible(fault))),
    );
    if trace.truncated {
        lines.push("more was traced than is kept: 256 MiB, and some millions of steps".to_owned());
    }
    lines
}

/// What stands for a value, in a few characters.
fn shown(text: Option<&str>) -> String {
    let Some(text) = text else {
        return "nothing".to_owned();
    };
    let text = visible(text);
    if text.chars().count() <= LONGEST_VALUE {
        return text;
    }
    let start: String = text.chars().take(LONGEST_VALUE / 2).collect();
    format!("{start}…")
}

fn steps(count: u64) -> String {
    match count {
        1 => "1 step".to_owned(),
        count => format!("{count} steps"),
    }
}

fn all(count: u64) -> String {
    match count {
        1 => "the one step".to_owned(),
        count => format!("all {count} steps"),
    }
}
