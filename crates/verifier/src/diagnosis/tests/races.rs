//! What changes by itself, and what no cause is found for.

use std::cell::Cell;

use super::super::*;
use super::simulation::{Sight, bench, causes, diagnosed, expect, observe, one};

#[test]
fn a_race_is_named_however_it_shows() {
    expect(2, |sight| sight.chance.to_string(), &["race"]);
    let of_threads = |sight: &Sight| {
        let chance = if sight.threads > 1 { sight.chance } else { 0 };
        chance.to_string()
    };
    let of_processors = |sight: &Sight| {
        let chance = if sight.cpus > 1 { sight.chance } else { 0 };
        chance.to_string()
    };
    for cpus in [1, 2] {
        expect(cpus, of_threads, &["race"]);
        expect(cpus, of_processors, &["race"]);
    }
    let under_load = |sight: &Sight| (sight.load > 0 && sight.chance.is_multiple_of(2)).to_string();
    let (diagnosis, _) = diagnosed(&bench(2), &one(under_load));
    assert!(
        causes(&diagnosis)
            .iter()
            .flatten()
            .all(|name| name == "race")
    );
}

#[test]
fn a_race_beside_another_cause_hides_it_not() {
    let both = |sight: &Sight| {
        let chance = if sight.cpus > 1 { sight.chance } else { 0 };
        format!("{chance} {}", sight.hash_seed)
    };
    expect(2, both, &["hash seed", "race"]);
}

/// Of each output, in which runs it is given otherwise.
fn otherwise_in(runs: &'static [&'static [u32]]) -> impl Fn(&Sight) -> Option<Vec<String>> {
    let made = Cell::new(0);
    move |sight| {
        made.set(made.get() + 1);
        let texts = runs.iter().map(|runs| {
            let text = runs.contains(&made.get());
            format!("{} {text}", sight.seed)
        });
        Some(texts.collect())
    }
}

#[test]
fn what_plain_reruns_alone_give_is_not_called_stable() {
    let (diagnosis, _) = diagnosed(&bench(1), &otherwise_in(&[&[1, 2, 3]]));
    let finding = diagnosis.outputs.values().next().expect("an output");
    assert_eq!(finding.reruns, Reruns::Same);
    assert!(finding.causes.is_empty(), "{finding:#?}");
    let evidence = finding.unexplained.expect("two runs");
    assert_eq!((evidence.held, evidence.changed), (0, 3));
    assert!(!finding.is_unchanged());
}

#[test]
fn what_once_differed_with_all_held_is_a_race() {
    // Plain reruns, twice everything held, twice with one thread besides.
    let (diagnosis, runs) = diagnosed(&bench(2), &otherwise_in(&[&[5, 7, 9, 11], &[7]]));
    assert_eq!(causes(&diagnosis), [["race"], ["race"]], "{diagnosis:#?}");
    let finding = diagnosis.outputs.values().last().expect("an output");
    let Cause::Race { under, .. } = &finding.causes[0] else {
        panic!("{finding:#?}");
    };
    assert_eq!(under.as_deref(), Some("number of threads: 1"));
    let evidence = finding.causes[0].evidence();
    let [held, changed] = [evidence.held, evidence.changed].map(|run| &runs[run].trial.conditions);
    assert_eq!(held, changed);
    assert_eq!(held.threads, Some(1));
}

#[test]
fn what_the_seed_does_not_reach_is_told_from_a_race() {
    let bench = bench(1);
    let mut observations = Vec::new();
    let program = one(|sight| sight.chance.to_string());
    let diagnosis = loop {
        let (diagnosis, needed) = examine(&bench, &observations);
        let Some(needed) = needed else {
            break diagnosis;
        };
        let run = observations.len() as u64;
        let mut observation = observe(&bench, needed, run, &program);
        observation.unseeded = vec!["`busybox` is linked statically".to_owned()];
        observations.push(observation);
    };
    assert_eq!(causes(&diagnosis), [["unseeded randomness"]]);
}
