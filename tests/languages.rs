//! Programs in other languages that draw random numbers without a seed: the same each time, or named in the report, as
//! docs/randomness.md says.

#[path = "environment/document.rs"]
mod document;
mod environment;
#[path = "environment/repetition.rs"]
mod repetition;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use environment::{Environment, Repository, checkout};
use repetition::{note, repetitions};
use serde_json::Value;

/// A program: what it is in words, and the command that runs it.
struct Program(&'static str, &'static str, &'static [&'static str]);

const PROGRAMS: &[Program] = &[
    Program(
        "perl",
        "Perl: `rand`, order of a hash's keys",
        &[
            "perl",
            "-e",
            "print rand(), join(' ', keys %{{map { $_ => 1 } 1..50}})",
        ],
    ),
    Program(
        "ruby",
        "Ruby: `rand`, `Random.new`, `shuffle`, `SecureRandom`",
        &[
            "ruby",
            "-rsecurerandom",
            "-e",
            "puts rand, Random.new.rand, (1..50).to_a.shuffle.inspect, SecureRandom.hex, 'text'.hash",
        ],
    ),
    Program(
        "gawk",
        "awk: `rand`",
        &["gawk", "BEGIN { print rand(), rand() }"],
    ),
    Program(
        "shuf",
        "`shuf`, `mktemp -u`",
        &["sh", "-c", "seq 50 | shuf; mktemp -u"],
    ),
    Program(
        "bash",
        "bash: `$RANDOM`",
        &["bash", "-c", "echo $RANDOM $RANDOM"],
    ),
    Program("c", "C: `rand` without `srand`", &["./draw-c"]),
    Program("c-kernel", "C: `getrandom`", &["./draw-c", "kernel"]),
    Program("c-clock", "C: `srand(time(NULL))`", &["./draw-c", "clock"]),
    Program(
        "cpp",
        "C++: `std::random_device`, and a generator that it seeds",
        &["./draw-cpp"],
    ),
    Program(
        "c-static",
        "C: `getrandom`, linked statically",
        &["./draw-static", "kernel"],
    ),
    Program("go", "Go: `crypto/rand`", &["./draw-go"]),
    Program(
        "isolated",
        "Python with `-I`: `random`",
        &[
            "python3",
            "-I",
            "-c",
            "import random; print(random.random())",
        ],
    ),
];

/// What so many runs of a program came to.
struct Seen {
    distinct: usize,
    report: String,
}

/// A repository with all programs, compiled here.
fn farm(environment: &Environment) -> Repository<'_> {
    let farm = environment.repository("farm");
    farm.add_image("docker/languages");
    farm.add_python_image();
    let source = |name: &str| {
        let path = checkout().join("tests/languages").join(name);
        path.to_string_lossy().into_owned()
    };
    let into = |name: &str| farm.path(name).to_string_lossy().into_owned();
    compile("gcc", &["-O1", "-o", &into("draw-c"), &source("draw.c")]);
    compile(
        "gcc",
        &[
            "-O1",
            "-static",
            "-o",
            &into("draw-static"),
            &source("draw.c"),
        ],
    );
    compile(
        "g++",
        &["-O1", "-o", &into("draw-cpp"), &source("draw.cpp")],
    );
    compile("go", &["build", "-o", &into("draw-go"), &source("draw.go")]);
    for Program(name, _, command) in PROGRAMS {
        let image = if command[0] == "python3" {
            "docker/python"
        } else {
            "docker/languages"
        };
        declare(&farm, name, command, image, "");
        declare(
            &farm,
            &format!("{name}-at"),
            command,
            image,
            "determinism = { clock = 2026-01-31T12:00:00Z }\n",
        );
    }
    farm.commit("programs");
    farm
}

fn declare(farm: &Repository<'_>, name: &str, command: &[&str], image: &str, settings: &str) {
    let command = Value::from(command.to_vec());
    farm.write(
        &format!("experiments/{name}.toml"),
        format!(
            "version = 1\nseed = 42\ncommand = {command}\nimage.build = \"{image}\"\n{settings}\
             outputs = [{{ stream = \"stdout\" }}]\nsource = {{ include = [\"draw-*\"] }}\n"
        ),
    );
}

fn compile(program: &str, arguments: &[&str]) {
    let output = Command::new(program)
        .args(arguments)
        .env("GOCACHE", Path::new("/tmp").join("resow-tests-go"))
        .env("GOFLAGS", "-mod=mod")
        .env("CGO_ENABLED", "0")
        .output()
        .unwrap_or_else(|error| {
            panic!("`{program}` is missing ({error}): `cargo xtask test` installs it")
        });
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {errors}");
}

fn see(farm: &Repository<'_>, name: &str) -> Seen {
    let runs = repetitions();
    let mut outputs = BTreeSet::new();
    let mut report = String::new();
    for _ in 0..runs {
        if name == "c-clock" {
            // That clock counts seconds.
            thread::sleep(Duration::from_millis(1100));
        }
        let run = farm.json(0, &["run", name, "--force"]);
        outputs.insert(run["outputs"].to_string());
        report = said(&run["seeding"]);
    }
    note(
        &format!("program `{name}`"),
        "run again",
        runs,
        outputs.len(),
    );
    Seen {
        distinct: outputs.len(),
        report,
    }
}

/// What the report says of a program, in a few words.
fn said(report: &Value) -> String {
    let state = report["state"].as_str().expect("a state");
    let reasons = report["unreached"].as_array().expect("a list").iter();
    let reasons = reasons.filter_map(|program| program["reason"].as_str());
    let calls = report["draws"].as_array().expect("a list").iter();
    let calls = calls.filter_map(|draw| draw["call"].as_str());
    let details: BTreeSet<_> = reasons.chain(calls).collect();
    if details.is_empty() {
        return state.to_owned();
    }
    let details: Vec<_> = details.into_iter().collect();
    format!("{state}: {}", details.join(", "))
}

fn word(count: usize) -> &'static str {
    if count == 1 { "same" } else { "differs" }
}

#[test]
fn compilers_what_is_not_the_same_each_time_is_named() {
    let environment = Environment::new();
    let farm = farm(&environment);
    let mut table = "\n| program | `portable` | what the report says | with a `clock` |\n\
        | --- | --- | --- | --- |\n"
        .to_owned();
    for Program(name, words, _) in PROGRAMS {
        let plain = see(&farm, name);
        let at = see(&farm, &format!("{name}-at"));
        table.push_str(&format!(
            "| {words} | {} | {} | {} |\n",
            word(plain.distinct),
            plain.report,
            word(at.distinct)
        ));
        // A shell's own numbers are drawn from the clock where nobody can see it; the documentation says so.
        if *name != "bash" {
            assert!(
                plain.distinct == 1 || plain.report != "seeded",
                "{name} differs, and its run is called seeded"
            );
        }
    }
    table.push('\n');
    document::hold("docs/randomness.md", "tests/languages.rs", &table);
}

#[test]
fn image_r_draws_the_same_each_time() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_image("docker/r");
    let script = std::fs::read_to_string(checkout().join("tests/languages/draw.R"));
    farm.write("draw-r.R", script.expect("a script"));
    declare(&farm, "r", &["Rscript", "draw-r.R"], "docker/r", "");
    declare(
        &farm,
        "vanilla",
        &["Rscript", "--vanilla", "draw-r.R"],
        "docker/r",
        "",
    );
    farm.commit("scripts");
    let seeded = see(&farm, "r");
    assert_eq!((seeded.distinct, seeded.report.as_str()), (1, "seeded"));
    let other = farm.json(0, &["run", "r", "--seed", "43"]);
    let first = farm.json(0, &["run", "r"]);
    assert_ne!(other["outputs"], first["outputs"]);
    let vanilla = see(&farm, "vanilla");
    assert_eq!(vanilla.report, "partly: language");
}
