//! The course of the experiment on simulated programs, each with a known cause.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use resow_manifest::conditions::{Acted, Addresses, Conditions, DirectoryOrder, Factor};
use resow_manifest::determinism::{Clock, InstructionSet};
use resow_manifest::digest::Sha256Digest;
use resow_manifest::manifest::OutputRole;
use resow_manifest::outcome::Outcome;
use resow_manifest::plan::Plan;
use resow_manifest::seed::Seed;

use super::*;
use crate::digesting::Content;
use crate::outputs::{OutputEntry, OutputName, Outputs};

/// What a simulated program sees.
struct Sight {
    threads: u32,
    cpus: u32,
    set: InstructionSet,
    hash_seed: u32,
    entropy: u64,
    /// Nanoseconds since 1970 at the one reading of the wall clock.
    wall: i128,
    /// Nanoseconds between two readings of any clock.
    elapsed: i128,
    reversed: bool,
    addresses: u64,
    host_name: String,
    time_zone: String,
    locale: String,
    environment: u32,
    load: u32,
    seed: Seed,
    /// Another number in each run.
    chance: u64,
}

/// What it prints to each output; `None` where it fails.
type Program = dyn Fn(&Sight) -> Option<Vec<String>>;

fn plan(cpus: u32) -> Plan {
    let text = format!(
        r#"{{"layer": 1, "source": "sha256:{zeros}", "seed": 42, "command": ["a"], "cpus": {cpus}, "network": "none",
            "outputs": ["<stdout>"], "image": {{"chain": "sha256:{zeros}", "architecture": "amd64"}},
            "determinism": {{"profile": "fast", "threads": null, "instruction_set": "host", "algorithms": "any",
            "entropy": "seeded", "clock": "host"}}}}"#,
        zeros = "0".repeat(64)
    );
    serde_json::from_str(&text).expect("a plan")
}

fn bench(cpus: u32) -> Bench {
    let features = InstructionSet::X86_64V3.features();
    Bench {
        plan: plan(cpus),
        processors: 4,
        features: features
            .iter()
            .chain(&["sse2"])
            .map(ToString::to_string)
            .collect(),
    }
}

/// What a run under these conditions sees; what is not set is the host's, and another each time where it is so there.
fn sight(bench: &Bench, trial: &Trial, run: u64) -> Sight {
    let Conditions {
        threads,
        cpus,
        instruction_set,
        hash_seed,
        entropy,
        clock,
        directory_order,
        addresses,
        host_name,
        time_zone,
        locale,
        environment_bytes,
        load,
        ..
    } = trial.conditions.clone();
    let run_time = i128::from(run) * 1_000_003 + 17;
    let (wall, elapsed) = match clock {
        None | Some(Clock::Host) => (1_700_000_000_000_000_000 + run_time, run_time),
        Some(Clock::At(instant)) => (instant.as_nanosecond(), run_time),
        Some(Clock::Counting { start, step }) => {
            let step = i128::from(step.nanoseconds());
            (start.as_nanosecond() + 3 * step, 5 * step)
        }
    };
    let cpus = cpus.unwrap_or(bench.plan.cpus);
    Sight {
        threads: threads.unwrap_or(cpus),
        cpus,
        set: instruction_set.unwrap_or(InstructionSet::Host),
        hash_seed: hash_seed.unwrap_or(42),
        entropy: entropy.unwrap_or(99),
        wall,
        elapsed,
        reversed: directory_order == Some(DirectoryOrder::Reversed),
        addresses: match addresses {
            Some(Addresses::Fixed) => 0,
            _ => run,
        },
        host_name: host_name.unwrap_or_default(),
        time_zone: time_zone.unwrap_or_default(),
        locale: locale.unwrap_or_default(),
        environment: environment_bytes.unwrap_or(0),
        load: load.unwrap_or(0),
        seed: trial.seed.unwrap_or(bench.plan.seed),
        chance: run.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20,
    }
}

fn observe(bench: &Bench, needed: Needed, run: u64, program: &Program) -> Observation {
    let printed = program(&sight(bench, &needed.trial, run));
    let outputs: Outputs = printed
        .iter()
        .flatten()
        .enumerate()
        .map(|(index, text)| {
            let name: OutputName = format!("out/{index}").parse().expect("a name");
            let content = Content::File {
                digest: Sha256Digest::of(text.as_bytes()),
                size: text.len() as u64,
                executable: false,
            };
            let role = OutputRole::Result;
            (name, OutputEntry { role, content })
        })
        .collect();
    let acted = needed.trial.conditions.factors().into_iter();
    let evidence = || "it was simulated".to_owned();
    Observation {
        acted: acted
            .map(|factor| {
                (
                    factor,
                    Acted::Yes {
                        evidence: evidence(),
                    },
                )
            })
            .collect(),
        trial: needed.trial,
        purpose: needed.purpose,
        outcome: Outcome::Exited {
            code: i64::from(printed.is_none()),
        },
        faults: Vec::new(),
        outputs,
        unseeded: Vec::new(),
        milliseconds: 1,
    }
}

/// The whole experiment.
fn diagnosed(bench: &Bench, program: &Program) -> (Diagnosis, Vec<Observation>) {
    let mut observations = Vec::new();
    loop {
        let (diagnosis, needed) = examine(bench, &observations);
        let Some(needed) = needed else {
            return (diagnosis, observations);
        };
        assert!(observations.len() < 150, "{needed:?}\n{diagnosis:#?}");
        let run = observations.len() as u64 + 1;
        observations.push(observe(bench, needed, run, program));
    }
}

/// The names of the causes of each output.
fn causes(diagnosis: &Diagnosis) -> Vec<Vec<String>> {
    let outputs = diagnosis.outputs.values();
    outputs
        .map(|output| output.causes.iter().map(Cause::name).collect())
        .collect()
}

/// A program whose one output depends on the seed and what else is given.
fn one(text: impl Fn(&Sight) -> String) -> impl Fn(&Sight) -> Option<Vec<String>> {
    move |sight| Some(vec![format!("{} {}", sight.seed, text(sight))])
}

#[track_caller]
fn expect(cpus: u32, text: impl Fn(&Sight) -> String + 'static, expected: &[&str]) {
    let (diagnosis, runs) = diagnosed(&bench(cpus), &one(text));
    assert_eq!(causes(&diagnosis), [expected], "{diagnosis:#?}");
    assert_eq!(diagnosis.seedless().count(), 0);
    assert!(runs.len() <= 45, "{} runs", runs.len());
}

/// Each simple cause: what the program prints.
fn of_factor(factor: Factor, sight: &Sight) -> String {
    match factor {
        Factor::Threads => sight.threads.to_string(),
        Factor::Cpus => sight.cpus.to_string(),
        Factor::InstructionSet => sight.set.to_string(),
        Factor::HashSeed => sight.hash_seed.to_string(),
        Factor::Entropy => sight.entropy.to_string(),
        Factor::WallClock => sight.wall.to_string(),
        Factor::ElapsedTime => sight.elapsed.to_string(),
        Factor::DirectoryOrder => sight.reversed.to_string(),
        Factor::Addresses => sight.addresses.to_string(),
        Factor::HostName => sight.host_name.clone(),
        Factor::TimeZone => sight.time_zone.clone(),
        Factor::Locale => sight.locale.clone(),
        Factor::EnvironmentSize => sight.environment.to_string(),
        Factor::Load => sight.load.to_string(),
    }
}

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
fn what_changes_nothing_is_stable_after_few_runs() {
    let (diagnosis, runs) = diagnosed(&bench(2), &one(|_| String::new()));
    assert_eq!(causes(&diagnosis), [[""; 0]]);
    assert!(!diagnosis.has_causes() && !diagnosis.is_seedless());
    assert_eq!(runs.len(), 8);
    let tested = diagnosis.factors.values();
    assert!(tested.clone().all(|factor| factor.tested == Tested::Yes));
    assert!(tested.clone().all(|factor| factor.acted.is_some()));
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

#[test]
fn each_output_has_its_own_causes() {
    let program = |sight: &Sight| {
        Some(vec![
            format!("{} {}", sight.seed, sight.hash_seed),
            format!("{} {}", sight.seed, sight.chance),
            sight.seed.to_string(),
            format!("{} {}", sight.hash_seed, sight.time_zone),
        ])
    };
    let (diagnosis, _) = diagnosed(&bench(1), &program);
    let expected: [&[&str]; 4] = [&["hash seed"], &["race"], &[], &["hash seed", "time zone"]];
    assert_eq!(causes(&diagnosis), expected, "{diagnosis:#?}");
    let seedless: Vec<_> = diagnosis.seedless().map(ToString::to_string).collect();
    assert_eq!(seedless, ["out/3"]);
    assert!(!diagnosis.is_seedless());
}

#[test]
fn a_seed_without_effect_is_found() {
    let (diagnosis, _) = diagnosed(&bench(1), &|_: &Sight| Some(vec!["same".to_owned()]));
    assert!(diagnosis.is_seedless() && !diagnosis.has_causes());
}

#[test]
fn a_condition_that_makes_the_run_fail_is_named_and_hides_nothing() {
    let program = |sight: &Sight| {
        let text = format!("{} {}", sight.seed, sight.hash_seed);
        (!sight.locale.starts_with("de")).then(|| vec![text])
    };
    let (diagnosis, _) = diagnosed(&bench(1), &program);
    assert_eq!(causes(&diagnosis), [["hash seed"]], "{diagnosis:#?}");
    let failing: Vec<_> = diagnosis.failing().map(|(factor, _)| factor).collect();
    assert_eq!(failing, [Factor::Locale]);
}

#[test]
fn a_run_that_stands_no_counting_clock_is_examined_without() {
    let program = |sight: &Sight| {
        let text = format!("{} {}", sight.seed, sight.wall);
        (sight.elapsed % 5_000 != 0).then(|| vec![text])
    };
    let (diagnosis, runs) = diagnosed(&bench(1), &program);
    assert_eq!(causes(&diagnosis), [["wall clock"]], "{diagnosis:#?}");
    let elapsed = &diagnosis.factors[&Factor::ElapsedTime];
    assert!(matches!(elapsed.tested, Tested::No { .. }), "{elapsed:?}");
    let (_, failed) = &diagnosis.not_held[0];
    assert!(!runs[*failed].is_success());
}

#[test]
fn a_run_that_fails_is_not_examined() {
    let (diagnosis, runs) = diagnosed(&bench(1), &|_: &Sight| None);
    assert_eq!(diagnosis.failed, Some(0));
    assert_eq!(runs.len(), 1);
}

#[test]
fn two_factors_that_act_together_alone_are_named_together() {
    let text = |sight: &Sight| (sight.hash_seed > 0 && sight.time_zone != "UTC0").to_string();
    expect(1, text, &["hash seed and time zone together"]);
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

#[test]
fn the_runs_that_remain_are_foreseen() {
    let bench = bench(2);
    let program = one(|sight| sight.hash_seed.to_string());
    assert_eq!(remaining(&bench, &[]), 8);
    let (_, all) = diagnosed(&bench, &program);
    assert_eq!(remaining(&bench, &all), 0);
    for made in 1..all.len() {
        let foreseen = remaining(&bench, &all[..made]);
        assert!(
            (1..=all.len() + 8).contains(&foreseen),
            "{made}: {foreseen}"
        );
    }
    assert_eq!(remaining(&bench, &all[..1]), 7);
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
