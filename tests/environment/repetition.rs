//! The same run many times, and what came out.
//!
//! Each test file uses the part of it that it needs.
#![expect(
    dead_code,
    unreachable_pub,
    reason = "each test file uses a part of this module"
)]

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;

use serde_json::Value;

use crate::environment::Repository;
use crate::environment::engine::TestEngine;

/// How often a run is repeated: `RESOW_REPETITIONS`, else three times.
pub fn repetitions() -> usize {
    std::env::var("RESOW_REPETITIONS").map_or(3, |text| {
        text.parse().expect("`RESOW_REPETITIONS` is a number")
    })
}

/// The outputs of one run with these options, which must succeed: each with its digest.
pub fn outputs(farm: &Repository<'_>, name: &str, options: &[&str]) -> String {
    let run = farm.json(0, &[&["run", name, "--force"], options].concat());
    assert_eq!(run["executed"], true, "{run}");
    let outputs = &run["outputs"];
    assert!(
        outputs.as_object().is_some_and(|them| !them.is_empty()),
        "{run}"
    );
    outputs.to_string()
}

/// The different outputs of so many runs.
pub fn distinct(farm: &Repository<'_>, name: &str, runs: usize) -> BTreeSet<String> {
    (0..runs).map(|_| outputs(farm, name, &[])).collect()
}

/// Adds a line to the table that `RESOW_MATRIX` names, if any.
pub fn note(subject: &str, condition: &str, runs: usize, distinct: usize) {
    let Ok(path) = std::env::var("RESOW_MATRIX") else {
        return;
    };
    let engine = TestEngine::of_this_run().name();
    let mut file = File::options()
        .append(true)
        .create(true)
        .open(path)
        .expect("the table can be written");
    let line = format!("{subject}\t{engine}\t{condition}\t{runs}\t{distinct}\n");
    file.write_all(line.as_bytes()).expect("a line");
}

/// What a run says of its own seeding.
pub fn report(farm: &Repository<'_>, name: &str) -> Value {
    farm.json(0, &["run", name, "--force"])["seeding"].clone()
}
