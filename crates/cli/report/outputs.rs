//! Outputs against outputs: a table of what was found of each, and where and how far those apart are that differ.

use std::cmp::Reverse;

use resow_manifest::digest::Sha256Digest;
use resow_verifier::difference::Agreement;
use resow_verifier::digesting::Content;
use resow_verifier::outputs::OutputEntry;
use resow_verifier::verdict::{Finding, OutputVerdict};

use super::differences;
use super::lines::Lines;
use super::terminal::{bad, good, visible};

/// How many outputs are in a table.
const MOST_ROWS: usize = 20;
/// How many lines are told of all outputs, before the rest is but counted.
const MOST_LINES: usize = 60;

/// Adds a table of the outputs: all, or those that agree least, where they are many.
pub(crate) fn table<'a>(
    lines: &mut Lines,
    outputs: impl Iterator<Item = &'a OutputVerdict>,
    finding: &str,
) {
    let mut shown: Vec<_> = outputs.collect();
    let more = shown.len().saturating_sub(MOST_ROWS);
    if more > 0 {
        shown.sort_by_key(|output| Reverse(output.finding.grade()));
        shown.truncate(MOST_ROWS);
        shown.sort_by(|one, other| one.name.cmp(&other.name));
    }
    if shown.is_empty() {
        return;
    }
    let rows: Vec<_> = shown.iter().map(|output| row(lines, output)).collect();
    let heading = ["output", lines.sides.left, lines.sides.right, finding];
    lines.table(&heading, &rows, more);
}

/// Adds where each output differs and how far.
pub(crate) fn details(lines: &mut Lines, outputs: &[OutputVerdict]) {
    let told = |output: &&OutputVerdict| {
        let is_told = matches!(
            output.finding,
            Finding::Renamed { .. } | Finding::KindChanged
        );
        is_told || output.comparison.is_some() || is_other_link(output)
    };
    let told: Vec<_> = outputs.iter().filter(told).collect();
    let begun = lines.count();
    for (number, output) in told.iter().enumerate() {
        if lines.count() - begun >= MOST_LINES {
            lines.more((told.len() - number) as u64, "outputs");
            break;
        }
        detail(lines, output);
    }
}

/// The outputs that differ and of which nothing more can be said, since the bytes of one side are not at hand:
/// `` `a` ``, or `` `a` and 3 more ``.
pub(crate) fn without_bytes(outputs: &[OutputVerdict]) -> Option<String> {
    let mut names = outputs.iter().filter(|output| {
        let differs = matches!(output.finding, Finding::Different | Finding::Unexamined);
        differs && output.comparison.is_none() && !is_other_link(output)
    });
    let first = names.next()?;
    let first = visible(&first.name.to_string());
    Some(match names.count() {
        0 => format!("`{first}`"),
        more => format!("`{first}` and {more} more"),
    })
}

/// A content in a few characters: twelve digits of a digest, or what it is.
pub(crate) fn short(content: &Content) -> String {
    match content.blob() {
        Some((digest, _)) => digest.short(),
        None => visible(&content.to_string()),
    }
}

fn row(lines: &Lines, output: &OutputVerdict) -> Vec<String> {
    let content = |entry: Option<&OutputEntry>| match entry.map(|entry| &entry.content) {
        None => "-".to_owned(),
        // Where it leads stands below.
        Some(Content::Link { .. }) => "link".to_owned(),
        Some(content) => short(content),
    };
    vec![
        visible(&output.name.to_string()),
        content(output.expected.as_ref()),
        content(output.got.as_ref()),
        word(lines, output),
    ]
}

/// What was found of an output, in a word.
fn word(lines: &Lines, output: &OutputVerdict) -> String {
    let agreement = output.comparison.as_ref().map(|one| one.agreement);
    match &output.finding {
        Finding::Identical => good("identical"),
        Finding::Equivalent => good("equivalent"),
        Finding::WithinTolerance { .. } => good("within tolerance"),
        Finding::Different if agreement == Some(Agreement::Equivalent) => {
            bad("other bytes, same content")
        }
        Finding::Different => bad("different"),
        Finding::Unexamined => bad("different, unexamined"),
        Finding::KindChanged => match blobs(output) {
            Some((left, right)) if left == right => bad("executable bit"),
            Some(_) => bad("bytes and executable bit"),
            None => bad("different kind"),
        },
        Finding::Missing => bad(lines.sides.only_left),
        Finding::Extra => bad(lines.sides.only_right),
        Finding::Renamed { .. } => bad("renamed"),
        Finding::NotCompared => "log, not compared".to_owned(),
    }
}

/// Where one output differs and how far.
fn detail(lines: &mut Lines, output: &OutputVerdict) {
    let name = output.name.to_string();
    if let Some(comparison) = &output.comparison {
        differences::tell(lines, &name, comparison);
        return;
    }
    if let Finding::Renamed { from } = &output.finding {
        let from = visible(&from.to_string());
        lines.say(format!("{}: renamed from {from}", visible(&name)));
        return;
    }
    if let (Some(left), Some(right)) = (&output.expected, &output.got) {
        let remark = match blobs(output) {
            Some((left, right)) if left == right => ", the same bytes",
            Some(_) => ", other bytes",
            None => "",
        };
        let (left, right) = (kind(&left.content), kind(&right.content));
        lines.long_pair(&visible(&name), &left, &right, remark);
    }
}

/// What kind of thing it is.
fn kind(content: &Content) -> String {
    match content {
        Content::File {
            executable: true, ..
        } => "an executable file".to_owned(),
        Content::File {
            executable: false, ..
        } => "a file that is not executable".to_owned(),
        Content::Link { target } => format!("a link to `{target}`"),
        Content::EmptyFolder => "an empty folder".to_owned(),
    }
}

/// The digests of an output that is a file on both sides.
fn blobs(output: &OutputVerdict) -> Option<(Sha256Digest, Sha256Digest)> {
    let digest = |entry: &Option<OutputEntry>| Some(entry.as_ref()?.content.blob()?.0);
    Some((digest(&output.expected)?, digest(&output.got)?))
}

/// Whether it is a link on both sides, which lead elsewhere.
fn is_other_link(output: &OutputVerdict) -> bool {
    let is_link = |entry: &Option<OutputEntry>| {
        let content = entry.as_ref().map(|entry| &entry.content);
        matches!(content, Some(Content::Link { .. }))
    };
    output.finding == Finding::Different && is_link(&output.expected) && is_link(&output.got)
}
