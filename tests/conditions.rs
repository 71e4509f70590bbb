//! Runs under other conditions than their plans': each acts in the container, and is said to have acted.

#[path = "conditions/bench.rs"]
mod bench;
mod environment;

use bench::Bench;
use environment::Environment;
use resow_executor::execute::ExecuteError;
use resow_manifest::conditions::{Acted, Addresses, Conditions, DirectoryOrder, Factor};
use resow_manifest::determinism::InstructionSet;
use serde_json::{Value, json};

/// What the manifest says itself, against which conditions are to prevail.
const OWN: &str = "[resources]\ncpus = 2\n[env]\nTZ = \"UTC-1\"\nLC_ALL = \"C\"\nOMP_NUM_THREADS = \"5\"\n\
                   OPENBLAS_CORETYPE = \"Haswell\"\nPYTHONHASHSEED = \"1\"\n";

fn watched() -> Conditions {
    Conditions {
        watched: true,
        ..Conditions::default()
    }
}

#[test]
fn each_condition_acts_and_is_said_to_have_acted() {
    let environment = Environment::new();
    let bench = Bench::new(&environment, OWN);
    let plain = bench.run(&watched());
    assert!(plain.acted.is_empty(), "{:?}", plain.acted);
    let plain = plain.probe;
    assert_eq!(plain["folder"], json!([["a", "b", "c"], ["a", "b", "c"]]));
    assert_eq!(plain["zone"], "01 +0100");
    assert_eq!(plain["fixed"], true);

    // One at a time, where each other thing stays as it was.
    let all = [
        (
            Factor::Threads,
            Conditions {
                threads: Some(1),
                ..watched()
            },
            &["threads", "count"][..],
        ),
        (
            Factor::InstructionSet,
            Conditions {
                instruction_set: Some(InstructionSet::X86_64V2),
                ..watched()
            },
            &["instructions"],
        ),
        (
            Factor::Entropy,
            Conditions {
                entropy: Some(1),
                ..watched()
            },
            &["entropy"],
        ),
        (
            Factor::WallClock,
            Conditions {
                clock: Some("2001-02-03T04:05:06Z".parse().expect("a clock")),
                ..watched()
            },
            &["wall"],
        ),
        (
            Factor::DirectoryOrder,
            Conditions {
                directory_order: Some(DirectoryOrder::Reversed),
                ..watched()
            },
            &["folder"],
        ),
        (
            Factor::Addresses,
            Conditions {
                addresses: Some(Addresses::Random),
                ..watched()
            },
            &["fixed"],
        ),
        (
            Factor::HostName,
            Conditions {
                host_name: Some("elsewhere".to_owned()),
                ..watched()
            },
            &["host"],
        ),
        (
            Factor::TimeZone,
            Conditions {
                time_zone: Some("XXX-14".to_owned()),
                ..watched()
            },
            &["zone"],
        ),
        (
            Factor::Locale,
            Conditions {
                locale: Some("POSIX".to_owned()),
                ..watched()
            },
            &["locale"],
        ),
        (
            Factor::EnvironmentSize,
            Conditions {
                environment_bytes: Some(1000),
                ..watched()
            },
            &["environment"],
        ),
    ];
    for (factor, conditions, expected) in all {
        let told = bench.run(&conditions);
        assert_eq!(told.acted.len(), 1, "{factor}: {:?}", told.acted);
        let evidence = told.evidence(factor);
        assert!(evidence.contains(words_of(factor)), "{factor}: {evidence}");
        let changed: Vec<_> = names(&plain)
            .filter(|name| !["wall", "elapsed"].contains(name) || expected.contains(name))
            .filter(|name| told.probe[name] != plain[name])
            .collect();
        let expected: Vec<_> = names(&plain)
            .filter(|name| expected.contains(name))
            .collect();
        assert_eq!(changed, expected, "{factor}: {}", told.probe);
        match factor {
            Factor::Threads => assert_eq!(told.probe["threads"], json!(["1", "1", "1"])),
            Factor::WallClock => assert_eq!(told.probe["wall"], 981_173_106.0),
            Factor::HostName => assert_eq!(told.probe["host"], json!(["elsewhere", "elsewhere"])),
            Factor::TimeZone => assert_eq!(told.probe["zone"], "14 +1400"),
            Factor::DirectoryOrder => {
                assert_eq!(
                    told.probe["folder"],
                    json!([["c", "b", "a"], ["c", "b", "a"]])
                );
            }
            Factor::EnvironmentSize => {
                let size = |probe: &Value| probe["environment"].as_u64().expect("a size");
                assert_eq!(size(&told.probe), size(&plain) + 1000);
            }
            _ => {}
        }
    }
}

/// What the evidence of a factor says.
fn words_of(factor: Factor) -> &'static str {
    match factor {
        Factor::Threads => "openblas: threads 1",
        Factor::InstructionSet => "openblas: kernels Nehalem",
        Factor::Entropy => "entropy was drawn",
        Factor::WallClock => "the wall clock was read",
        Factor::DirectoryOrder => "folders were listed 2 times in Python",
        Factor::Addresses => "began at random addresses: 1, at fixed ones: 0",
        Factor::HostName => "the host's name was asked for",
        Factor::TimeZone => "in a time zone was asked for",
        Factor::Locale => "a locale was chosen",
        _ => "bytes of environment",
    }
}

fn names(probe: &Value) -> impl Iterator<Item = &str> {
    probe
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
}

#[test]
fn what_cannot_be_seen_is_said() {
    let environment = Environment::new();
    let bench = Bench::new(&environment, OWN);
    let conditions = Conditions {
        hash_seed: Some(77),
        ..watched()
    };
    let told = bench.run(&conditions);
    assert!(
        matches!(&told.acted[&Factor::HashSeed], Acted::Unknown { reason } if reason.contains("Python")),
        "{:?}",
        told.acted
    );
    assert_ne!(told.probe["hash"], bench.run(&watched()).probe["hash"]);
}

#[test]
fn a_processor_set_of_another_size_and_a_load_on_it() {
    let environment = Environment::new();
    let bench = Bench::new(&environment, "");
    let conditions = Conditions {
        cpus: Some(2),
        load: Some(2),
        ..Conditions::default()
    };
    let told = bench.run(&conditions);
    assert_eq!(told.probe["processors"], 2);
    assert!(
        told.evidence(Factor::Cpus).contains('-'),
        "{:?}",
        told.acted
    );
    assert!(
        told.evidence(Factor::Load).contains("processor time"),
        "{:?}",
        told.acted
    );
    // Nothing is busy any more.
    let tasks = std::fs::read_dir("/proc/self/task").expect("threads");
    for task in tasks.flatten() {
        let name = std::fs::read_to_string(task.path().join("comm")).unwrap_or_default();
        assert!(!name.starts_with("resow load"), "{name}");
    }
}

#[test]
fn a_clock_that_counts_tells_the_same_elapsed_time_each_time() {
    let environment = Environment::new();
    let bench = Bench::new(&environment, "");
    let under = |step: &str| Conditions {
        clock: Some(
            format!("from 2026-01-01T00:00:00Z by {step}")
                .parse()
                .expect("a clock"),
        ),
        ..Conditions::default()
    };
    let first = bench.run(&under("1us"));
    let micro = |probe: &Value| (probe["elapsed"].as_f64().expect("a number") * 1e6).round();
    assert_eq!(micro(&first.probe), 1.0);
    assert_eq!(bench.run(&under("1us")).probe, first.probe);
    let slower = bench.run(&under("1ms"));
    assert_eq!(micro(&slower.probe), 1000.0);
    for factor in [Factor::WallClock, Factor::ElapsedTime] {
        assert!(slower.evidence(factor).contains("read"));
    }
}

#[test]
fn instructions_that_the_processor_lacks_are_refused() {
    let host = std::fs::read_to_string("/proc/cpuinfo").expect("a processor");
    if host.contains("avx512f") {
        return;
    }
    let environment = Environment::new();
    let bench = Bench::new(&environment, "");
    let conditions = Conditions {
        instruction_set: Some(InstructionSet::X86_64V4),
        ..Conditions::default()
    };
    assert!(matches!(
        bench.try_run(&conditions).err(),
        Some(ExecuteError::InstructionSet {
            set: InstructionSet::X86_64V4,
            ..
        })
    ));
}
