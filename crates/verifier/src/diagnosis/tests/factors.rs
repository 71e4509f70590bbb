//! One factor, several, and those that act through one another.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use resow_manifest::conditions::Factor;

use super::super::*;
use super::simulation::{Sight, bench, causes, diagnosed, expect, of_factor, one};

#[test]
fn each_factor_is_found_alone() {
    for factor in Factor::ALL {
        let name = match factor {
            // The clocks being held, load acts through who is first alone.
            Factor::Load => "race",
            factor => factor.name(),
        };
        expect(2, move |sight| of_factor(factor, sight), &[name]);
    }
}

#[test]
fn each_pair_of_factors_is_found() {
    let apart = |one: Factor, other: Factor| {
        let acts_through = [
            (Factor::WallClock, Factor::ElapsedTime),
            (Factor::Addresses, Factor::EnvironmentSize),
            (Factor::Addresses, Factor::TimeZone),
            (Factor::Addresses, Factor::Locale),
            (Factor::InstructionSet, Factor::Addresses),
        ];
        one < other && !acts_through.contains(&(one, other)) && other != Factor::Load
    };
    for one in Factor::ALL {
        for other in Factor::ALL.into_iter().filter(|other| apart(one, *other)) {
            let text = move |sight: &Sight| {
                format!("{} {}", of_factor(one, sight), of_factor(other, sight))
            };
            let (diagnosis, _) = diagnosed(&bench(2), &self::one(text));
            let expected = [one.name(), other.name()];
            assert_eq!(causes(&diagnosis), [expected], "{diagnosis:#?}");
        }
    }
}

#[test]
fn what_moves_memory_is_not_told_from_addresses() {
    let text = |sight: &Sight| format!("{} {}", sight.addresses, sight.locale);
    let (diagnosis, _) = diagnosed(&bench(2), &one(text));
    assert_eq!(causes(&diagnosis), [["address layout"]]);
    let finding = diagnosis.outputs.values().next().expect("an output");
    assert_eq!(finding.through_addresses, [Factor::Locale].into());
}

#[test]
fn a_value_that_coincides_by_chance_hides_nothing() {
    expect(
        2,
        |sight| (sight.hash_seed % 2 == 1).to_string(),
        &["hash seed"],
    );
    expect(
        2,
        |sight| (sight.hash_seed == 2).to_string(),
        &["hash seed"],
    );
}

#[test]
fn threads_are_told_from_processors() {
    // As a library that has no more threads than processors.
    let clamped = |sight: &Sight| sight.threads.min(sight.cpus).to_string();
    for cpus in [1, 2, 4] {
        expect(cpus, clamped, &["number of threads"]);
        expect(
            cpus,
            |sight| sight.cpus.to_string(),
            &["number of processors"],
        );
    }
}

#[test]
fn a_seed_from_the_wall_clock_is_no_elapsed_time() {
    expect(1, |sight| (sight.wall / 1000).to_string(), &["wall clock"]);
    let both = |sight: &Sight| format!("{} {}", sight.wall, sight.elapsed);
    expect(1, both, &["wall clock", "elapsed time"]);
    // The faster of two, where a clock that counts sees no difference.
    let faster =
        |sight: &Sight| (sight.elapsed > 5_000_000 && sight.elapsed % 5_000 != 0).to_string();
    expect(1, faster, &["elapsed time"]);
}

#[test]
fn two_factors_that_act_together_alone_are_named_together() {
    let text = |sight: &Sight| (sight.hash_seed > 0 && sight.time_zone != "UTC0").to_string();
    expect(1, text, &["hash seed and time zone together"]);
}

/// What the outputs of a simulated program depend on.
fn dependencies() -> impl Strategy<Value = Vec<BTreeSet<usize>>> {
    prop::collection::vec(prop::collection::btree_set(0..13_usize, 0..4), 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_factors_of_any_outputs_are_found(outputs in dependencies()) {
        let names = outputs.clone();
        let program = move |sight: &Sight| {
            let text = |of: &BTreeSet<usize>| {
                let parts = of.iter().map(|index| of_factor(Factor::ALL[*index], sight));
                format!("{} {}", sight.seed, parts.collect::<Vec<_>>().join(" "))
            };
            Some(names.iter().map(text).collect())
        };
        let (diagnosis, runs) = diagnosed(&bench(2), &program);
        let expected: Vec<Vec<String>> = outputs.iter().map(|of| {
            let is_through = |index: &&usize| {
                let factor = Factor::ALL[**index];
                let moves = [Factor::InstructionSet, Factor::TimeZone, Factor::Locale, Factor::EnvironmentSize];
                moves.contains(&factor) && of.contains(&8)
            };
            of.iter().filter(|index| !is_through(index)).map(|index| Factor::ALL[*index].name().to_owned()).collect()
        }).collect();
        prop_assert_eq!(causes(&diagnosis), expected);
        // Written down and read again, the observations lead to the same.
        let text = serde_json::to_string(&runs).expect("written");
        let read: Vec<Observation> = serde_json::from_str(&text).expect("read");
        prop_assert_eq!(&read, &runs);
        let by_trial: BTreeMap<String, usize> = runs.iter().enumerate()
            .map(|(number, run)| (serde_json::to_string(&run.trial).expect("written"), number)).collect();
        prop_assert_eq!(by_trial.len(), runs.len(), "no run is made twice");
    }
}
