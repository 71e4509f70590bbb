//! A wall clock that jumps, during and between runs: limits hold by another clock, and records stay what they are.

mod environment;

#[path = "crash/bench.rs"]
mod bench;
#[expect(dead_code, reason = "a part of it is used here")]
#[path = "crash/host.rs"]
mod host;
#[path = "crash/shell_image.rs"]
mod shell_image;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use bench::{Bench, NAME};
use environment::Environment;
use serde_json::Value;

/// The distribution's library that sets the clock for one program.
fn library(folder: &Path) -> PathBuf {
    let script = "apt-get --quiet --quiet download libfaketime 2>/dev/null && dpkg-deb -x libfaketime*.deb faketime && \
                  find \"$PWD/faketime\" -name libfaketime.so.1";
    let output = Command::new("sh")
        .args(["-e", "-c", script])
        .current_dir(folder)
        .output()
        .expect("a shell");
    let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    assert!(!path.is_empty(), "no libfaketime: {output:?}");
    path.into()
}

/// Lets a command see the wall clock that a file sets, and nothing else of it changed.
fn at_clock(command: &mut Command, library: &Path, file: &Path) {
    command
        .env("LD_PRELOAD", library)
        .env("FAKETIME_TIMESTAMP_FILE", file)
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .env("NO_FAKE_STAT", "1");
}

#[test]
fn a_clock_that_jumps_root_only() {
    let environment = Environment::new();
    let library = library(environment.path());
    let clock = environment.path().join("clock");
    for engine in bench::engines() {
        let environment = Environment::new();
        let bench = Bench::new(&environment, engine, true);
        let (expected, _) = bench.run();
        let roots = environment.path().join("home/.cache/resow/roots/roots");
        let unpacked = || names(&roots);
        let before = unpacked();
        bench.declare(
            "endless",
            "sleep 600\n",
            "resources.timeout = \"2s\"\n[[outputs]]\nstream = \"stdout\"\n",
        );
        let run = |name: &str, jump: Option<&str>| {
            let mut command = bench.command(&["run", name, "--force", "--json"]);
            at_clock(&mut command, &library, &clock);
            let child = command
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped())
                .spawn()
                .expect("resow starts");
            if let Some(jump) = jump {
                thread::sleep(Duration::from_millis(300));
                fs::write(&clock, jump).expect("written");
            }
            child.wait_with_output().expect("an end")
        };
        for (start, jump) in [("-365d", "+365d"), ("+365d", "-365d"), ("+0", "-3650d")] {
            fs::write(&clock, start).expect("written");
            let ended = run(NAME, Some(jump));
            let said = String::from_utf8_lossy(&ended.stderr);
            assert_eq!(ended.status.code(), Some(0), "{start} {jump}: {said}");
            assert!(!said.contains("left behind"), "{said}");
            let object: Value = serde_json::from_slice(&ended.stdout).expect("an object");
            assert_eq!(object["outputs"], expected, "{start} {jump}");
            // A limit of time is one of time that passes.
            fs::write(&clock, start).expect("written");
            let begun = Instant::now();
            let ended = run("endless", Some(jump));
            let took = begun.elapsed();
            assert_eq!(ended.status.code(), Some(3), "{ended:?}");
            assert!(took > Duration::from_secs(2), "{start} {jump}: {took:?}");
            let object: Value = serde_json::from_slice(&ended.stdout).expect("an object");
            assert_eq!(object["outcome"]["kind"], "timed-out");
        }
        let log = bench.expect(0, &["log", "--json"]);
        let log: Value = serde_json::from_str(&log.stdout).expect("an object");
        let records = log["records"].as_array().expect("a list");
        assert_eq!(records.len(), 7);
        for record in records {
            let id = record["record"].as_str().expect("a record");
            bench.expect(0, &["show", id]);
        }
        assert_eq!(unpacked(), before, "the unpacked image is kept");
        assert_eq!(bench.run().0, expected);
        assert_eq!(bench.records(), 8);
        bench.expect_clean("after all");
    }
}

fn names(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.path()).collect();
    names.sort();
    names
}
