//! Ctrl-C and `kill -9`: what is left behind, and who removes it.

mod environment;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use environment::engine::TestEngine;
use environment::{Environment, Repository, docker, signal};
use serde_json::Value;

const OUTPUT: &str = "[[outputs]]\nstream = \"stdout\"\n";

/// Starts a run and waits until its command has begun.
fn begin(repository: &Repository<'_>, name: &str) -> Child {
    let mut resow = repository.start(&["run", name]);
    let mut stdout = BufReader::new(resow.stdout.take().expect("a pipe"));
    let mut line = String::new();
    stdout.read_line(&mut line).expect("readable");
    if line != "begun\n" {
        let mut stderr = String::new();
        let mut pipe = resow.stderr.take().expect("a pipe");
        pipe.read_to_string(&mut stderr).expect("readable");
        panic!("{line}{stderr}");
    }
    resow.stdout = Some(stdout.into_inner());
    resow
}

fn records(repository: &Repository<'_>) -> Vec<Value> {
    let log = repository.expect(0, &["log", "--json"]);
    let mut log: Value = serde_json::from_str(&log.stdout).expect("an object");
    match log["records"].take() {
        Value::Array(records) => records,
        other => panic!("{other}"),
    }
}

/// Whether a line of what is in the engine is about one of these runs.
fn is_of(line: &str, runs: &BTreeSet<String>) -> bool {
    runs.iter().any(|run| line.starts_with(run.as_str()))
}

/// Waits until the kernel has ended the processes that die with their parent: one run of two is left.
fn settle(farm: &Repository<'_>) {
    let is_process = |line: &str| line.split(' ').nth(1) == Some("process");
    let begun = Instant::now();
    let runs_with_processes = || {
        let left = farm.left_in_engine();
        let lines = left.lines().filter(|line| is_process(line));
        let runs: BTreeSet<_> = lines.filter_map(|line| line.split(' ').next()).collect();
        runs.len()
    };
    while runs_with_processes() > 1 {
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "a sandbox outlived the resow that was killed"
        );
        thread::sleep(Duration::from_millis(20));
    }
}

fn runs(repository: &Repository<'_>) -> usize {
    fs::read_dir(repository.path(".resow/runs")).map_or(0, Iterator::count)
}

#[test]
fn after_ctrl_c_the_container_is_gone() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.declare_script(
        "wait",
        "trap '' INT TERM; echo begun; while :; do sleep 1; done",
        OUTPUT,
    );
    for kind in ["-INT", "-TERM"] {
        let mut resow = begin(&farm, "wait");
        assert_ne!(farm.left_in_engine(), "");
        signal(&resow, kind);
        let asked = Instant::now();
        while !farm.left_in_engine().is_empty() {
            assert!(
                asked.elapsed() < Duration::from_secs(2),
                "{kind}: the container is still there"
            );
            thread::sleep(Duration::from_millis(20));
        }
        let mut stderr = String::new();
        let mut pipe = resow.stderr.take().expect("a pipe");
        pipe.read_to_string(&mut stderr).expect("readable");
        assert_eq!(resow.wait().expect("an end").code(), Some(130), "{stderr}");
        assert!(stderr.contains("interrupted"), "{stderr}");
    }
    let records = records(&farm);
    assert_eq!(records.len(), 2);
    for record in records {
        assert_eq!(record["outcome"]["kind"], "interrupted");
    }
    assert_eq!(runs(&farm), 0, "no run folder is left");
    assert!(!farm.path("results/wait").exists());
}

#[test]
fn a_signal_ends_a_comparison_at_once() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    // Nothing but a hole: reading it takes minutes.
    for name in ["left", "right"] {
        let file = fs::File::create(farm.path(name)).expect("a file");
        file.set_len(1 << 38).expect("a hole");
    }
    for kind in ["-INT", "-TERM"] {
        let mut resow = farm.start(&["diff", "left", "right"]);
        thread::sleep(Duration::from_secs(1));
        signal(&resow, kind);
        let asked = Instant::now();
        assert_eq!(resow.wait().expect("an end").code(), Some(130), "{kind}");
        assert!(asked.elapsed() < Duration::from_secs(2), "{kind}");
    }
}

#[test]
fn after_kill_9_the_next_start_removes_what_is_left_and_only_that() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    let neighbour = environment.repository("neighbour");
    for repository in [&farm, &neighbour] {
        repository.declare_script("wait", "echo begun; echo > made; sleep 600", OUTPUT);
        repository.declare_script("good", "echo fine", OUTPUT);
    }
    let mut killed = begin(&farm, "wait");
    let dead = farm.runs_in_engine();
    let mut beside = begin(&farm, "wait");
    let mut elsewhere = begin(&neighbour, "wait");
    assert_eq!(runs(&farm), 2);
    let alive = &farm.runs_in_engine() - &dead;
    assert_eq!((dead.len(), alive.len()), (1, 1));
    killed.kill().expect("killed");
    killed.wait().expect("an end");
    settle(&farm);
    let left = farm.left_in_engine();
    if TestEngine::of_this_run() == TestEngine::Docker {
        assert_eq!(left.lines().count(), 4, "two containers, two volumes");
    }

    // A neighbour's start removes nothing of this repository's.
    neighbour.expect(0, &["run", "good"]);
    assert_eq!(farm.left_in_engine(), left);
    let next = farm.expect(0, &["run", "good"]);
    assert!(
        next.stderr.contains("left behind when it was killed"),
        "{next}"
    );
    assert_eq!(
        farm.runs_in_engine(),
        alive,
        "the live run is untouched, and only that is there"
    );
    let kept: Vec<_> = left.lines().filter(|line| is_of(line, &alive)).collect();
    assert_eq!(farm.left_in_engine(), kept.join("\n"));
    assert_eq!(neighbour.runs_in_engine().len(), 1);
    assert_eq!((runs(&farm), runs(&neighbour)), (1, 1));

    for resow in [&mut beside, &mut elsewhere] {
        assert!(
            resow.try_wait().expect("a state").is_none(),
            "it is still running"
        );
        signal(resow, "-INT");
        assert_eq!(resow.wait().expect("an end").code(), Some(130));
    }
    let next = farm.expect(0, &["run", "good", "--force"]);
    assert!(!next.stderr.contains("left behind"), "{next}");
    assert_eq!(
        (farm.left_in_engine(), neighbour.left_in_engine()),
        (String::new(), String::new())
    );
}

#[test]
fn docker_only_containers_that_only_look_like_ours_are_left_alone() {
    // A container of somebody's own: bubblewrap has none that outlive who started them.
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.declare_script("good", "echo fine", OUTPUT);
    farm.expect(0, &["run", "good"]);
    let store: Value = serde_json::from_str(&farm.read(".resow/store.json")).expect("a store");
    let label = format!("resow.store={}", store["id"].as_str().expect("an id"));
    let lock = farm.read("docker/python/recipe.lock");
    let image = lock
        .split("id = \"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("an image");
    // Somebody's own container, from an image that happens to carry our label.
    let container = docker(&["create", "--label", &label, image, "true"]);
    farm.expect(0, &["run", "good", "--force"]);
    let kept = docker(&[
        "ps",
        "--all",
        "--quiet",
        "--no-trunc",
        "--filter",
        &format!("id={container}"),
    ]);
    docker(&["rm", "--force", &container]);
    assert_eq!(kept, container);
}
