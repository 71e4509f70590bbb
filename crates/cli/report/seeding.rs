//! What a run says of its own seeding, in lines.

use resow_manifest::identifiers::RecordId;
use resow_manifest::seeding_report::{CodePlace, Operation, SeedingReport, SeedingState};

use super::terminal::{self, bad, good, visible};

/// How many things of a kind a warning lists; `resow show` lists all.
const WARNED: usize = 5;

/// The report in full, for `resow show`.
pub(crate) fn lines(report: &SeedingReport) -> Vec<String> {
    if let Some(statement) = &report.of_layer_0 {
        return vec![format!("seeding     {}", visible(statement))];
    }
    let programs = match report.programs {
        1 => "1 program".to_owned(),
        count => format!("{count} programs"),
    };
    let mut lines = vec![format!("seeding     {}, {programs}", word(report.state))];
    for library in &report.libraries {
        lines.push(format!(
            "  seeded    {} {}",
            visible(&library.name),
            visible(&library.version)
        ));
    }
    for each in &report.uses {
        lines.push(format!(
            "  uses      {}: {} {}",
            visible(&each.library),
            visible(&each.what),
            visible(&each.value)
        ));
    }
    lines.extend(
        amiss(report, usize::MAX)
            .into_iter()
            .map(|line| format!("  {line}")),
    );
    lines
}

/// Warns, after a run, of what is not under the seed.
pub(crate) fn warn(report: &SeedingReport) {
    match report.state {
        SeedingState::HandedOver => {}
        SeedingState::Unseeded => terminal::warning(
            "the run is unseeded: the layer did not come up in its command",
            Some(
                "a statically linked program draws past it; give it the seed with `{seed}` in `command`",
            ),
        ),
        SeedingState::Partly => terminal::warning("not everything is under the seed", None),
        SeedingState::Seeded => {}
    }
    for line in amiss(report, WARNED) {
        terminal::note(&format!("  {line}"));
    }
    if report.operations.iter().any(|operation| operation.stopped) {
        terminal::hint("`algorithms = \"warn\"` in `[determinism]` allows such operations");
    }
}

/// Warns that a claim rests on a run of which not everything was under the seed.
pub(crate) fn warn_of_claim(id: &RecordId, report: &SeedingReport) {
    if let Some(mark) = mark(report) {
        let short = id.digest().short();
        terminal::warning(
            &format!("the claim rests on a run that was {mark}"),
            Some(&format!(
                "`resow show {short}` says what is not under the seed"
            )),
        );
    }
}

/// What may act on a run and is not under its seed, a line each.
pub(crate) fn unseeded(report: &SeedingReport) -> Vec<String> {
    let without_network = SeedingReport {
        network: Vec::new(),
        ..report.clone()
    };
    amiss(&without_network, WARNED)
}

/// The state as a word that verdicts and lists carry; `None` where nothing is to be said.
pub(crate) fn mark(report: &SeedingReport) -> Option<&'static str> {
    match report.state {
        SeedingState::Unseeded => Some("unseeded"),
        SeedingState::Partly => Some("partly seeded"),
        SeedingState::Seeded | SeedingState::HandedOver => None,
    }
}

/// Operations without a deterministic version, as what may explain a difference.
pub(crate) fn operations(report: &SeedingReport) -> Vec<String> {
    report.operations.iter().map(operation).collect()
}

fn word(state: SeedingState) -> String {
    match state {
        SeedingState::Seeded => good(state.name()),
        SeedingState::Unseeded => bad(state.name()),
        SeedingState::HandedOver | SeedingState::Partly => state.name().to_owned(),
    }
}

/// What is not under the seed, or was tried in vain: at most `most` of each kind.
fn amiss(report: &SeedingReport, most: usize) -> Vec<String> {
    let draws = report.draws.iter().map(|draw| {
        format!(
            "{}: {}{}",
            visible(&draw.call),
            visible(&draw.reason),
            at(draw.at.as_ref())
        )
    });
    let unreached = report.unreached.iter().map(|program| {
        let mut words = vec![program.program.as_str()];
        words.extend(program.arguments.iter().map(String::as_str));
        format!(
            "`{}` is not under the seed: {}",
            visible(&shortened(&words.join(" "))),
            program.reason
        )
    });
    let network = report.network.iter().map(|attempt| {
        format!(
            "tried to reach `{}`{}: there is no network",
            visible(&attempt.host),
            at(attempt.at.as_ref())
        )
    });
    let faults = report.faults.iter().map(|fault| {
        format!(
            "could not seed {}: {}",
            visible(&fault.what),
            visible(&fault.message)
        )
    });
    let mut lines = Vec::new();
    take(draws, most, &mut lines);
    take(unreached, most, &mut lines);
    take(network, most, &mut lines);
    take(report.operations.iter().map(operation), most, &mut lines);
    take(faults, most, &mut lines);
    if report.truncated {
        lines.push("more was told than a record holds".to_owned());
    }
    lines
}

fn take(all: impl ExactSizeIterator<Item = String>, most: usize, lines: &mut Vec<String>) {
    let count = all.len();
    lines.extend(all.take(most));
    if count > most {
        lines.push(format!("… and {} more like it", count - most));
    }
}

fn operation(operation: &Operation) -> String {
    let stopped = if operation.stopped {
        ", which stopped the run"
    } else {
        ""
    };
    format!(
        "{}: `{}` has no deterministic version{}{stopped}",
        visible(&operation.library),
        visible(&operation.name),
        at(operation.at.as_ref())
    )
}

fn at(place: Option<&CodePlace>) -> String {
    place.map_or_else(String::new, |place| {
        format!(" at {}:{}", visible(&place.file), place.line)
    })
}

fn shortened(text: &str) -> String {
    const MOST: usize = 100;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(MOST - 1).collect();
    short.push('…');
    short
}
