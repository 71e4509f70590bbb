//! What a run says of its own seeding: libraries, draws, networks, programs that were not reached, operations.

mod environment;

use std::process::Command;

use environment::{Environment, Repository};
use serde_json::Value;

const STDOUT: &str = "outputs = [{ stream = \"stdout\" }]\n";

/// The report of a Python script, which must end with `code`.
fn report(farm: &Repository<'_>, script: &str, settings: &str, code: i32) -> Value {
    farm.write("script.py", script);
    farm.declare(
        "script",
        &["python3", "script.py"],
        &format!("{settings}{STDOUT}"),
    );
    farm.json(code, &["run", "script", "--force"])["seeding"].clone()
}

/// The entries of a list of the report, each as its named field.
fn named(report: &Value, list: &str, field: &str) -> Vec<String> {
    let entries = report[list].as_array().expect("a list").iter();
    entries
        .map(|entry| entry[field].as_str().expect("a text").to_owned())
        .collect()
}

/// Puts a program into the repository that is linked statically and says so.
fn add_static_program(farm: &Repository<'_>) {
    let source = "#include <stdio.h>\nint main(void) { return puts(\"static\") < 0; }\n";
    compile(farm, source, &["-static"], "static");
}

fn compile(farm: &Repository<'_>, source: &str, options: &[&str], name: &str) {
    let path = farm.path("../source.c");
    std::fs::write(&path, source).expect("written");
    let mut compiler = Command::new("gcc");
    compiler
        .args(options)
        .arg("-o")
        .arg(farm.path(name))
        .arg(path);
    assert!(compiler.status().expect("a compiler").success());
}

#[test]
fn libraries_are_listed_with_their_versions_and_what_they_use() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    let report = report(
        &farm,
        "import numpy, sklearn\nprint(numpy.dot(numpy.ones((9, 9)), numpy.ones((9, 9))).sum())\n",
        "",
        0,
    );
    assert_eq!(report["state"], "seeded", "{report}");
    let libraries = named(&report, "libraries", "name");
    for library in ["python", "random", "numpy"] {
        assert!(libraries.iter().any(|name| name == library), "{report}");
    }
    let numpy = &report["libraries"].as_array().expect("a list")[libraries
        .iter()
        .position(|name| name == "numpy")
        .expect("NumPy")];
    assert_eq!(numpy["version"], "2.4.6");
    let uses = report["uses"].as_array().expect("a list");
    let of_openblas = |what: &str| {
        uses.iter()
            .filter(|each| each["what"].as_str().is_some_and(|it| it.contains(what)))
            .map(|each| each["value"].to_string())
            .collect::<Vec<_>>()
    };
    assert!(
        of_openblas("threads").iter().all(|value| value == "\"1\""),
        "{report}"
    );
    assert!(
        uses.iter()
            .any(|each| each["value"].to_string().contains("Haswell")),
        "{report}"
    );
}

#[test]
fn a_draw_that_is_not_under_the_seed_is_named_with_its_place() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    let script =
        "import random, time, uuid\n\nrandom.seed(int(time.time()))\nprint(uuid.uuid1())\n";
    let found = report(&farm, script, "", 0);
    assert_eq!(found["state"], "partly", "{found}");
    let draws = found["draws"].as_array().expect("a list");
    let at = |call: &str| {
        let draw = draws.iter().find(|draw| draw["call"] == call);
        draw.unwrap_or_else(|| panic!("{call} is not in {found}"))["at"].clone()
    };
    assert_eq!(at("random.seed")["file"], "script.py");
    assert_eq!(at("random.seed")["line"], 3);
    assert_eq!(at("uuid.uuid1")["line"], 4);

    let record = farm.json(0, &["log"])["records"][0]["record"].clone();
    let shown = farm.expect(0, &["show", record.as_str().expect("a record")]);
    assert!(
        shown
            .stdout
            .contains("random.seed: the clock at script.py:3"),
        "{shown}"
    );
    let again = farm.resow(&["run", "script", "--force"]);
    assert!(
        again
            .stderr
            .contains("warning: not everything is under the seed"),
        "{again}"
    );

    let clock = "determinism = { clock = 2026-01-31T12:00:00Z }\n";
    let found = report(&farm, script, clock, 0);
    assert!(
        named(&found, "draws", "call")
            .iter()
            .all(|call| call != "random.seed"),
        "{found}"
    );
}

#[test]
fn entropy_of_the_host_is_named_where_it_is_drawn() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    let script = "import os\nprint(os.urandom(4).hex())\n";
    let host = "determinism = { entropy = \"host\" }\n";
    let found = report(&farm, script, host, 0);
    assert_eq!(found["state"], "partly");
    let calls = named(&found, "draws", "call");
    assert!(calls.iter().any(|call| call == "os.urandom"), "{found}");
    let (one, other) = (
        farm.json(0, &["run", "script", "--force"]),
        farm.json(0, &["run", "script", "--force"]),
    );
    assert_ne!(one["outputs"], other["outputs"]);
}

#[test]
fn an_attempt_to_reach_the_network_is_named_with_its_place() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    let script = "import socket\ntry:\n    socket.create_connection((\"data.example\", 443), 1)\n\
                  except OSError as error:\n    print(\"refused\")\n";
    let found = report(&farm, script, "", 0);
    let attempts = found["network"].as_array().expect("a list");
    let attempt = attempts
        .iter()
        .find(|attempt| attempt["at"]["file"] == "script.py")
        .unwrap_or_else(|| panic!("{found}"));
    assert!(
        attempt["host"]
            .as_str()
            .expect("a host")
            .starts_with("data.example"),
        "{found}"
    );
    assert_eq!(attempt["at"]["line"], 3);
}

#[test]
fn a_python_that_passes_over_its_layer_is_named() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    for option in ["-I", "-E", "-S"] {
        let script = format!(
            "import subprocess, sys\nsubprocess.run([sys.executable, \"{option}\", \"-c\", \"pass\"], check=True)\nprint(1)\n"
        );
        let found = report(&farm, &script, "", 0);
        assert_eq!(found["state"], "partly", "{option}: {found}");
        let unreached = &found["unreached"][0];
        assert_eq!(unreached["reason"], "language", "{found}");
        assert_eq!(unreached["arguments"][0], option, "{found}");
    }
}

#[test]
fn a_command_that_the_layer_did_not_reach_is_called_unseeded() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    add_static_program(&farm);
    farm.declare("static", &["./static"], STDOUT);
    let run = farm.resow(&["run", "static"]);
    assert_eq!(run.code, 0, "{run}");
    assert!(run.stderr.contains("the run is unseeded"), "{run}");
    let found = farm.json(0, &["run", "static", "--force"])["seeding"].clone();
    assert_eq!(found["state"], "unseeded");
    assert_eq!(found["unreached"][0]["reason"], "command");
    let log = farm.expect(0, &["log"]);
    assert!(log.stdout.contains("success, unseeded"), "{log}");
    farm.commit("a static program");
    let claim = farm.expect(0, &["claim", "static"]);
    assert!(
        claim.stderr.contains("rests on a run that was unseeded"),
        "{claim}"
    );
    farm.commit("what it gave");
    let verdict = farm.expect(0, &["verify", "static"]);
    assert!(
        verdict.stdout.contains("the rerun is unseeded"),
        "{verdict}"
    );
}

#[test]
fn a_static_program_that_is_started_is_named() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    add_static_program(&farm);
    farm.declare_script("starts", "./static; echo done", STDOUT);
    let found = farm.json(0, &["run", "starts"])["seeding"].clone();
    assert_eq!(found["state"], "partly", "{found}");
    assert_eq!(found["unreached"][0]["reason"], "static", "{found}");
}

#[test]
fn a_static_program_that_becomes_another_is_called_unreached() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    let source = "#include <unistd.h>\nint main(int count, char **arguments)\n\
                  { return count < 2 || execvp(arguments[1], arguments + 1); }\n";
    compile(&farm, source, &["-static"], "launcher");
    farm.declare("launched", &["./launcher", "true"], STDOUT);
    let found = farm.json(0, &["run", "launched"])["seeding"].clone();
    assert_eq!(found["state"], "partly", "{found}");
    assert_eq!(found["unreached"][0]["reason"], "command", "{found}");
    assert_eq!(found["unreached"][0]["program"], "./launcher", "{found}");
}

#[test]
fn what_a_run_changes_in_its_environment_does_not_take_the_layer_away() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    for shell in [
        "PYTHONPATH=/somewhere python3 -c 'import random; print(random.random())'",
        "env -i /usr/bin/python3 -c 'import random; print(random.random())'",
    ] {
        farm.declare_script("changes", shell, STDOUT);
        let run = farm.json(0, &["run", "changes", "--force"]);
        assert_eq!(run["seeding"]["state"], "seeded", "{run}");
    }
    assert_eq!(
        farm.read("results/changes/stdout.log"),
        "0.8444218515250481\n"
    );
}

#[test]
fn a_program_with_a_sanitizer_starts() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    let source = "#include <stdio.h>\nint main(void) { return puts(\"sane\") < 0; }\n";
    compile(
        &farm,
        source,
        &["-fsanitize=address", "-Wl,-rpath,/workspace"],
        "sane",
    );
    let mut compiler = Command::new("gcc");
    let runtime = compiler.arg("-print-file-name=libasan.so.8").output();
    let runtime = String::from_utf8(runtime.expect("a compiler").stdout).expect("a path");
    std::fs::copy(runtime.trim(), farm.path("libasan.so.8")).expect("the sanitizer's runtime");
    farm.declare("sane", &["./sane"], STDOUT);
    farm.expect(0, &["run", "sane"]);
}

#[test]
fn what_a_run_writes_into_its_report_is_no_more_than_its_word() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    let script = "printf 'nonsense\\n{\"kind\":\"library\",\"pid\":1,\"name\":\"\\\\u001b[31mred\",\"version\":\"1\"}\\n' \
                  >> /run/resow/events; head -c 30000000 /dev/zero | tr '\\0' '\\n' >> /run/resow/events; echo done";
    farm.declare_script("liar", script, STDOUT);
    let run = farm.json(0, &["run", "liar"]);
    let found = &run["seeding"];
    assert_eq!(found["state"], "partly", "{found}");
    assert_eq!(found["truncated"], true, "{found}");
    assert_eq!(found["faults"][0]["message"], "it is no event", "{found}");
    let record = run["record"].as_str().expect("a record");
    let shown = farm.expect(0, &["show", record]);
    assert!(!shown.stdout.contains('\u{1b}'), "{shown}");
}

#[test]
fn what_a_run_writes_into_its_report_counts_against_its_disk_limit() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.declare_script(
        "writer",
        "head -c 300000000 /dev/zero >> /run/resow/events; sleep 5; echo done",
        &format!("resources = {{ scratch = \"100MiB\" }}\n{STDOUT}"),
    );
    let run = farm.json(3, &["run", "writer"]);
    assert_eq!(run["outcome"]["kind"], "over-disk-limit", "{run}");
}
