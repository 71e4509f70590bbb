//! Causes that the runs themselves told of: what is not under the seed.

use resow_manifest::determinism::Entropy;
use resow_manifest::seeding_report::{CodePlace, SeedingReport, UnreachedReason};

use super::cause::{Cause, CauseKind, Certainty};
use crate::record::Record;
use crate::verdict::Evidence;

/// What the seed did not reach, in the rerun or, where that is known, in what it is compared with.
pub(super) fn causes(expected: &Evidence<'_>, got: &Record) -> Vec<Cause> {
    let reports = [Some(&got.seeding), expected.seeding];
    let reports = || reports.iter().flatten().copied();
    let entropy = got.plan.plan().determinism.entropy;
    let found = [
        reports().find_map(|report| draw(report, entropy)),
        reports().find_map(unreached),
        reports().find_map(operation),
    ];
    found.into_iter().flatten().collect()
}

fn draw(report: &SeedingReport, entropy: Entropy) -> Option<Cause> {
    let draw = report.draws.first()?;
    let is_clock = draw.reason.contains("clock");
    let pin = match entropy {
        _ if is_clock => Some("clock = \"2026-01-01T00:00:00Z\" in [determinism]".to_owned()),
        Entropy::Host => Some("entropy = \"seeded\" in [determinism]".to_owned()),
        Entropy::Seeded => None,
    };
    Some(Cause {
        kind: if is_clock {
            CauseKind::Clock
        } else {
            CauseKind::Draw
        },
        certainty: Certainty::Likely,
        because: format!(
            "`{}` depends on {}{}{}",
            draw.call,
            draw.reason,
            at(draw.at.as_ref()),
            more(report.draws.len())
        ),
        pin,
    })
}

fn unreached(report: &SeedingReport) -> Option<Cause> {
    let program = report.unreached.first()?;
    let certainty = match program.reason {
        // Such a program may well draw nothing.
        UnreachedReason::Static => Certainty::Possible,
        _ => Certainty::Likely,
    };
    Some(Cause {
        kind: CauseKind::UnreachedProgram,
        certainty,
        because: format!(
            "`{}` is not under the seed: {}{}",
            program.program,
            program.reason,
            more(report.unreached.len())
        ),
        pin: Some("give it the seed with `{seed}` in `command`".to_owned()),
    })
}

fn operation(report: &SeedingReport) -> Option<Cause> {
    let operation = report.operations.first()?;
    Some(Cause {
        kind: CauseKind::Operation,
        certainty: Certainty::Likely,
        because: format!(
            "{}: `{}` has no deterministic version{}{}",
            operation.library,
            operation.name,
            at(operation.at.as_ref()),
            more(report.operations.len())
        ),
        pin: Some("algorithms = \"strict\" in [determinism], which names each".to_owned()),
    })
}

fn at(place: Option<&CodePlace>) -> String {
    place.map_or_else(String::new, |place| {
        format!(", at {}:{}", place.file, place.line)
    })
}

fn more(count: usize) -> String {
    match count {
        0 | 1 => String::new(),
        count => format!(" (and {} more)", count - 1),
    }
}
