//! How a run can end badly: each end has its own message and exit code, and its record is kept.

mod environment;
#[path = "environment/second_engine.rs"]
mod second_engine;

use std::io::{BufRead as _, BufReader, Read as _};

use environment::engine::TestEngine;
use environment::{Environment, Repository, Transcript};
use second_engine::SecondEngine;
use serde_json::Value;

const OUTPUT: &str = "[[outputs]]\nstream = \"stdout\"\n";

/// The outcome of the newest record, as the store has it.
fn recorded(repository: &Repository<'_>, extra: &[&str]) -> Value {
    let log = repository.expect(0, &[&["log", "--json"], extra].concat());
    let log: Value = serde_json::from_str(&log.stdout).expect("an object");
    log["records"][0]["outcome"].clone()
}

/// Runs an experiment that must fail, and returns what was printed and what was recorded.
fn failing(script: &str, rest: &str) -> (Transcript, Value) {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.declare_script("fail", script, &format!("{rest}{OUTPUT}"));
    let run = farm.expect(3, &["run", "fail"]);
    assert_eq!(farm.left_in_engine(), "", "nothing is left behind");
    let outcome = recorded(&farm, &[]);
    (run, outcome)
}

#[test]
fn a_command_that_fails() {
    let (run, outcome) = failing("echo before; echo why >&2; exit 7", "");
    snapshot!(run, @"
    exit code: 3
    --- stdout ---
    before
    --- stderr ---
    why
    fail: failed in [seconds] s, from snapshot [hash] (record [digest])
      the run exited with code 7
    ");
    assert_eq!(outcome, serde_json::json!({"kind": "exited", "code": 7}));
}

#[test]
fn false_alone() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.declare("fail", &["false"], OUTPUT);
    let run = farm.expect(3, &["run", "fail"]);
    assert!(run.stderr.contains("the run exited with code 1"), "{run}");
    // It is no success to be found again.
    let again = farm.expect(3, &["run", "fail"]);
    assert!(again.stderr.contains("exited with code 1"), "{again}");
}

#[test]
fn a_command_that_does_not_exist() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.declare("fail", &["no-such-program", "--fast"], OUTPUT);
    let run = farm.resow(&["run", "fail"]);
    snapshot!(run, @"
    exit code: 3
    --- stdout ---
    --- stderr ---
    fail: failed in [seconds] s, from snapshot [hash] (record [digest])
      the run never started: `no-such-program` is not in the image or the workspace
    hint: `command` begins with a program of the image, or with an executable file that git tracks
    ");
    assert_eq!(recorded(&farm, &[])["kind"], "never-started");
    assert_eq!(farm.left_in_engine(), "");
}

#[test]
fn a_command_that_cannot_be_executed() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.write("train.py", "print(1)\n");
    farm.declare("fail", &["./train.py"], OUTPUT);
    let run = farm.resow(&["run", "fail"]);
    snapshot!(run, @"
    exit code: 3
    --- stdout ---
    --- stderr ---
    fail: failed in [seconds] s, from snapshot [hash] (record [digest])
      the run never started: `./train.py` is not executable
    hint: `command` begins with a program of the image, or with an executable file that git tracks
    ");
}

#[test]
fn a_command_that_fills_memory() {
    let (run, outcome) = failing(
        "python3 -c 'x = bytearray(1 << 30); print(len(x))'",
        "resources.memory = \"64MiB\"\n",
    );
    // Where a control group holds the limit, the kernel kills the one process, and the shell around it says so. Where
    // resow looks at intervals, it ends them all.
    let killed = run.stderr.matches("Killed\n").count();
    let has_groups =
        TestEngine::of_this_run() == TestEngine::Docker || rustix::process::geteuid().is_root();
    assert!(killed == 1 || killed == 0 && !has_groups, "{run}");
    let run = run.to_string().replace("Killed\n", "");
    snapshot!(run, @"
    exit code: 3
    --- stdout ---
    --- stderr ---
    fail: failed in [seconds] s, from snapshot [hash] (record [digest])
      the run was killed for memory (limit 64MiB)
    hint: `memory` in `[resources]` is the limit; another makes no other plan
    ");
    assert_eq!(outcome["kind"], "killed-for-memory");
}

#[test]
fn a_command_that_never_ends() {
    let (run, outcome) = failing(
        "trap '' TERM INT; while :; do sleep 1; done",
        "resources.timeout = \"2s\"\n",
    );
    snapshot!(run, @"
    exit code: 3
    --- stdout ---
    --- stderr ---
    fail: failed in [seconds] s, from snapshot [hash] (record [digest])
      the run timed out (limit 2s)
    hint: `timeout` in `[resources]` is the limit; another makes no other plan
    ");
    assert_eq!(outcome["kind"], "timed-out");
}

#[test]
fn a_command_that_writes_too_much() {
    let (run, outcome) = failing(
        "head -c 50000000 /dev/zero > big; sleep 60",
        "resources.scratch = \"8MiB\"\n",
    );
    snapshot!(run, @"
    exit code: 3
    --- stdout ---
    --- stderr ---
    fail: failed in [seconds] s, from snapshot [hash] (record [digest])
      the run was over its disk limit (limit 8MiB)
      made and not declared: big
    hint: `scratch` in `[resources]` is the limit; another makes no other plan
    ");
    assert_eq!(outcome["kind"], "over-disk-limit");
}

#[test]
fn more_processors_than_the_host_has() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.declare_script("fail", "true", &format!("resources.cpus = 4000\n{OUTPUT}"));
    let run = farm.expect(4, &["run", "fail"]);
    assert!(run.stderr.contains("needs 4000 processors"), "{run}");
    // What never ran is not called a killed run by the next start.
    farm.declare_script("good", "echo fine", OUTPUT);
    let next = farm.expect(0, &["run", "good"]);
    assert!(!next.stderr.contains("left behind"), "{next}");
}

#[test]
fn docker_only_an_engine_that_was_never_there() {
    // bubblewrap listens nowhere; that it is not installed is in `tests/doctor.rs`.
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.declare("good", &["true"], OUTPUT);
    let address = format!("unix://{}/no.sock", environment.path().display());
    let run = farm.resow(&["run", "good", "--docker-host", &address]);
    snapshot!(run, @"
    exit code: 4
    --- stdout ---
    --- stderr ---
    error: cannot reach Docker at `unix://[folder]/no.sock`
      caused by: there is no socket `[folder]/no.sock`
    hint: start it (`sudo systemctl start docker`), set `DOCKER_HOST` to where it listens, or use `--engine bubblewrap`
    ");
    let by_variable = environment.run(
        farm.resow_command(&["run", "good"])
            .env("DOCKER_HOST", &address),
    );
    assert_eq!(by_variable.code, 4, "{by_variable}");
    let nonsense = farm.expect(2, &["run", "good", "--docker-host", "ssh://user@host"]);
    assert!(nonsense.stderr.contains("SSH"), "{nonsense}");
    // What needs no engine works without one.
    farm.expect(0, &["check", "--docker-host", &address]);
    farm.expect(0, &["log", "--docker-host", &address]);
}

#[test]
fn docker_only_an_engine_that_is_killed_in_the_middle() {
    // bubblewrap has no daemon that could be killed.
    let environment = Environment::new();
    let farm = environment.repository("farm");
    let mut engine = SecondEngine::start();
    let image = engine.add_shell_image();
    let address = engine.address();
    let at = ["--docker-host", address.as_str()];
    let declare = |name: &str, script: &str| {
        farm.write(
            &format!("experiments/{name}.toml"),
            format!("version = 1\ncommand = [\"sh\", \"-c\", \"{script}\"]\nimage.id = \"{image}\"\n{OUTPUT}"),
        );
    };
    declare("lost", "echo begun; sleep 600");
    declare("good", "echo fine");
    farm.write("README.md", "something that enters\n");
    farm.commit("two experiments");

    for kind in ["-KILL", "-TERM"] {
        let mut resow = farm.start(&["run", "lost", at[0], at[1]]);
        let mut stdout = BufReader::new(resow.stdout.take().expect("a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("readable");
        assert_eq!(line, "begun\n");
        engine.end(kind);
        let mut stderr = String::new();
        let mut pipe = resow.stderr.take().expect("a pipe");
        pipe.read_to_string(&mut stderr).expect("readable");
        let code = resow.wait().expect("an end").code();
        assert_eq!(code, Some(4), "{stderr}");
        assert!(
            stderr.contains("the engine went away during the run"),
            "{stderr}"
        );
        assert_eq!(recorded(&farm, &[])["kind"], "engine-lost");

        let absent = farm.expect(4, &["run", "good", at[0], at[1]]);
        assert!(absent.stderr.contains("cannot reach Docker at"), "{absent}");

        engine.restart();
        let good = farm.expect(0, &["run", "good", "--force", at[0], at[1]]);
        assert_eq!(good.stdout, "fine\n");
        let left = engine.docker(&["ps", "--all", "--quiet"])
            + &engine.docker(&["volume", "ls", "--quiet"]);
        assert_eq!(left, "", "the next start removed what was left");
    }
}
