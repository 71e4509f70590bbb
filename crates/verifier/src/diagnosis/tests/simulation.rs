//! Simulated programs, each with a known cause.

use resow_manifest::conditions::{Acted, Addresses, Conditions, DirectoryOrder, Factor};
use resow_manifest::determinism::{Clock, InstructionSet};
use resow_manifest::digest::Sha256Digest;
use resow_manifest::manifest::OutputRole;
use resow_manifest::outcome::Outcome;
use resow_manifest::plan::Plan;
use resow_manifest::seed::Seed;

use super::super::*;
use crate::digesting::Content;
use crate::outputs::{OutputEntry, OutputName, Outputs};

/// What a simulated program sees.
pub(super) struct Sight {
    pub(super) threads: u32,
    pub(super) cpus: u32,
    pub(super) set: InstructionSet,
    pub(super) hash_seed: u32,
    pub(super) entropy: u64,
    /// Nanoseconds since 1970 at the one reading of the wall clock.
    pub(super) wall: i128,
    /// Nanoseconds between two readings of any clock.
    pub(super) elapsed: i128,
    pub(super) reversed: bool,
    pub(super) addresses: u64,
    pub(super) host_name: String,
    pub(super) time_zone: String,
    pub(super) locale: String,
    pub(super) environment: u32,
    pub(super) load: u32,
    pub(super) seed: Seed,
    /// Another number in each run.
    pub(super) chance: u64,
}

/// What it prints to each output; `None` where it fails.
pub(super) type Program = dyn Fn(&Sight) -> Option<Vec<String>>;

pub(super) fn plan(cpus: u32) -> Plan {
    let text = format!(
        r#"{{"layer": 1, "source": "sha256:{zeros}", "seed": 42, "command": ["a"], "cpus": {cpus}, "network": "none",
            "outputs": ["<stdout>"], "image": {{"chain": "sha256:{zeros}", "architecture": "amd64"}},
            "determinism": {{"profile": "fast", "threads": null, "instruction_set": "host", "algorithms": "any",
            "entropy": "seeded", "clock": "host"}}}}"#,
        zeros = "0".repeat(64)
    );
    serde_json::from_str(&text).expect("a plan")
}

pub(super) fn bench(cpus: u32) -> Bench {
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
pub(super) fn sight(bench: &Bench, trial: &Trial, run: u64) -> Sight {
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

pub(super) fn observe(bench: &Bench, needed: Needed, run: u64, program: &Program) -> Observation {
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
pub(super) fn diagnosed(bench: &Bench, program: &Program) -> (Diagnosis, Vec<Observation>) {
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
pub(super) fn causes(diagnosis: &Diagnosis) -> Vec<Vec<String>> {
    let outputs = diagnosis.outputs.values();
    outputs
        .map(|output| output.causes.iter().map(Cause::name).collect())
        .collect()
}

/// Whether no output is said to change.
pub(super) fn is_unchanged(diagnosis: &Diagnosis) -> bool {
    diagnosis.outputs.values().all(OutputFinding::is_unchanged)
}

/// A program whose one output depends on the seed and what else is given.
pub(super) fn one(text: impl Fn(&Sight) -> String) -> impl Fn(&Sight) -> Option<Vec<String>> {
    move |sight| Some(vec![format!("{} {}", sight.seed, text(sight))])
}

#[track_caller]
pub(super) fn expect(cpus: u32, text: impl Fn(&Sight) -> String + 'static, expected: &[&str]) {
    let (diagnosis, runs) = diagnosed(&bench(cpus), &one(text));
    assert_eq!(causes(&diagnosis), [expected], "{diagnosis:#?}");
    assert_eq!(diagnosis.seedless().count(), 0);
    assert!(runs.len() <= 45, "{} runs", runs.len());
}

/// Each simple cause: what the program prints.
pub(super) fn of_factor(factor: Factor, sight: &Sight) -> String {
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
