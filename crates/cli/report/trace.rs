//! Traces, in lines: what a run traced, and where two of them part.

use resow_verifier::trace::{Parting, PartingPlace, ProcessName, RecordedTrace, TraceFinding};

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

/// What is found of two traces; nothing where there is nothing to say. The words name the two sides.
pub(crate) fn finding(finding: &TraceFinding, sides: [&str; 2]) -> Vec<String> {
    match finding {
        TraceFinding::Agree { steps: 0, .. } => Vec::new(),
        TraceFinding::Agree {
            steps: count,
            is_whole,
        } => {
            let all = if *is_whole {
                format!("in {}", all(*count))
            } else {
                format!("in {}, and were cut off there", steps(*count))
            };
            vec![format!("the traces {} {all}", good("agree"))]
        }
        TraceFinding::Unknown { reason } => {
            vec![format!(
                "the traces cannot be compared: {}",
                visible(reason)
            )]
        }
        TraceFinding::Part {
            partings,
            parting_processes,
            only_left,
            only_right,
        } => {
            let mut lines = Vec::new();
            for one in partings.iter().take(MOST) {
                parting(one, sides, *parting_processes > 1, &mut lines);
            }
            let more = parting_processes.saturating_sub(MOST as u64);
            if more > 0 {
                lines.push(format!("  … and in {more} other processes"));
            }
            for (names, side) in [only_left, only_right].into_iter().zip(sides) {
                lines.extend(only(names, side));
            }
            lines
        }
    }
}

fn parting(parting: &Parting, sides: [&str; 2], is_one_of_many: bool, lines: &mut Vec<String>) {
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
            lines.push(format!("the traces{of} {part} at step {step}{first}{more}"));
            for value in values.iter().take(MOST) {
                lines.push(format!(
                    "  {}: {} {}, {} {}",
                    visible(&value.name),
                    shown(value.left.as_deref()),
                    sides[0],
                    shown(value.right.as_deref()),
                    sides[1]
                ));
            }
        }
        PartingPlace::Within { first, last } if first == last => lines.push(format!(
            "the traces{of} {part} at step {first}; which value it is, a claim does not hold"
        )),
        PartingPlace::Within { first, last } => lines.push(format!(
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
                format!(
                    "next is {} {}, {} {}",
                    next(left),
                    sides[0],
                    next(right),
                    sides[1]
                )
            };
            lines.push(format!("the traces{of} {part} {after}: {which}"));
        }
    }
}

fn only(names: &[ProcessName], side: &str) -> Vec<String> {
    let mut lines: Vec<_> = names
        .iter()
        .take(MOST)
        .map(|name| format!("only the trace {side} has `{}`", visible(&name.to_string())))
        .collect();
    if names.len() > MOST {
        lines.push(format!("  … and {} more like it", names.len() - MOST));
    }
    lines
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
