//! Several resow processes in one repository at once.

mod environment;

use std::collections::BTreeSet;

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
