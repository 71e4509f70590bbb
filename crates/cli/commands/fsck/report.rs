//! The report of a check.

use resow_store::checking::Severity;
use resow_store::repair::{Action, Change};
use serde_json::{Value, json};

use super::found::{Found, exit_of};
use crate::answer::Answer;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::report::terminal::{bad, good, visible};
use crate::report::wrapping::wrap;

/// How wide lines for people are.
const WIDTH: usize = 80;

/// How far what is said of a path stands to the right.
const INDENT: usize = 10;

/// The answer, for people and programs.
pub(super) fn answer(
    found: &[Found],
    changes: &[Change],
    failures: &[Failure],
    (checked, counted): &(Value, String),
    mended: bool,
) -> Answer {
    let exits = found.iter().map(|found| exit_of(found.severity));
    let failed = failures.iter().map(|failure| failure.exit);
    let exit = exits.chain(failed).fold(Exit::Done, Exit::and);
    let mut lines: Vec<_> = changes.iter().flat_map(change_lines).collect();
    lines.extend(found.iter().flat_map(found_lines));
    for failure in failures {
        let cause = failure.causes.iter().map(|cause| format!(": {cause}"));
        let said = format!("{}{}", failure.message, cause.collect::<String>());
        lines.push(format!("{:<INDENT$}", "failed").trim_end().to_owned());
        lines.extend(indented(&visible(&said)));
    }
    lines.push(summary(found, counted, mended));
    let findings: Vec<_> = found.iter().map(Found::object).collect();
    let failures: Vec<_> = failures.iter().map(Failure::object).collect();
    let changes: Vec<_> = changes.iter().map(change_object).collect();
    Answer::new(
        exit,
        lines.join("\n"),
        json!({ "checked": checked, "findings": findings, "changes": changes, "failures": failures }),
    )
}

fn summary(found: &[Found], counted: &str, mended: bool) -> String {
    let of = |severity| {
        let count = found.iter().filter(|it| it.severity == severity).count();
        (count > 0).then(|| format!("{count} {}", severity.as_str()))
    };
    let parts: Vec<_> = [
        Severity::Damaged,
        Severity::Blocked,
        Severity::Leftover,
        Severity::Notice,
    ]
    .into_iter()
    .filter_map(of)
    .collect();
    let is_whole = found.iter().all(|it| exit_of(it.severity) == Exit::Done);
    let word = match (is_whole, mended) {
        (true, _) => good("the store is whole"),
        (false, false) => bad("the store is not whole"),
        (false, true) => bad("what is left cannot be repaired here"),
    };
    let besides = if parts.is_empty() {
        String::new()
    } else {
        format!(": {}", parts.join(", "))
    };
    format!("{word}{besides}\nwhole: {counted}")
}

fn found_lines(found: &Found) -> Vec<String> {
    let word = format!("{:<INDENT$}", found.severity.as_str());
    let word = match exit_of(found.severity) {
        Exit::Done => word,
        _ => bad(&word),
    };
    let mut lines = vec![format!("{word}{}", visible(&shortened(&found.path)))];
    lines.extend(indented(&visible(&found.message)));
    if let Some(hint) = &found.hint {
        lines.extend(indented(&visible(&format!("hint: {hint}"))));
    }
    lines
}

fn change_lines(change: &Change) -> Vec<String> {
    let path = visible(&shortened(&change.path.to_string_lossy()));
    let line = |word: &str| format!("{word:<INDENT$}{path}");
    match &change.action {
        Action::MovedAside { to } => {
            let to = shortened(&to.to_string_lossy());
            vec![line("moved"), format!("{:INDENT$}to {}", "", visible(&to))]
        }
        Action::Removed => vec![line("removed")],
        Action::Made => vec![line("made")],
    }
}

fn change_object(change: &Change) -> Value {
    let (action, to) = match &change.action {
        Action::MovedAside { to } => ("moved", Some(to.to_string_lossy())),
        Action::Removed => ("removed", None),
        Action::Made => ("made", None),
    };
    json!({ "path": change.path.to_string_lossy(), "action": action, "to": to })
}

/// A text in lines that stand to the right.
fn indented(text: &str) -> Vec<String> {
    let lines = wrap(text, WIDTH - INDENT, "");
    lines
        .lines()
        .map(|line| format!("{:INDENT$}{line}", ""))
        .collect()
}

/// A path whose digests are cut to what a shell completes again: `.resow/records/1a2b3c4d5e6f*.json`.
fn shortened(path: &str) -> String {
    let mut short = String::new();
    let mut digits = String::new();
    for character in path.chars().chain(['/']) {
        if matches!(character, '0'..='9' | 'a'..='f') {
            digits.push(character);
            continue;
        }
        if digits.len() == 64 {
            digits.truncate(12);
            digits.push('*');
        }
        short.push_str(&digits);
        short.push(character);
        digits.clear();
    }
    short.pop();
    short
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn paths_fit_a_line_and_a_shell_finds_them() {
        let hex = "0123456789abcdef".repeat(4);
        let path = format!(".resow/blobs/01/{hex}");
        assert_eq!(shortened(&path), ".resow/blobs/01/0123456789ab*");
        let path = format!(".resow/records/{hex}.json");
        assert_eq!(shortened(&path), ".resow/records/0123456789ab*.json");
        assert_eq!(
            shortened(".resow/tmp/0123456789abcdef"),
            ".resow/tmp/0123456789abcdef"
        );
    }
}
