//! resow, what it starts, and what starts it, killed at any moment: nothing is lost, left or blocked.
#![expect(
    clippy::print_stdout,
    reason = "the figures are for whoever reads the log"
)]

mod environment;

#[path = "crash/bench.rs"]
mod bench;
#[path = "crash/host.rs"]
mod host;
#[path = "crash/random.rs"]
mod random;
#[path = "crash/shell_image.rs"]
mod shell_image;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use bench::{Bench, NAME};
use environment::Environment;
use host::{Process, after_a_while, children_of};
use random::Random;
use serde_json::{Value, json};

/// One test at a time: each looks at what is on the host.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How often resow was killed, and what that did.
#[derive(Debug, Default)]
struct Figures {
    before: usize,
    during: usize,
    after: usize,
    ended_before: usize,
    running_on: usize,
    tidied: usize,
}

impl Figures {
    /// Where a run stood when it was killed.
    fn count(&mut self, bench: &Bench<'_>, is_sandboxed: bool, has_ended: bool) {
        let has_printed = fs::read_dir(bench.farm.path(".resow/runs"))
            .into_iter()
            .flatten()
            .flatten()
            .any(|run| fs::metadata(run.path().join("stdout")).is_ok_and(|file| file.len() > 0));
        *match (has_ended, is_sandboxed, has_printed) {
            (true, ..) => &mut self.ended_before,
            (_, true, _) => &mut self.during,
            (_, _, true) => &mut self.after,
            _ => &mut self.before,
        } += 1;
    }
}

/// Kills resow `times` times at moments spread over the whole run, and runs it to its end after each.
fn kill_at_random_moments(engine: &'static str, as_root: bool, times: usize) {
    let _alone = alone();
    let environment = Environment::new();
    let bench = Bench::new(&environment, engine, as_root);
    let (expected, _) = bench.run();
    let duration = bench.duration();
    let mut random = Random::new();
    let seed = random.seed();
    let mut figures = Figures::default();
    for time in 0..times {
        let moment = duration.mul_f64(random.fraction());
        let about = format!("kill {time} after {moment:?}, seed {seed}");
        let before = bench.records();
        let mut resow = bench.start(&["run", NAME, "--force", "--json"]);
        thread::sleep(moment);
        let is_sandboxed = !bench.processes().is_empty();
        let has_ended = resow.try_wait().expect("a state").is_some();
        let _ = resow.kill();
        resow.wait().expect("an end");
        figures.count(&bench, is_sandboxed, has_ended);
        if engine == "bubblewrap" {
            let left = after_a_while(|| bench.processes());
            figures.running_on += usize::from(!left.is_empty());
            assert!(left.is_empty(), "{about}: {left:?}");
        }
        let was_left = bench.left_in_store();
        let kept = bench.records();
        assert!(kept >= before, "{about}: a record is lost");
        let (outputs, said) = bench.run();
        assert_eq!(outputs, expected, "{about}");
        let is_told = said.stderr.contains("left behind when it was killed");
        let had_run = was_left
            .iter()
            .any(|name| name.starts_with("runs/") && !name.ends_with(".lock"));
        assert_eq!(is_told, had_run, "{about}: {was_left:?}\n{said}");
        figures.tidied += usize::from(is_told);
        assert_eq!(bench.records(), kept + 1, "{about}");
        bench.expect_clean(&about);
    }
    println!(
        "{engine} as {}: {times} kills over {duration:?} (seed {seed}): {figures:?}; runs blocked: 0; records lost: 0",
        if as_root { "root" } else { "another user" }
    );
    assert!(figures.before > 0 && figures.during > 0, "{figures:?}");
}

#[test]
fn resow_killed_at_100_moments_on_bubblewrap_root_only() {
    kill_at_random_moments("bubblewrap", true, 100);
}

#[test]
fn resow_killed_at_100_moments_on_docker_docker_only_root_only() {
    kill_at_random_moments("docker", true, 100);
}

#[test]
fn resow_of_an_ordinary_user_killed_at_20_moments_root_only() {
    kill_at_random_moments("bubblewrap", false, 20);
}

/// The first child of resow for which `is` holds, as soon as it is there.
fn child_that(resow: &mut Child, is: impl Fn(&Process) -> bool) -> Option<Process> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(20) {
        if let Some(found) = children_of(resow.id()).into_iter().find(&is) {
            return Some(found);
        }
        if resow.try_wait().expect("a state").is_some() {
            return None;
        }
    }
    None
}

/// Until bubblewrap has bound the sandbox to itself, only the kernel's care for what is traced ends it.
#[test]
fn resow_killed_while_the_sandbox_is_made_root_only() {
    let _alone = alone();
    for as_root in [true, false] {
        let environment = Environment::new();
        let bench = Bench::new(&environment, "bubblewrap", as_root);
        let (expected, _) = bench.run();
        let mut random = Random::new();
        for time in 0..25 {
            let mut resow = bench.start(&["run", NAME, "--force"]);
            let launcher = child_that(&mut resow, |_| true).expect("a launcher");
            let moment = Duration::from_micros(8000).mul_f64(random.fraction());
            thread::sleep(moment);
            resow.kill().expect("killed");
            resow.wait().expect("an end");
            let about = format!("kill {time}, {moment:?} after {launcher:?}");
            let left = after_a_while(|| bench.processes());
            assert!(left.is_empty(), "{about}: {left:?}");
            let launchers = after_a_while(|| {
                let mut left = host::processes_with("launch-sandbox");
                left.retain(|process| process.id == launcher.id);
                left
            });
            assert!(launchers.is_empty(), "{about}: {launchers:?}");
        }
        assert_eq!(bench.run().0, expected);
        bench.expect_clean("after all");
    }
}

/// Starts the experiment `wait`, and waits until its command runs.
fn begin(bench: &Bench<'_>) -> Child {
    let mut resow = bench.start(&["run", "wait", "--force"]);
    let mut stdout = BufReader::new(resow.stdout.take().expect("a pipe"));
    let mut line = String::new();
    stdout.read_line(&mut line).expect("readable");
    assert_eq!(line, "begun\n");
    resow.stdout = Some(stdout.into_inner());
    resow
}

const WAIT: &str =
    "trap '' TERM\nsetsid sh -c 'while :; do sleep 1; done' TAG &\necho begun\nsleep 600\n";

/// The outcome of the newest record.
fn recorded(bench: &Bench<'_>) -> Value {
    let log = bench.expect(0, &["log", "--json"]);
    let mut log: Value = serde_json::from_str(&log.stdout).expect("an object");
    log["records"][0]["outcome"].take()
}

#[test]
fn each_process_of_a_sandbox_killed_root_only() {
    let _alone = alone();
    for as_root in [true, false] {
        let environment = Environment::new();
        let bench = Bench::new(&environment, "bubblewrap", as_root);
        bench.declare("wait", WAIT, "[[outputs]]\nstream = \"stdout\"\n");
        let (expected, _) = bench.run();
        for victim in ["bubblewrap", "its command", "a daemon of the command"] {
            let mut resow = begin(&bench);
            let outer = children_of(resow.id()).remove(0);
            let command = children_of(outer.id).remove(0);
            match victim {
                "bubblewrap" => outer.kill(),
                "its command" => command.kill(),
                _ => {
                    let mut daemons = children_of(command.id);
                    daemons.retain(|process| process.words.contains(&bench.tag));
                    daemons.remove(0).kill();
                    // That was the experiment's own affair.
                    thread::sleep(Duration::from_millis(100));
                    assert!(resow.try_wait().expect("a state").is_none());
                    command.kill();
                }
            }
            assert_eq!(resow.wait().expect("an end").code(), Some(3), "{victim}");
            let outcome = json!({"kind": "exited", "code": 137});
            assert_eq!(recorded(&bench), outcome, "{victim}");
            assert_eq!(bench.run().0, expected, "{victim}");
            bench.expect_clean(victim);
        }
    }
}

#[test]
fn the_launcher_killed_root_only() {
    let _alone = alone();
    let environment = Environment::new();
    let bench = Bench::new(&environment, "bubblewrap", true);
    let (expected, _) = bench.run();
    let records = bench.records();
    let mut failures = 0;
    for _ in 0..10 {
        let resow = &mut bench.start(&["run", NAME, "--force"]);
        // Before it, there are short ones that ask bubblewrap for its version.
        let mut must_fail = false;
        if let Some(launcher) = child_that(resow, |child| !child.words.contains("--version")) {
            must_fail = launcher.words.contains("launch-sandbox");
            let _ = Command::new("kill")
                .args(["-KILL", &launcher.id.to_string()])
                .stderr(Stdio::null())
                .status();
        }
        // As bubblewrap, it was the run; as the launcher, there was none.
        let code = resow.wait().expect("an end").code();
        let is_lost = matches!(code, Some(3 | 4));
        assert!(is_lost || (code == Some(0) && !must_fail), "{code:?}");
        failures += usize::from(code == Some(4));
    }
    println!("the launcher killed 10 times: {failures} before the sandbox");
    assert!(bench.records() >= records);
    assert_eq!(bench.run().0, expected);
    bench.expect_clean("after all");
}

/// What a launcher is told: to become a program.
fn order(parent: &str, program: &str, arguments: &str) -> String {
    format!(
        r#"{{"parent":{parent},"identity":"Caller","overlay":null,"staged":[],"processors":[0],
        "process_limit":null,"fixed_addresses":false,"program":"{program}","arguments":[{arguments}],"descriptors":[]}}"#
    )
}

fn launch(folder: &Path, parent: u32) -> std::process::Output {
    let mut launcher = Command::new(env!("CARGO_BIN_EXE_resow"))
        .arg("launch-sandbox")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("resow starts");
    let mut input = launcher.stdin.take().expect("a pipe");
    let order = order(&parent.to_string(), "/bin/true", "");
    input.write_all(order.as_bytes()).expect("written");
    drop(input);
    launcher.wait_with_output().expect("an end")
}

#[test]
fn a_launcher_without_its_parent_launches_nothing_root_only() {
    let environment = Environment::new();
    let mine = launch(environment.path(), std::process::id());
    assert!(mine.status.success(), "{mine:?}");
    // Its parent has ended, and the first process of the host has taken it.
    let strange = launch(environment.path(), 1);
    assert!(!strange.status.success());
    let said = String::from_utf8_lossy(&strange.stderr);
    assert!(
        said.contains("cannot be bound to resow: it has ended"),
        "{said}"
    );
}

#[test]
fn what_a_launcher_became_ends_with_its_parent_root_only() {
    let environment = Environment::new();
    let script = format!(
        "cat > order <<END\n{}\nEND\n\"$0\" launch-sandbox < order &\necho $!\nwait\n",
        order("$$", "/bin/sleep", "\"600\"")
    );
    let mut shell = Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_resow")])
        .current_dir(environment.path())
        .stdout(Stdio::null())
        .spawn()
        .expect("a shell");
    let sleeps = |process: &Process| process.words.contains("sleep 600");
    let sleeper = child_that(&mut shell, sleeps).expect("the launcher became it");
    shell.kill().expect("killed");
    shell.wait().expect("an end");
    let left = after_a_while(|| {
        let mut found = host::processes_with("sleep 600");
        found.retain(|process| process.id == sleeper.id);
        found
    });
    assert!(left.is_empty(), "{left:?}");
}
