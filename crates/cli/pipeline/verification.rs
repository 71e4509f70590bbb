//! Verdicts for people and programs: a table of outputs, what else is to be said, and the exit code.

use resow_manifest::determinism::InstructionSet;
use resow_manifest::identifiers::RecordId;
use resow_verifier::difference::Agreement;
use resow_verifier::explanation::Cause;
use resow_verifier::outputs::OutputEntry;
use resow_verifier::record::Record;
use resow_verifier::verdict::{Finding, Grade, OutputVerdict, Verdict};
use serde_json::{Value, json};

use super::execution::exit_of;
use crate::exit_code::Exit;
use crate::report::table::table;
use crate::report::terminal::{bad, good, visible};
use crate::report::{differences, seeding, trace};

/// What a rerun came to.
pub(crate) struct Reran {
    pub(crate) id: RecordId,
    pub(crate) record: Record,
    /// What it was compared with, in words.
    pub(crate) against: String,
    pub(crate) verdict: Verdict,
    /// What most likely made it differ.
    pub(crate) causes: Vec<Cause>,
}

impl Reran {
    /// The exit code of the verdict alone.
    pub(crate) fn exit(&self) -> Exit {
        match self.verdict.grade {
            Grade::Identical | Grade::Equivalent | Grade::WithinTolerance => Exit::Done,
            Grade::Different => Exit::Different,
            Grade::Incomparable => Exit::Incomparable,
            Grade::Failed => exit_of(&self.record).and(Exit::Incomparable),
        }
    }

    /// The table of outputs, then the verdict in a line, then what led to it.
    pub(crate) fn text(&self) -> String {
        let name = &self.record.experiment;
        let mut lines = Vec::new();
        if !self.verdict.outputs.is_empty() && self.verdict.grade != Grade::Failed {
            lines.push(table(
                &["output", "expected", "got", "verdict"],
                self.verdict.outputs.iter().map(row),
            ));
        }
        let verdict = self.verdict.to_string();
        let colored = if self.verdict.is_agreement() {
            good(&verdict)
        } else {
            bad(&verdict)
        };
        lines.push(format!(
            "{name}: {colored} (profile {}, compared with {})",
            self.record.plan.plan().determinism.profile,
            self.against
        ));
        if let Some(lesser) = self.record.host.as_if {
            lines.push(as_if_line(&self.record, lesser));
        }
        lines.extend(self.seeding_lines());
        if self.verdict.grade == Grade::Failed {
            lines.extend(failure_lines(&self.record));
        }
        if let Some(found) = &self.verdict.trace {
            let found = trace::finding(found, ["there", "here"]);
            lines.extend(found.into_iter().map(|line| format!("  {line}")));
        }
        for difference in &self.verdict.differences {
            lines.push(format!(
                "  {}: {} there, {} here",
                visible(&difference.field),
                side(difference.left.as_deref()),
                side(difference.right.as_deref())
            ));
        }
        lines.extend(self.verdict.outputs.iter().flat_map(explained));
        lines.extend(self.cause_lines());
        for output in &self.verdict.loosened {
            lines.push(format!(
                "  `{}` was compared, though the manifest calls it a log now",
                visible(&output.to_string())
            ));
        }
        lines.join("\n")
    }

    /// What the seed did not reach: said of every verdict, since a rerun that agrees by chance proves little.
    fn seeding_lines(&self) -> Vec<String> {
        let report = &self.record.seeding;
        let mut lines = Vec::new();
        if let Some(mark) = seeding::mark(report) {
            lines.push(format!(
                "  the rerun is {mark}; `resow show {}` says why",
                self.id.digest().short()
            ));
        }
        if !self.verdict.is_agreement() {
            let operations = seeding::operations(report);
            lines.extend(operations.into_iter().map(|line| format!("  {line}")));
        }
        lines
    }

    /// What most likely made the rerun differ, how sure that is, and what would pin it.
    fn cause_lines(&self) -> Vec<String> {
        if self.verdict.grade != Grade::Different {
            return Vec::new();
        }
        let mut lines = Vec::new();
        for cause in &self.causes {
            lines.push(format!(
                "  {} cause: {}: {}",
                cause.certainty,
                cause.kind,
                visible(&cause.because)
            ));
            let pin = cause.pin.as_deref().map(visible);
            lines.extend(pin.map(|pin| format!("    to pin it: {pin}")));
        }
        if self.causes.is_empty() {
            lines.push("  nothing that was seen points to a cause".to_owned());
        }
        lines.push(format!(
            "  `resow diagnose {}` finds the cause by experiment",
            self.record.experiment
        ));
        lines
    }

    /// The same for programs.
    pub(crate) fn fields(&self) -> Value {
        json!({
            "experiment": self.record.experiment,
            "record": self.id,
            "plan": self.record.plan.id(),
            "against": self.against,
            "profile": self.record.plan.plan().determinism.profile,
            "layer": self.record.plan.plan().layer,
            "outcome": self.record.outcome,
            "faults": self.record.faults,
            "seeding": self.record.seeding,
            "trace": self.record.trace,
            "as_if": self.record.host.as_if,
            "verdict": self.verdict,
            "causes": self.causes,
        })
    }
}

/// As which machine the rerun went, and whether that could act.
fn as_if_line(record: &Record, lesser: InstructionSet) -> String {
    match record.plan.plan().determinism.instruction_set {
        InstructionSet::Host => format!(
            "  the rerun went as on a processor with {lesser} alone: the plan leaves the choice of instructions to libraries; `profile = \"portable\"` pins it"
        ),
        pinned => format!(
            "  the rerun went as on a processor with {lesser} alone, which has all that the plan pins: {pinned}"
        ),
    }
}

/// How a run failed, a line each.
pub(crate) fn failure_lines(record: &Record) -> Vec<String> {
    let mut lines = Vec::new();
    if !record.outcome.is_success() {
        lines.push(format!(
            "  the run {}",
            visible(&phrase(&record.outcome.to_string()))
        ));
    }
    for fault in &record.faults {
        lines.push(format!("  {}", visible(&fault.to_string())));
    }
    lines
}

/// `exited with code 1` needs no verb in front of it, `killed for memory` does.
fn phrase(outcome: &str) -> String {
    let needs_verb = ["killed", "over", "interrupted"]
        .iter()
        .any(|word| outcome.starts_with(word));
    if needs_verb {
        format!("was {outcome}")
    } else if let Some(rest) = outcome.strip_prefix("the engine") {
        format!("ended: the engine{rest}")
    } else {
        outcome.to_owned()
    }
}

/// Where an output differs and how far, or why that cannot be said.
fn explained(output: &OutputVerdict) -> Vec<String> {
    let name = output.name.to_string();
    let mut lines = match &output.comparison {
        Some(comparison) => differences::lines(&name, comparison),
        None => Vec::new(),
    };
    let agreement = output.comparison.as_ref().map(|one| one.agreement);
    if output.finding == Finding::Unexamined {
        lines.push(format!(
            "{}: the bytes that are expected are not in the store, so how far apart they are cannot be said",
            visible(&name)
        ));
    } else if output.finding == Finding::Different && agreement == Some(Agreement::Equivalent) {
        lines.push(
            "  `compare = \"auto\"` at this output accepts that in claims to come".to_owned(),
        );
    }
    lines.into_iter().map(|line| format!("  {line}")).collect()
}

fn row(verdict: &OutputVerdict) -> Vec<String> {
    let word = match &verdict.finding {
        Finding::Identical => good("identical"),
        Finding::Equivalent => good("equivalent"),
        Finding::WithinTolerance { .. } => good("within tolerance"),
        Finding::Different => bad("different"),
        Finding::Unexamined => bad("different, unexamined"),
        Finding::KindChanged => bad("different kind"),
        Finding::Missing => bad("missing"),
        Finding::Extra => bad("extra"),
        Finding::Renamed { from } => bad(&format!("renamed from {}", visible(&from.to_string()))),
        Finding::NotCompared => "log, not compared".to_owned(),
    };
    cells(verdict, word)
}

/// An output's row: its name, what is expected, what there is, and a word on it.
pub(crate) fn cells(verdict: &OutputVerdict, word: String) -> Vec<String> {
    let content = |entry: Option<&OutputEntry>| {
        entry.map_or_else(|| "-".to_owned(), |entry| short(&entry.content))
    };
    vec![
        visible(&verdict.name.to_string()),
        content(verdict.expected.as_ref()),
        content(verdict.got.as_ref()),
        word,
    ]
}

/// One side of a difference between plans.
pub(crate) fn side(text: Option<&str>) -> String {
    text.map_or_else(|| "nothing".to_owned(), visible)
}

/// A content in a few characters: twelve digits of a digest, or what it is.
pub(crate) fn short(content: &resow_verifier::digesting::Content) -> String {
    match content.blob() {
        Some((digest, _)) => digest.short(),
        None => visible(&content.to_string()),
    }
}
