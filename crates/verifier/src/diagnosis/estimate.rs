//! How many runs are still to be made, as far as can be foreseen.

use resow_manifest::conditions::Factor;

use super::bench::Bench;
use super::examination::examine;
use super::observation::Observation;
use super::trial::{Needed, Purpose};

/// The most runs that are foreseen.
const MOST: usize = 200;

/// How many runs are still needed if those to come show nothing that was not seen yet.
pub fn remaining(bench: &Bench, observations: &[Observation]) -> usize {
    let mut foreseen = observations.to_vec();
    while foreseen.len() < observations.len() + MOST {
        let (_, needed) = examine(bench, &foreseen);
        let Some(needed) = needed else { break };
        let Some(next) = expected(&foreseen, needed) else {
            // Nothing was run yet: three reruns, twice all held, twice nothing held, another seed.
            return 8;
        };
        foreseen.push(next);
    }
    foreseen.len() - observations.len()
}

/// What a run gives if it gives what runs of its kind gave, and one factor alone is what changes anything.
fn expected(seen: &[Observation], needed: Needed) -> Option<Observation> {
    let same = seen
        .iter()
        .find(|run| run.trial.conditions == needed.trial.conditions);
    let mut held = seen.iter().rev();
    let held = held.find(|run| run.purpose == Purpose::Held && run.is_success());
    let changed = held.and_then(|held| suspect(seen, held));
    let changed = changed.filter(|(suspect, _)| match &needed.purpose {
        Purpose::Varied { factors } => factors.contains(suspect),
        _ => false,
    });
    let like = same
        .or(changed.map(|(_, run)| run))
        .or(held)
        .or(seen.last())?;
    let mut expected = Observation {
        trial: needed.trial,
        purpose: needed.purpose,
        ..like.clone()
    };
    if expected.purpose == Purpose::OtherSeed {
        // Another seed changes everything.
        expected.outputs.clear();
    }
    Some(expected)
}

/// The factor that changes something, as far as that can be told, and a run that it changed.
fn suspect<'a>(seen: &'a [Observation], held: &Observation) -> Option<(Factor, &'a Observation)> {
    let varied = seen.iter().filter_map(|run| match &run.purpose {
        Purpose::Varied { factors } if run.is_success() => Some((factors, run)),
        _ => None,
    });
    let is_changed = |run: &Observation| !run.differing(held).is_empty();
    let (factors, run) = varied
        .clone()
        .filter(|(_, run)| is_changed(run))
        .min_by_key(|(factors, _)| factors.len())?;
    let is_cleared = |factor: &Factor| {
        varied
            .clone()
            .any(|(factors, run)| factors.contains(factor) && !is_changed(run))
    };
    let open = factors.iter().find(|factor| !is_cleared(factor));
    Some((*open.or(factors.first())?, run))
}
