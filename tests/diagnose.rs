//! `resow diagnose`: planted causes, one experiment each, of which it names each and nothing else.

mod environment;

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use environment::terminal::fits;
use environment::{Environment, Repository, checkout, flip_bit, signal};
use serde_json::Value;

const STDOUT: &str = "outputs = [{ stream = \"stdout\" }]\n";

/// A repository with one of the scripts; `rest` is TOML.
fn planted<'e>(environment: &'e Environment, name: &str, rest: &str) -> Repository<'e> {
    let repository = environment.repository("farm");
    let script = format!("{name}.py");
    let from = checkout().join("tests/diagnose").join(&script);
    repository.write(&script, fs::read(from).expect("a script"));
    repository.declare(name, &["python3", &script], &format!("{STDOUT}{rest}"));
    repository.commit(name);
    repository
}

/// The names of what changes an output.
fn causes(diagnosis: &Value, output: &str) -> Vec<String> {
    let causes = diagnosis["outputs"][output]["causes"].as_array();
    let names = causes.expect("causes").iter();
    names
        .map(|cause| cause["name"].as_str().expect("a name").to_owned())
        .collect()
}

/// Diagnoses a script, of which these and no other causes must be found; what was found of a factor.
#[track_caller]
fn expect(name: &str, rest: &str, expected: &[&str]) -> Value {
    let environment = Environment::new();
    let repository = planted(&environment, name, rest);
    let code = i32::from(!expected.is_empty());
    let diagnosis = repository.json(code, &["diagnose", name]);
    assert_eq!(causes(&diagnosis, "<stdout>"), expected, "{diagnosis:#}");
    assert_eq!(diagnosis["finished"], true);
    let output = &diagnosis["outputs"]["<stdout>"];
    if expected != ["race"] {
        assert_eq!(output["seed"], "changes", "{output:#}");
    }
    assert!(repository.stored("records").is_empty(), "no record");
    assert!(!repository.path("results").exists(), "no results");
    diagnosis
}

/// Whether what was set otherwise acted.
fn acted<'d>(diagnosis: &'d Value, factor: &str) -> &'d str {
    let acted = &diagnosis["factors"][factor]["acted"]["acted"];
    acted.as_str().unwrap_or("untold")
}

#[test]
fn a_thread_dependent_reduction() {
    let rest = "resources.cpus = 2\n";
    expect("threads", rest, &["number of threads"]);
}

#[test]
fn a_variable_of_the_environment() {
    let rest = "resources.cpus = 2\n";
    expect("environment-variable", rest, &["number of threads"]);
}

#[test]
fn work_divided_by_processors() {
    let diagnosis = expect("processors", "", &["number of processors"]);
    assert_eq!(acted(&diagnosis, "cpus"), "yes");
}

#[test]
fn unseeded_entropy() {
    let rest = "determinism.entropy = \"host\"\n";
    let diagnosis = expect("entropy", rest, &["entropy"]);
    assert_eq!(acted(&diagnosis, "entropy"), "yes");
    let pinning = &diagnosis["factors"]["entropy"]["pinning"];
    assert_eq!(pinning["by"], "host");
    let advice = pinning["advice"].as_str().expect("advice");
    assert!(advice.contains("entropy = \"seeded\""), "{advice}");
    assert_eq!(diagnosis["outputs"]["<stdout>"]["reruns"], "differ");
}

#[test]
fn the_wall_clock_as_seed() {
    let diagnosis = expect("wall-clock", "", &["wall clock"]);
    assert_eq!(acted(&diagnosis, "wall-clock"), "yes");
}

#[test]
fn the_order_of_hashes() {
    let diagnosis = expect("hash-order", "", &["hash seed"]);
    assert_eq!(diagnosis["outputs"]["<stdout>"]["reruns"], "same");
    assert_eq!(diagnosis["factors"]["hash-seed"]["pinning"]["by"], "plan");
}

#[test]
fn the_order_of_a_folder() {
    let diagnosis = expect("directory-order", "", &["directory order"]);
    assert_eq!(acted(&diagnosis, "directory-order"), "yes");
}

#[test]
fn the_order_of_addresses() {
    expect("address-order", "profile = \"fast\"\n", &["address layout"]);
}

#[test]
fn a_race_between_threads() {
    expect("race", "resources.cpus = 2\n", &["race"]);
}

#[test]
fn a_kernel_that_depends_on_the_instruction_set() {
    let diagnosis = expect("instruction-set", "", &["instruction set"]);
    assert_eq!(acted(&diagnosis, "instruction-set"), "yes");
    let cause = &diagnosis["outputs"]["<stdout>"]["causes"][0];
    assert_eq!(cause["held"], "x86-64-v3", "{cause:#}");
    assert_eq!(cause["comparison"]["agreement"], "different", "{cause:#}");
}

#[test]
fn a_model_chosen_by_elapsed_time() {
    let diagnosis = expect("elapsed-time", "", &["elapsed time"]);
    assert_eq!(acted(&diagnosis, "elapsed-time"), "yes");
}

#[test]
fn a_feature_that_depends_on_the_time_zone() {
    let diagnosis = expect("time-zone", "", &["time zone"]);
    assert_eq!(acted(&diagnosis, "time-zone"), "yes");
}

#[test]
fn the_size_of_the_environment() {
    expect("environment-size", "", &["environment size"]);
}

#[test]
fn numbers_in_another_language() {
    expect("locale", "", &["locale"]);
}

#[test]
fn the_name_of_the_host() {
    let diagnosis = expect("host-name", "", &["host name"]);
    assert_eq!(acted(&diagnosis, "host-name"), "yes");
}

#[test]
fn nothing_but_the_seed() {
    let diagnosis = expect("nothing", "", &[]);
    assert_eq!(diagnosis["runs"].as_array().expect("runs").len(), 8);
    assert_eq!(acted(&diagnosis, "directory-order"), "not-seen");
}

#[test]
fn a_seed_that_has_no_effect() {
    let environment = Environment::new();
    let repository = planted(&environment, "no-seed", "");
    let said = repository.expect(1, &["diagnose", "no-seed"]);
    assert!(
        said.stdout
            .contains("no other seed that was tried changes it"),
        "{said}"
    );
    assert!(said.stdout.contains("no seed changes anything"), "{said}");
    let diagnosis = repository.json(1, &["diagnose", "no-seed"]);
    assert_eq!(diagnosis["outputs"]["<stdout>"]["seed"], "none");
    assert!(causes(&diagnosis, "<stdout>").is_empty());
}

#[test]
fn each_output_has_its_cause_and_how_far_it_goes() {
    let environment = Environment::new();
    let repository = planted(
        &environment,
        "two-outputs",
        "[[outputs]]\npath = \"out/\"\n",
    );
    repository.replace("experiments/two-outputs.toml", STDOUT, "");
    let said = repository.expect(1, &["diagnose", "two-outputs"]);
    fits(&said.stdout, 80);
    for expected in [
        "out/columns.txt: changed by hash seed; plain reruns give the same",
        "the plan pins it",
        "hour: held 22, ",
        "out/stable.txt: stable (not observed to change in ",
        "two-outputs: 2 of 3 outputs change",
    ] {
        assert!(said.stdout.contains(expected), "{expected}\n{said}");
    }
    assert!(!said.stdout.contains("deterministic"), "{said}");
    let diagnosis = repository.json(1, &["diagnose", "two-outputs"]);
    assert_eq!(causes(&diagnosis, "out/hours.json"), ["time zone"]);
    assert!(causes(&diagnosis, "out/stable.txt").is_empty());
}

/// Outputs that are compared by what they hold.
const DECLARED: &str = r#"
[[outputs]]
path = "weights.h5"
compare = "hdf5"

[[outputs]]
path = "weights.keras"
compare = "keras"

[[outputs]]
path = "weights.parquet"
compare = "parquet"

[[outputs]]
path = "changing.h5"
compare = "hdf5"

[[outputs]]
path = "metrics.json"
compare = { kind = "json", ignore = [{ field = "seconds", reason = "wall time" }] }
"#;

#[test]
fn what_the_manifest_lets_pass_is_no_change() {
    let environment = Environment::new();
    let repository = planted(&environment, "declared", "");
    let outputs = format!("[[outputs]]\nstream = \"stdout\"\n{DECLARED}");
    repository.replace("experiments/declared.toml", STDOUT, &outputs);
    let samples = checkout().join("crates/verifier/tests/files/columns");
    for name in ["first", "again", "changed"] {
        for kind in ["h5", "keras", "parquet"] {
            let file = format!("{name}.{kind}");
            let bytes = fs::read(samples.join(&file)).expect("a sample");
            repository.write(&file, bytes);
        }
    }
    repository.commit("samples");
    let diagnosis = repository.json(1, &["diagnose", "declared"]);
    for output in ["weights.h5", "weights.keras", "weights.parquet"] {
        assert!(causes(&diagnosis, output).is_empty(), "{diagnosis:#}");
        assert_eq!(diagnosis["outputs"][output]["reruns"], "same");
    }
    for (output, place) in [("changing.h5", "dense/kernel"), ("metrics.json", "hour")] {
        assert_eq!(causes(&diagnosis, output), ["time zone"], "{diagnosis:#}");
        let comparison = &diagnosis["outputs"][output]["causes"][0]["comparison"];
        let differences = comparison["differences"].as_array().expect("differences");
        assert_eq!(differences.len(), 1, "{comparison:#}");
        assert_eq!(differences[0]["place"], place, "{comparison:#}");
    }
    let said = repository.expect(1, &["diagnose", "declared"]);
    assert!(said.stdout.contains("hour: held 22, "), "{said}");
    assert!(
        said.stdout.contains("left out: seconds (wall time)"),
        "{said}"
    );
    assert!(said.stdout.contains("2 of 6 outputs change ("), "{said}");
    // By another policy other contents are the same.
    repository.replace("experiments/declared.toml", "wall time", "time it took");
    let again = repository.json(3, &["diagnose", "declared", "--budget", "1run"]);
    assert_eq!(again["runs"].as_array().map(Vec::len), Some(1), "{again}");
}

#[test]
fn what_was_not_set_otherwise_is_not_called_stable() {
    let environment = Environment::new();
    let repository = planted(&environment, "no-seed", "");
    let diagnose = |code, arguments: &[&str]| {
        let said = repository.expect(code, &[&["diagnose", "no-seed"], arguments].concat());
        fits(&said.stdout, 80);
        said.stdout.replace("\n  ", " ")
    };
    let plain = diagnose(3, &["--budget", "3runs"]);
    let nothing = "<stdout>: the same in 3 plain runs; nothing was set otherwise yet\n";
    assert!(plain.contains(nothing), "{plain}");
    let budget = "no-seed: nothing was set otherwise so far (3 runs with the plan's seed); the budget is spent, `resow diagnose no-seed` goes on\n";
    assert!(plain.ends_with(budget), "{plain}");
    let held = diagnose(3, &["--budget", "2runs"]);
    let nothing = "3 plain runs and 2 with everything held; nothing was set otherwise yet\n";
    assert!(held.contains(nothing), "{held}");
    let varied = diagnose(3, &["--budget", "1run"]);
    let some = "<stdout>: not observed to change in 6 runs so far; plain reruns give the same\n";
    assert!(varied.contains(some), "{varied}");
    assert!(
        varied.contains("no change observed so far (6 runs"),
        "{varied}"
    );
    // Runs with another seed are none in which a change of this one's outputs would be seen.
    let whole = diagnose(1, &[]);
    assert!(
        whole.contains("stable (not observed to change in 7 runs)"),
        "{whole}"
    );
    assert!(whole.contains("(7 runs with the plan's seed)"), "{whole}");
    let runs = repository.json(1, &["diagnose", "no-seed"]);
    assert!(runs["runs"].as_array().expect("runs").len() > 7, "{runs}");
}

#[test]
fn a_budget_that_ends_early_shows_how_far_the_runs_are_apart() {
    let environment = Environment::new();
    let repository = planted(&environment, "time-zone", "");
    // Of those in which many factors were set otherwise at once.
    let said = repository.expect(1, &["diagnose", "time-zone", "--budget", "6runs"]);
    fits(&said.stdout, 80);
    assert!(said.stdout.contains("  two runs that differ:\n"), "{said}");
    assert!(
        said.stdout.contains("      <stdout>: 1 difference (text)"),
        "{said}"
    );
    assert!(
        said.stdout
            .contains("time-zone: 1 of 1 output changes so far"),
        "{said}"
    );
    let narrow = repository.in_narrow_terminal("diagnose time-zone --budget 1run 2>/dev/null");
    fits(&narrow, 40);
    assert!(
        narrow.contains("how far") || narrow.contains("1 difference"),
        "{narrow}"
    );
}

#[test]
fn a_budget_ends_it_and_it_goes_on() {
    let environment = Environment::new();
    let repository = planted(&environment, "nothing", "");
    let wrong = repository.expect(2, &["diagnose", "nothing", "--budget", "soon"]);
    assert!(
        wrong.stderr.contains("a number of runs (`30runs`)"),
        "{wrong}"
    );
    let first = repository.json(3, &["diagnose", "nothing", "--budget", "3runs"]);
    assert_eq!(first["finished"], false);
    let runs = first["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), 3);
    let rest = repository.json(0, &["diagnose", "nothing"]);
    assert_eq!(rest["finished"], true);
    let all = rest["runs"].as_array().expect("runs");
    assert_eq!(all[..3], runs[..]);
    let again = repository.expect(0, &["diagnose", "nothing"]);
    assert!(again.stderr.contains("going on after 8 runs"), "{again}");
    let fresh = repository.json(3, &["diagnose", "nothing", "--fresh", "--budget", "1run"]);
    assert_eq!(fresh["runs"].as_array().expect("runs").len(), 1);
}

#[test]
fn an_interruption_keeps_what_was_observed() {
    let environment = Environment::new();
    let repository = planted(&environment, "nothing", "");
    let child = repository.start(&["diagnose", "nothing"]);
    let patience = Instant::now() + Duration::from_secs(300);
    let made = || repository.stored("diagnoses").len();
    // The lock, what two runs printed, and two runs.
    while made() < 4 {
        assert!(Instant::now() < patience, "no run is made");
        thread::sleep(Duration::from_millis(20));
    }
    signal(&child, "-INT");
    let ended = child.wait_with_output().expect("an end");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(130), "{said}");
    assert!(said.contains("`resow diagnose nothing` goes on"), "{said}");
    assert_eq!(repository.left_in_engine(), "");
    let rest = repository.expect(0, &["diagnose", "nothing"]);
    assert!(rest.stderr.contains("going on after"), "{rest}");
    assert!(
        rest.stdout
            .contains("no change observed (7 runs with the plan's seed)"),
        "{rest}"
    );
}

#[test]
fn damage_is_found_and_named() {
    let environment = Environment::new();
    let repository = planted(&environment, "nothing", "");
    repository.json(3, &["diagnose", "nothing", "--budget", "2runs"]);
    repository.expect(0, &["fsck"]);
    let files = repository.stored("diagnoses");
    let is_observation = |path: &&std::path::PathBuf| path.ends_with("0001.json");
    let file = files.iter().find(is_observation).expect("an observation");
    let length = fs::metadata(file).expect("a file").len();
    flip_bit(file, usize::try_from(length).expect("small") - 20);
    let refused = repository.expect(5, &["diagnose", "nothing"]);
    assert!(refused.stderr.contains("--fresh"), "{refused}");
    let checked = repository.json(5, &["fsck"]);
    assert_eq!(checked["findings"][0]["kind"], "damaged-observation");
    repository.expect(0, &["fsck", "--repair"]);
    repository.json(3, &["diagnose", "nothing", "--budget", "2runs"]);
}

#[test]
fn a_run_that_fails_is_not_diagnosed() {
    let environment = Environment::new();
    let repository = environment.repository("farm");
    repository.declare_script("broken", "exit 7", STDOUT);
    repository.commit("broken");
    let said = repository.expect(3, &["diagnose", "broken"]);
    assert!(said.stdout.contains("the run fails as it is"), "{said}");
    assert!(said.stdout.contains("exited with code 7"), "{said}");
    repository.expect(2, &["diagnose", "missing"]);
}
