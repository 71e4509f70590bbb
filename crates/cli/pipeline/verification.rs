//! Verdicts for people and programs: a table of outputs, what else is to be said, and the exit code.

use resow_manifest::determinism::InstructionSet;
use resow_manifest::identifiers::RecordId;
use resow_verifier::difference::Agreement;
use resow_verifier::explanation::Cause;
use resow_verifier::record::Record;
use resow_verifier::verdict::{Finding, Grade, OutputVerdict, Verdict};
use serde_json::{Value, json};

use super::execution::exit_of;
use crate::exit_code::Exit;
use crate::report::lines::Lines;
use crate::report::terminal::{bad, good, visible};
use crate::report::{outputs, seeding, trace};

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

    /// Tells the table of outputs, then the verdict in a line, then what led to it.
    pub(crate) fn tell(&self, lines: &mut Lines) {
        let name = &self.record.experiment;
        if self.verdict.grade != Grade::Failed {
            outputs::table(lines, self.verdict.outputs.iter(), "verdict");
        }
        let verdict = self.verdict.to_string();
        let colored = if self.verdict.is_agreement() {
            good(&verdict)
        } else {
            bad(&verdict)
        };
        lines.say(format!(
            "{name}: {colored} (profile {}, compared with {})",
            self.record.plan.plan().determinism.profile,
            self.against
        ));
        lines.within(2, |lines| self.tell_reasons(lines));
    }

    /// Tells what led to the verdict.
    fn tell_reasons(&self, lines: &mut Lines) {
        if let Some(lesser) = self.record.host.as_if {
            lines.say(as_if_text(&self.record, lesser));
        }
        self.tell_seeding(lines);
        if self.verdict.grade == Grade::Failed {
            lines.say_each(failures(&self.record).into_iter(), |lines, failure| {
                lines.say(failure);
            });
        }
        if let Some(found) = &self.verdict.trace {
            trace::tell(lines, found);
        }
        lines.say_each(self.verdict.differences.iter(), |lines, difference| {
            lines.long_pair(
                &visible(&difference.field),
                side(difference.left.as_deref()),
                side(difference.right.as_deref()),
                "",
            );
        });
        outputs::details(lines, &self.verdict.outputs);
        let outputs = self.verdict.outputs.iter();
        if outputs.clone().any(is_but_rewritten) {
            lines.say("`compare = \"auto\"` at such outputs accepts that in claims to come");
        }
        if let Some(names) = outputs::without_bytes(&self.verdict.outputs) {
            lines.say(format!(
                "{names}: the bytes that are expected are not in this store, so where they differ and how far cannot be said"
            ));
        }
        self.tell_causes(lines);
        lines.say_each(self.verdict.loosened.iter(), |lines, output| {
            lines.say(format!(
                "`{}` was compared, though the manifest calls it a log now",
                visible(&output.to_string())
            ));
        });
    }

    /// What to do where more could be said of what differs.
    pub(crate) fn hint(&self) -> Option<String> {
        outputs::without_bytes(&self.verdict.outputs)?;
        Some(format!(
            "where it was claimed, `resow verify {}` says more; a claim holds small outputs that declare `compare`",
            self.record.experiment
        ))
    }

    /// Tells what the seed did not reach: of every verdict, since a rerun that agrees by chance proves little.
    fn tell_seeding(&self, lines: &mut Lines) {
        let report = &self.record.seeding;
        if let Some(mark) = seeding::mark(report) {
            lines.say(format!(
                "the rerun is {mark}; `resow show {}` says why",
                self.id.digest().short()
            ));
        }
        if !self.verdict.is_agreement() {
            let operations = seeding::operations(report);
            lines.say_each(operations.into_iter(), |lines, operation| {
                lines.say(operation);
            });
        }
    }

    /// Tells what most likely made the rerun differ, how sure that is, and what would pin it.
    fn tell_causes(&self, lines: &mut Lines) {
        if self.verdict.grade != Grade::Different {
            return;
        }
        for cause in &self.causes {
            lines.say(format!(
                "{} cause: {}: {}",
                cause.certainty,
                cause.kind,
                visible(&cause.because)
            ));
            if let Some(pin) = &cause.pin {
                lines.within(2, |lines| lines.say(format!("to pin it: {}", visible(pin))));
            }
        }
        if self.causes.is_empty() {
            lines.say("nothing that was seen points to a cause");
        }
        lines.say(format!(
            "`resow diagnose {}` finds the cause by experiment",
            self.record.experiment
        ));
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
fn as_if_text(record: &Record, lesser: InstructionSet) -> String {
    match record.plan.plan().determinism.instruction_set {
        InstructionSet::Host => format!(
            "the rerun went as on a processor with {lesser} alone: the plan leaves the choice of instructions to libraries; `profile = \"portable\"` pins it"
        ),
        pinned => format!(
            "the rerun went as on a processor with {lesser} alone, which has all that the plan pins: {pinned}"
        ),
    }
}

/// How a run failed, a line each.
pub(crate) fn failure_lines(record: &Record) -> Vec<String> {
    let failures = failures(record).into_iter();
    failures.map(|failure| format!("  {failure}")).collect()
}

/// How a run failed, a sentence each.
fn failures(record: &Record) -> Vec<String> {
    let mut failures = Vec::new();
    if !record.outcome.is_success() {
        let outcome = phrase(&record.outcome.to_string());
        failures.push(format!("the run {}", visible(&outcome)));
    }
    let faults = record.faults.iter();
    failures.extend(faults.map(|fault| visible(&fault.to_string())));
    failures
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

/// Whether an output has the same content in other bytes, which the claim does not accept.
fn is_but_rewritten(output: &OutputVerdict) -> bool {
    let agreement = output.comparison.as_ref().map(|one| one.agreement);
    output.finding == Finding::Different && agreement == Some(Agreement::Equivalent)
}

/// One side of a difference between plans.
pub(crate) fn side(text: Option<&str>) -> &str {
    text.unwrap_or("nothing")
}
