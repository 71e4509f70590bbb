//! Causes that lie in where the two runs took place.

use std::collections::BTreeSet;

use resow_manifest::determinism::{Determinism, InstructionSet};
use resow_manifest::host::Host;
use resow_manifest::host_fact::HostFact;
use resow_manifest::seeding_report::LibraryUse;

use super::cause::{Cause, CauseKind, Certainty};
use super::shape::Shape;
use crate::record::Record;
use crate::verdict::{Evidence, Verdict};

/// What differs between the hosts and what libraries use there, as far as the plan leaves it to them.
pub(super) fn causes(
    expected: &Evidence<'_>,
    got: &Record,
    verdict: &Verdict,
    shape: &Shape,
) -> Vec<Cause> {
    let determinism = got.plan.plan().determinism;
    let mut causes = Vec::new();
    if !verdict.accepted.is_empty() {
        causes.push(Cause {
            kind: CauseKind::Image,
            certainty: Certainty::Likely,
            because: "the rerun went in another image, which was accepted".to_owned(),
            pin: Some("the image that the claim names".to_owned()),
        });
    }
    let uses = used_otherwise(expected.uses, &got.seeding.uses);
    causes.extend(uses.into_iter().map(|(left, right)| of_use(left, right)));
    let is_told = |kind| causes.iter().any(|cause: &Cause| cause.kind == kind);
    let (processor, threads) = (is_told(CauseKind::Processor), is_told(CauseKind::Threads));
    if let Some(host) = expected.host {
        if !processor {
            causes.extend(of_processor(host, &got.host, &determinism, shape));
        }
        if !threads {
            causes.extend(of_cores(host, &got.host, &determinism, shape));
        }
        causes.extend(of_platform(host, &got.host));
    }
    if shape.is_rounding() && causes.is_empty() {
        causes.push(of_rounding(&determinism, shape));
    }
    causes
}

/// The first use of each kind that is another in the rerun.
fn used_otherwise<'u>(
    left: &'u [LibraryUse],
    right: &'u [LibraryUse],
) -> Vec<(&'u LibraryUse, &'u LibraryUse)> {
    let mut kinds = BTreeSet::new();
    let pairs = left.iter().filter_map(|one| {
        let is_same = |other: &&LibraryUse| other.library == one.library && other.what == one.what;
        let other = right.iter().find(is_same)?;
        // A library in several processes says several things; each that is on both sides is no difference.
        let is_there = |uses: &[LibraryUse], wanted: &LibraryUse| uses.contains(wanted);
        (!is_there(right, one) && !is_there(left, other)).then_some((one, other))
    });
    pairs
        .filter(|(one, _)| kinds.insert(one.what.as_str()))
        .collect()
}

fn of_use(left: &LibraryUse, right: &LibraryUse) -> Cause {
    let is_threads = left.what.contains("thread");
    Cause {
        kind: if is_threads {
            CauseKind::Threads
        } else {
            CauseKind::Processor
        },
        certainty: Certainty::Likely,
        because: format!(
            "{} used {} {}: expected {}, got {}",
            left.library,
            if left.what.ends_with('s') {
                "other"
            } else {
                "another"
            },
            left.what,
            left.value,
            right.value
        ),
        pin: Some(if is_threads { THREADS } else { INSTRUCTIONS }.to_owned()),
    }
}

const THREADS: &str = "profile = \"portable\", or `threads` in [determinism]";
const INSTRUCTIONS: &str = "profile = \"portable\", or `instruction_set` in [determinism]";

/// Another processor may have libraries choose other kernels, where the plan lets them.
fn of_processor(
    left: &Host,
    right: &Host,
    determinism: &Determinism,
    shape: &Shape,
) -> Option<Cause> {
    let differs = |fact: HostFact| fact.of(left) != fact.of(right);
    if determinism.instruction_set != InstructionSet::Host
        || !(differs(HostFact::CpuFeatures) || differs(HostFact::CpuModel))
    {
        return None;
    }
    let seeming = right.as_if.or(left.as_if);
    Some(Cause {
        kind: CauseKind::Processor,
        certainty: if shape.is_rounding() || seeming.is_some() {
            Certainty::Likely
        } else {
            Certainty::Possible
        },
        because: match seeming {
            Some(lesser) => format!(
                "one run went as on a processor with {lesser} alone, and the plan leaves the choice of instructions to libraries"
            ),
            None => format!(
                "expected {}, got {}, and the plan leaves the choice of instructions to libraries",
                left.cpu_model, right.cpu_model
            ),
        },
        pin: Some(INSTRUCTIONS.to_owned()),
    })
}

fn of_cores(left: &Host, right: &Host, determinism: &Determinism, shape: &Shape) -> Option<Cause> {
    if determinism.threads.is_some() || left.cores == right.cores {
        return None;
    }
    Some(Cause {
        kind: CauseKind::Threads,
        certainty: if shape.is_rounding() {
            Certainty::Likely
        } else {
            Certainty::Possible
        },
        because: format!(
            "expected {} processors, got {}, and the plan leaves the number of threads to libraries",
            left.cores, right.cores
        ),
        pin: Some(THREADS.to_owned()),
    })
}

fn of_platform(left: &Host, right: &Host) -> Option<Cause> {
    let facts = [
        HostFact::Kernel,
        HostFact::EngineName,
        HostFact::EngineVersion,
    ];
    let other: Vec<_> = facts
        .into_iter()
        .filter(|fact| fact.of(left) != fact.of(right))
        .map(|fact| format!("{fact}: expected {}, got {}", fact.of(left), fact.of(right)))
        .collect();
    (!other.is_empty()).then(|| Cause {
        kind: CauseKind::Platform,
        certainty: Certainty::Possible,
        because: other.join("; "),
        pin: None,
    })
}

fn of_rounding(determinism: &Determinism, shape: &Shape) -> Cause {
    let because = format!(
        "numbers differ by {:.1e} of themselves at most, as sums do that are added up in another order",
        shape.greatest
    );
    let pin = if determinism.threads == Some(1) {
        "a tolerance: compare = { kind = \"auto\", relative = … }"
    } else {
        "threads = 1 in [determinism]; or a tolerance: compare = { kind = \"auto\", relative = … }"
    };
    Cause {
        kind: CauseKind::Rounding,
        certainty: Certainty::Possible,
        because,
        pin: Some(pin.to_owned()),
    }
}
