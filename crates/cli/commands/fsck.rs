//! `resow fsck`: checks the store, and repairs it where asked to.

use std::ops::ControlFlow;
use std::path::Path;

use resow_executor::source::{SourceCache, UnusableExport, UnusableReason};
use resow_store::Store;
use resow_store::checking::{Checkup, Depth, Fault, Finding, Progress as Step, Severity, check};
use resow_store::repair::{Action, Change, repair};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::project::Project;
use crate::report::progress::Progress;
use crate::report::terminal::{bad, good, visible};

/// How wide lines for people are.
const WIDTH: usize = 80;

/// How far what is said of a path stands to the right.
const INDENT: usize = 10;

/// Something that was found, whatever part of resow found it.
struct Found {
    part: &'static str,
    severity: Severity,
    kind: &'static str,
    path: String,
    message: String,
    hint: Option<String>,
}

/// Checks everything, and with `mends` repairs it and looks again.
pub(crate) fn fsck(project: &Project, mends: bool) -> Result<Answer, Failure> {
    project.refuse_tracked_store()?;
    let Some(checkup) = look(project)? else {
        return Ok(Answer::new(
            Exit::Done,
            "there is no store yet: `resow run NAME` makes it",
            json!({ "checked": null, "findings": [], "changes": [], "failures": [] }),
        ));
    };
    let counts = counts(&checkup);
    let exports = exports(project)?;
    if !mends {
        let found = [of_store(&checkup), of_sources(project, &exports)].concat_all();
        return Ok(answer(&found, &[], &[], &counts, mends));
    }
    let mut repaired = with_progress(project, |watch| repair(project.root(), checkup, watch))?;
    let mut failures: Vec<_> = repaired.failed.drain(..).map(Failure::from).collect();
    failures.extend(sweep(project, &mut repaired.left));
    let mut changes = repaired.done;
    changes.extend(discard(project, &exports, &mut failures));
    let left = self::exports(project)?;
    let found = [of_store(&repaired.left), of_sources(project, &left)].concat_all();
    Ok(answer(&found, &changes, &failures, &counts, mends))
}

fn look(project: &Project) -> Result<Option<Checkup>, Failure> {
    with_progress(project, |watch| {
        check(project.root(), Depth::Content, watch)
    })
}

/// Does what takes long, shows how far it is, and stops where the user asks for it.
fn with_progress<T>(
    project: &Project,
    work: impl for<'a> FnOnce(
        &'a mut (dyn FnMut(Step<'_>) -> ControlFlow<()> + 'a),
    ) -> Result<T, resow_store::checking::CheckError>,
) -> Result<T, Failure> {
    let mut progress = Progress::new(!project.common.json);
    let mut watch = |step: Step<'_>| {
        progress.update(step.activity, step.done, Some(step.total));
        if project.interrupt.is_requested() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    Ok(work(&mut watch)?)
}

/// What killed runs left behind goes with what they left in the engine; without one, it stays for the next run.
fn sweep(project: &Project, left: &mut Checkup) -> Option<Failure> {
    let is_dead = |finding: &Finding| matches!(finding.fault, Fault::DeadRun { .. });
    if !left.findings.iter().any(is_dead) {
        return None;
    }
    let failure = project.engine().err();
    let root = project.root();
    left.findings
        .retain(|finding| !is_dead(finding) || root.join(&finding.path).exists());
    failure
        .map(|failure| failure.about("what killed runs left behind stays until an engine is there"))
}

fn exports(project: &Project) -> Result<Vec<UnusableExport>, Failure> {
    let folder = sources(project.root());
    SourceCache::unusable(&folder).map_err(crate::work_file::cannot_read(".resow/sources"))
}

fn sources(root: &Path) -> std::path::PathBuf {
    root.join(Store::FOLDER).join("sources")
}

fn discard(
    project: &Project,
    exports: &[UnusableExport],
    failures: &mut Vec<Failure>,
) -> Vec<Change> {
    let root = project.root();
    let mut changes = Vec::new();
    for export in exports {
        match SourceCache::discard(&sources(root), export) {
            Ok(()) => changes.push(Change {
                path: export
                    .path
                    .strip_prefix(root)
                    .unwrap_or(&export.path)
                    .into(),
                action: Action::Removed,
            }),
            Err(error) => failures.push(
                Failure::from_error(Exit::Unavailable, &error, None)
                    .about(format!("cannot remove `{}`", export.path.display())),
            ),
        }
    }
    changes
}

trait ConcatAll {
    fn concat_all(self) -> Vec<Found>;
}

impl<const PARTS: usize> ConcatAll for [Vec<Found>; PARTS] {
    fn concat_all(self) -> Vec<Found> {
        let mut all: Vec<_> = self.into_iter().flatten().collect();
        all.sort_by_key(|found| found.severity);
        all
    }
}

fn of_store(checkup: &Checkup) -> Vec<Found> {
    let found = checkup.findings.iter().map(|finding| Found {
        part: "store",
        severity: finding.fault.severity(),
        kind: finding.fault.kind(),
        path: finding.path.to_string_lossy().into_owned(),
        message: finding.fault.to_string(),
        hint: finding.fault.hint(),
    });
    found.collect()
}

fn of_sources(project: &Project, exports: &[UnusableExport]) -> Vec<Found> {
    let found = exports.iter().map(|export| {
        let path = export.path.strip_prefix(project.root());
        let (kind, message) = match export.reason {
            UnusableReason::HalfMade => (
                "half-export",
                "the export of a source was being made when resow was killed",
            ),
            UnusableReason::Changed => (
                "changed-export",
                "the export of a source is not as it was made",
            ),
        };
        Found {
            part: "sources",
            severity: Severity::Leftover,
            kind,
            path: path.unwrap_or(&export.path).to_string_lossy().into_owned(),
            message: message.to_owned(),
            hint: Some("the next run makes it anew; `resow fsck --repair` removes it".to_owned()),
        }
    });
    found.collect()
}

fn answer(
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
        lines.extend(wrapped(&visible(&said)));
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

fn exit_of(severity: Severity) -> Exit {
    match severity {
        Severity::Damaged => Exit::Damaged,
        Severity::Blocked => Exit::Unavailable,
        Severity::Leftover | Severity::Notice => Exit::Done,
    }
}

fn counts(checkup: &Checkup) -> (Value, String) {
    let Checkup {
        records,
        blobs,
        bytes,
        images,
        ..
    } = checkup;
    (
        json!({ "records": records, "blobs": blobs, "bytes": bytes, "images": images }),
        format!("records {records}, blobs {blobs} ({bytes} bytes), images {images}"),
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
    lines.extend(wrapped(&visible(&found.message)));
    if let Some(hint) = &found.hint {
        lines.extend(wrapped(&visible(&format!("hint: {hint}"))));
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

impl Found {
    fn object(&self) -> Value {
        json!({
            "part": self.part,
            "severity": self.severity.as_str(),
            "kind": self.kind,
            "path": self.path,
            "message": self.message,
            "hint": self.hint,
        })
    }
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

/// Lines of at most [`WIDTH`] columns, as far as words allow.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let width = console::measure_text_width(&line) + 1 + console::measure_text_width(word);
        if !line.is_empty() && INDENT + width > WIDTH {
            lines.push(format!("{:INDENT$}{line}", ""));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(format!("{:INDENT$}{line}", ""));
    lines
}

#[cfg(test)]
mod tests {
    use super::{WIDTH, shortened, wrapped};

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

    #[test]
    fn lines_are_no_wider_than_they_should_be() {
        let text = "word ".repeat(60) + "end";
        let lines = wrapped(&text);
        assert!(lines.iter().all(|line| line.len() <= WIDTH), "{lines:?}");
        let words: Vec<_> = lines
            .iter()
            .flat_map(|line| line.split_whitespace())
            .collect();
        assert_eq!(words.join(" "), text);
    }
}
