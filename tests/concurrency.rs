//! Several resow processes in one repository at once.

mod environment;

#[path = "crash/bench.rs"]
mod bench;
#[expect(dead_code, reason = "a part of it is used here")]
#[path = "crash/host.rs"]
mod host;
#[path = "crash/shell_image.rs"]
mod shell_image;

use std::collections::BTreeSet;

use bench::{Bench, NAME};
use environment::Environment;
use serde_json::Value;

const OUTPUT: &str = "[[outputs]]\npath = \"out\"\n";

#[test]
fn runs_at_once_all_succeed_and_leave_the_store_whole() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    for name in ["same", "other"] {
        farm.declare_script(
            name,
            "mkdir out; for i in $(seq 50); do echo $i > out/$i; done; echo $RESOW_SEED > out/seed",
            OUTPUT,
        );
    }
    farm.commit("two experiments");
    // The first start of all makes the store: that race is one too.
    let runs: Vec<_> = [
        &["run", "same", "--force", "--json"][..],
        &["run", "same", "--force", "--json"],
        &["run", "other", "--json"],
        &["run", "same", "--seed", "9", "--json"],
    ]
    .map(|arguments| farm.start(arguments))
    .into_iter()
    .map(|child| child.wait_with_output().expect("an end"))
    .collect();
    let mut records = BTreeSet::new();
    for run in &runs {
        let stderr = String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.status.code(), Some(0), "{stderr}");
        let object: Value = serde_json::from_slice(&run.stdout).expect("one object");
        records.insert(object["record"].as_str().expect("a record").to_owned());
    }
    assert_eq!(records.len(), 4, "each has a record of its own");
    let log: Value =
        serde_json::from_str(&farm.expect(0, &["log", "--json"]).stdout).expect("an object");
    assert_eq!(log["records"].as_array().map(Vec::len), Some(4));
    for record in &records {
        farm.expect(0, &["show", record.trim_start_matches("sha256:")]);
    }
    assert_eq!(farm.left_in_engine(), "");
    let seed = farm.read("results/same/out/seed");
    assert!(
        ["0\n", "9\n"].contains(&seed.as_str()),
        "one of the runs, whole: {seed}"
    );
    assert_eq!(
        std::fs::read_dir(farm.path("results/same/out"))
            .expect("a folder")
            .count(),
        51
    );
    assert_eq!(farm.git(&["status", "--porcelain"]), "");
}

#[test]
fn first_runs_at_once_unpack_one_image_both_engines_root_only() {
    for engine in ["bubblewrap", "docker"] {
        let environment = Environment::new();
        let bench = Bench::new(&environment, engine, true);
        let cache = environment.path().join("home/.cache/resow");
        let _ = std::fs::remove_dir_all(&cache);
        let runs = [0, 1].map(|_| bench.start(&["run", NAME, "--force", "--json"]));
        let outputs = runs.map(outputs_of);
        assert_eq!(outputs[0], outputs[1]);
        bench.expect_clean("after both");
    }
}

/// What a run that succeeds gave.
fn outputs_of(child: std::process::Child) -> Value {
    let ended = child.wait_with_output().expect("an end");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(0), "{said}");
    let object: Value = serde_json::from_slice(&ended.stdout).expect("an object");
    object["outputs"].clone()
}

#[test]
fn a_run_beside_a_verification_and_a_repair_both_engines_root_only() {
    for engine in ["bubblewrap", "docker"] {
        let environment = Environment::new();
        let bench = Bench::new(&environment, engine, true);
        let (expected, _) = bench.run();
        bench.expect(0, &["claim", NAME]);
        bench.farm.commit("claim");
        for beside in [&["verify", NAME][..], &["fsck", "--repair"]] {
            for _ in 0..3 {
                let run = bench.start(&["run", NAME, "--force", "--json"]);
                let other = bench.start(beside).wait_with_output().expect("an end");
                let said = String::from_utf8_lossy(&other.stderr);
                // A repair wants the store alone: it works, or says who has it.
                let waits = beside[0] == "fsck" && other.status.code() == Some(4);
                assert!(other.status.success() || waits, "{beside:?}: {other:?}");
                assert!(!waits || said.contains("hint: "), "{said}");
                assert_eq!(outputs_of(run), expected);
            }
        }
        bench.expect_clean("after all");
    }
}
