//! How the findings read on a terminal and in a pipe.

use super::Prognosis;
use super::finding::{Finding, State};
use crate::report::table::{table, terminal_width};
use crate::report::terminal::{bad, doubtful, good};
use crate::report::wrapping::wrap;

const HEADING: &[&str] = &["capability", "state", "version", "for"];

/// Lines are not longer than this, however wide the terminal is.
const WIDEST: usize = 80;

/// The table, what is not as it should be, and what to do.
pub(super) fn text(findings: &[Finding], prognosis: &Prognosis) -> String {
    let width = terminal_width().unwrap_or(WIDEST).min(WIDEST);
    let mut sections = vec![
        table(HEADING, findings.iter().map(row))
            .trim_end()
            .to_owned(),
    ];
    let remarks: Vec<_> = findings
        .iter()
        .filter_map(|finding| remark(finding, width))
        .collect();
    if !remarks.is_empty() {
        sections.push(remarks.join("\n"));
    }
    sections.extend(to_do(prognosis));
    sections.push(wrap(&verdict(prognosis), width, ""));
    sections.join("\n\n")
}

fn row(finding: &Finding) -> Vec<String> {
    let word = finding.state.word();
    let state = match finding.state {
        State::Ok => good(word),
        State::Limited => doubtful(word),
        State::Missing => bad(word),
        State::NotNeeded => word.to_owned(),
    };
    vec![
        finding.capability.to_owned(),
        state,
        finding.version.clone(),
        finding.purpose.to_owned(),
    ]
}

/// Why a capability is not as it should be, and what to do about it.
fn remark(finding: &Finding, width: usize) -> Option<String> {
    let said = [&finding.reason, &finding.hint];
    let said: Vec<_> = said.into_iter().flatten().map(String::as_str).collect();
    if said.is_empty() {
        return None;
    }
    let line = format!("{}: {}", finding.capability, said.join("; "));
    Some(wrap(&line, width, "  "))
}

/// The commands to copy, each on a line of its own that is never broken.
fn to_do(prognosis: &Prognosis) -> Vec<String> {
    let mut sections = Vec::new();
    if let Some(command) = &prognosis.install {
        sections.push(format!("to install what is missing:\n  {command}"));
    } else if !prognosis.uninstallable.is_empty() {
        let names = prognosis.uninstallable.join(", ");
        sections.push(format!("to be installed: {names}"));
    }
    if !prognosis.settings.is_empty() {
        let commands = prognosis.settings.join("\n  ");
        sections.push(format!("to change settings:\n  {commands}"));
    }
    sections
}

fn verdict(prognosis: &Prognosis) -> String {
    let because = &prognosis.because;
    match prognosis.engine {
        Some(engine) if prognosis.is_ready => {
            format!(
                "{}: on {engine}, since {because}",
                good("experiments can run")
            )
        }
        _ => format!("{}: {because}", bad("experiments cannot run")),
    }
}
