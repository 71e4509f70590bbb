//! An experiment that wants more than it may: what it tries, on each engine, and what stops it.
//!
//! The program is in `tests/hostile_experiment/`, in Python, and runs in the image of `docker/python` like any other
//! experiment; the table of its attempts is in `docs/isolation.md`.

mod environment;
#[path = "hostile_experiment/excess.rs"]
mod excess;
#[path = "hostile_experiment/farm.rs"]
mod farm;
#[path = "hostile_experiment/host.rs"]
mod host;
#[path = "hostile_experiment/table.rs"]
mod table;

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use environment::Environment;
use farm::{Engine, Farm};
use host::Host;
use serde_json::Value;
use table::{Cell, Table};

const STDOUT: &str = "[[outputs]]\nstream = \"stdout\"\n";

/// What an engine of some version does not stop, and why resow does not either: `docs/isolation.md` says it at length.
const OPEN: &[(Engine, &str)] = &[
    (
        Engine::Docker,
        "fill the disk by an open file without a name",
    ),
    (
        Engine::BubblewrapOfUser,
        "take memory by segments of System V that nobody attaches",
    ),
];

#[test]
fn every_attempt_is_stopped_and_the_table_says_by_what_root_only() {
    let host = Host::new();
    let engines = Engine::here();
    let mut table = Table::default();
    for engine in &engines {
        let environment = Environment::new();
        let farm = Farm::new(&environment, *engine, &host);
        declare_attempts(&farm);
        excess::declare(&farm);
        let farm = farm.sown();
        let mut column = attempts(&farm);
        column.extend(excess::column(&farm));
        assert_eq!(farm.left_behind(), Vec::<String>::new(), "{engine:?}");
        table.add(column);
    }
    let versions = farm::versions(&engines);
    let text = table.text(&engines, &versions);
    assert!(table.rows().len() >= 45, "{text}");
    for (what, cells) in table.rows() {
        for (engine, cell) in engines.iter().zip(cells) {
            let known = OPEN.contains(&(*engine, what.as_str()));
            assert!(
                cell.held || known,
                "{engine:?}: {what}: {}\n{text}",
                cell.words
            );
        }
    }
    table::settle(&table, &engines, &versions);
}

/// The attempts that are made in one run, with an input and parameters to attack.
fn declare_attempts(farm: &Farm<'_>) {
    let digest = resow_manifest::digest::Sha256Digest::of(b"an input\n").hex();
    farm.declare(
        "attempts",
        &["hostile/main.py"],
        &format!(
            "[[inputs]]\nname = \"data\"\nat = \"input.txt\"\nsha256 = \"{digest}\"\n{STDOUT}"
        ),
    );
}

fn attempts(farm: &Farm<'_>) -> Vec<(String, Cell)> {
    farm.expect(0, &["run", "attempts"]);
    assert_eq!(farm.repository.read("input.txt"), "an input\n");
    let text = farm.result("attempts", "stdout.log");
    let row = |line: &str| {
        let row: Value = serde_json::from_str(line).expect("an attempt");
        let words = row["words"].as_str().expect("words").to_owned();
        let held = row["held"].as_bool().expect("whether it held");
        (
            row["what"].as_str().expect("words").to_owned(),
            Cell { held, words },
        )
    };
    text.lines().map(row).collect()
}

#[test]
fn whoever_runs_it_can_remove_what_it_made_root_only() {
    let host = Host::new();
    for engine in Engine::here() {
        let environment = Environment::new();
        let farm = Farm::new(&environment, engine, &host);
        let outside = farm.repository.path("input.txt");
        farm.declare(
            "leave",
            &["hostile/leave.py", &outside.to_string_lossy()],
            "[[outputs]]\npath = \"out\"\n",
        );
        let farm = farm.sown();
        for _ in 0..2 {
            let transcript = farm.run(&["run", "leave", "--force"]);
            // A tree with such names and files is no output: what matters is that it is said, and does no harm.
            assert!(
                [0, 3].contains(&transcript.code),
                "{engine:?}: {transcript}"
            );
            assert!(
                !transcript.stderr.contains('\u{1b}'),
                "{engine:?}: {transcript}"
            );
            assert_eq!(farm.left_behind(), Vec::<String>::new(), "{engine:?}");
        }
        let results = farm.repository.path("results");
        assert_eq!(links_followed(&results), Vec::<String>::new(), "{engine:?}");
        let folder = farm.repository.path(".");
        let removed = farm
            .program("rm")
            .args(["-rf", "--one-file-system", ".resow", "results"])
            .current_dir(&folder)
            .status()
            .expect("rm");
        assert!(removed.success(), "{engine:?}");
        assert_eq!(farm.repository.read("input.txt"), "an input\n");
    }
}

/// Files of the results that hold what a link of the run pointed at.
fn links_followed(folder: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            found.extend(links_followed(&path));
        } else {
            let text = fs::read(&path).unwrap_or_default();
            let text = String::from_utf8_lossy(&text).into_owned();
            let stolen =
                text.contains("an input") || text.contains("root:") || text.contains(host::SECRET);
            found.extend(stolen.then(|| path.display().to_string()));
        }
    }
    found
}

#[test]
fn it_does_not_outlive_resow_by_asking_not_to_die_root_only() {
    let host = Host::new();
    for engine in Engine::here() {
        let environment = Environment::new();
        let farm = Farm::new(&environment, engine, &host);
        let sleep = format!("8{}", excess::sleep(&farm));
        farm.declare(
            "survivor",
            &["hostile/limits.py", "survivor", &sleep],
            STDOUT,
        );
        farm.declare("view", &["hostile/view.py"], STDOUT);
        let farm = farm.sown();
        let mut resow = farm
            .command(&["run", "survivor"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("resow starts");
        while !excess::runs(&sleep) {
            assert!(
                resow.try_wait().expect("our child").is_none(),
                "{engine:?}: it ended"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        resow.kill().expect("our child");
        resow.wait().expect("our child");
        if engine == Engine::Docker {
            // Its daemon knows nothing of resow: the next start removes the container.
            farm.expect(0, &["run", "view"]);
        }
        assert!(
            excess::ends_within(&sleep, Duration::from_secs(20)),
            "{engine:?}"
        );
        farm.expect(0, &["run", "view", "--force"]);
        assert_eq!(farm.left_behind(), Vec::<String>::new(), "{engine:?}");
    }
}

#[test]
fn the_record_holds_what_the_run_sees_root_only() {
    let host = Host::new();
    for engine in Engine::here() {
        let environment = Environment::new();
        let farm = Farm::new(&environment, engine, &host);
        let resources = "[resources]\ncpus = 1\nmemory = \"256MiB\"\nshm = \"24MiB\"\n";
        farm.declare(
            "view",
            &["hostile/view.py"],
            &format!("{resources}{STDOUT}"),
        );
        let farm = farm.sown();
        let run = farm.harvest("view");
        assert_eq!(run["exit"], 0, "{engine:?}: {run}");
        let record = run["record"].as_str().expect("a record");
        let shown = farm.expect(0, &["--json", "show", record]);
        let shown: Value = serde_json::from_str(&shown.stdout).expect("an object");
        let recorded = &shown["content"]["isolation"];
        let seen: Value = serde_json::from_str(&farm.result("view", "stdout.log")).expect("a view");
        compare(engine, recorded, &seen);
    }
}

/// Each setting of the record against what the run saw of it.
fn compare(engine: Engine, recorded: &Value, seen: &Value) {
    let both = format!("{engine:?}: {recorded:#} {seen:#}");
    assert_eq!(recorded["network"], "none", "{both}");
    assert_eq!(seen["routes"], 0, "{both}");
    assert_eq!(recorded["capabilities"], Value::Array(Vec::new()), "{both}");
    for set in seen["capabilities"].as_array().expect("five sets") {
        assert_eq!(set.as_str().expect("bits").trim_matches('0'), "", "{both}");
    }
    assert_eq!(recorded["no_new_privileges"], true, "{both}");
    assert_eq!(
        recorded["no_new_privileges"], seen["no_new_privileges"],
        "{both}"
    );
    assert_eq!(recorded["read_only_root"], true, "{both}");
    assert_eq!(recorded["read_only_root"], seen["read_only_root"], "{both}");
    assert_eq!(recorded["user"], seen["user"], "{both}");
    assert_eq!(seen["groups"], Value::Array(Vec::new()), "{both}");
    assert_ne!(recorded["system_call_filter"], "none", "{both}");
    assert_eq!(seen["filtered"], true, "{both}");
    let processors = seen["processors"].as_array().expect("a list");
    assert_eq!(processors.len(), 1, "{both}");
    assert_eq!(recorded["cpu_set"], processors[0].to_string(), "{both}");
    assert_eq!(
        recorded["shared_memory"]["value"], seen["shared_memory"],
        "{both}"
    );
    assert_eq!(recorded["shared_memory"]["value"], 24 << 20, "{both}");
    for size in seen["temporary"].as_array().expect("two sizes") {
        assert_eq!(recorded["temporary"]["value"], *size, "{both}");
    }
    if recorded["processes"]["means"] == "resource-limit" {
        assert_eq!(
            recorded["processes"]["value"], seen["process_limit"],
            "{both}"
        );
    }
    // Where the run sees its control group.
    for (setting, group) in [("memory", "group_memory"), ("processes", "group_processes")] {
        if let Some(value) = seen[group].as_str() {
            assert_eq!(recorded[setting]["means"], "cgroup", "{both}");
            assert_eq!(recorded[setting]["value"].to_string(), value, "{both}");
        }
    }
}
