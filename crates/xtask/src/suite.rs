//! The whole test suite, with what it needs in place: the crates' tests once, and the tests from end to end once an
//! engine.

use std::fs;
use std::path::Path;

use crate::engines::{Engines, REQUIRED, named};
use crate::matrix::Matrix;
use crate::prerequisites::{self, find, is_root};
use crate::process::{TaskError, build_resow, capture, command, must, root, say};

/// Runs every test of every crate, against every engine that this host has; of the large images one, which changes from
/// day to day, or `all` of them, with the table that is then written.
///
/// # Errors
/// When something is missing or a test fails.
pub(crate) fn run(all: bool) -> Result<(), TaskError> {
    prerequisites::ensure()?;
    prerequisites::offer_bubblewrap()?;
    prerequisites::offer_fault_tools()?;
    prerequisites::offer_languages()?;
    let required = named(&std::env::var(REQUIRED).unwrap_or_default());
    let engines = Engines::all(&build_resow()?, &required)?;
    let mut skipped = skipped(&engines);
    let turn = if all {
        None
    } else {
        let turn = Turn::of_today(&engines)?;
        turn.tell();
        skipped.extend(turn.other_images());
        Some(turn)
    };
    if engines.lacks_docker().is_none() {
        // What stands in for registries and other engines is fetched and unpacked aside.
        prerequisites::ensure_package_lists()?;
    }

    // What follows a failure is run all the same: one run names all that is wrong.
    let mut failures = Vec::new();
    let mut names = tests(&root().join("tests"))?;
    names.retain(|name| !CHOOSE_ENGINES.contains(&name.as_str()));
    if all {
        failures.extend(whole_matrix(&engines, &skipped).err());
        names.retain(|name| !OF_THE_MATRIX.contains(&name.as_str()));
    }
    failures.extend(crates(&skipped).err());
    let names_on = |engine: &str| {
        let mut names = names.clone();
        if turn.as_ref().is_some_and(|turn| turn.engine != engine) {
            names.retain(|name| !is_in_turn(name));
        }
        names
    };
    failures.extend(end_to_end(&engines, names_on, &skipped, &[]).err());
    say("\nfrom end to end, on each engine that a test wants");
    let names = CHOOSE_ENGINES.map(str::to_owned);
    failures.extend(test(&[], &names, &skipped, &[]).err());
    TaskError::of_all(failures).map_or(Ok(()), Err)
}

/// The tests that note what came out of how many runs, and the table of what they noted.
fn whole_matrix(engines: &Engines, skipped: &[&'static str]) -> Result<(), TaskError> {
    let matrix = Matrix::begin()?;
    let names = |_: &str| OF_THE_MATRIX.map(str::to_owned).to_vec();
    end_to_end(engines, names, skipped, &matrix.variables())?;
    matrix.finish()
}

/// What changes from day to day, since all of it every time would take too long.
struct Turn {
    /// The large image.
    image: &'static str,
    /// The engine on which the long tests run.
    engine: &'static str,
}

impl Turn {
    fn of_today(engines: &Engines) -> Result<Self, TaskError> {
        let days = capture(&mut command("date", ["--utc", "+%s"]))?;
        let days = days.parse::<usize>().unwrap_or(0) / 86_400;
        let engines = engines.names();
        // The number of images is odd, so that each meets either engine.
        Ok(Self {
            image: LARGE_IMAGES[days % LARGE_IMAGES.len()],
            engine: engines[days % engines.len()],
        })
    }

    fn tell(&self) {
        let Self { image, engine } = self;
        let tests = [&OF_THE_MATRIX[..], &LONG].concat().join("`, `");
        say(&format!(
            "of the large images it is the turn of `{image}`, and `{tests}` run on {engine}; \
             `cargo xtask test --all` takes all"
        ));
    }

    /// The marks of the images whose turn it is not.
    fn other_images(&self) -> impl Iterator<Item = &'static str> {
        LARGE_IMAGES
            .into_iter()
            .filter(|image| *image != self.image)
    }
}

/// The marks of the tests that this host cannot run, each told in a line.
fn skipped(engines: &Engines) -> Vec<&'static str> {
    let mut marks = Vec::new();
    let mut skip = |mark, reason: &str| {
        say(&format!("tests named `{mark}` are skipped: {reason}"));
        marks.push(mark);
    };
    if let Some(reason) = engines.lacks_docker() {
        skip("docker_only", &format!("there is no Docker, {reason}"));
    }
    if let Some(reason) = engines.lacks_bubblewrap() {
        skip(
            "bubblewrap_only",
            &format!("bubblewrap does not work, {reason}"),
        );
    }
    if engines.names().len() < 2 {
        skip("both_engines", "there is one engine");
    }
    if !is_root() {
        skip("root_only", "this is an ordinary user");
    }
    // Root has them installed.
    for (mark, programs) in [
        ("compilers", &["g++", "go", "musl-gcc"][..]),
        ("emulator", &["qemu-x86_64-static"]),
    ] {
        let missing: Vec<_> = programs
            .iter()
            .filter(|program| find(program).is_none())
            .copied()
            .collect();
        if !missing.is_empty() {
            skip(mark, &format!("this host lacks {}", missing.join(", ")));
        }
    }
    marks
}

/// The marks of tests that need a large image, each a download of some hundred megabytes.
const LARGE_IMAGES: [&str; 5] = [
    "image_torch",
    "image_tensorflow",
    "image_jax",
    "image_boost",
    "image_r",
];

/// The test programs of crates that are about Docker from their first line to the last.
const ABOUT_DOCKER: [&str; 2] = ["docker_engine", "image_engine"];

/// Those of which nearly every test mounts an overlay itself.
const BY_ROOT: [&str; 1] = ["workspace_changes"];

/// The test programs that go through all engines by themselves.
const CHOOSE_ENGINES: [&str; 4] = ["clock", "crash", "full_disk", "hostile_experiment"];

/// The test programs that note how many runs gave how many results.
const OF_THE_MATRIX: [&str; 4] = ["frameworks", "framework_sources", "languages", "sources"];

/// Other test programs that take minutes, and are hardly about the engine.
const LONG: [&str; 4] = ["algorithms", "diagnose", "emulated", "trace_frameworks"];

/// Whether a test program runs on one engine in turn.
fn is_in_turn(name: &str) -> bool {
    LONG.contains(&name) || OF_THE_MATRIX.contains(&name)
}

/// What is tested without the binary, and what the documentation shows.
fn crates(skipped: &[&str]) -> Result<(), TaskError> {
    let mut folders = vec![root().join("fuzz")];
    for entry in fs::read_dir(root().join("crates"))? {
        folders.push(entry?.path());
    }
    let mut names = Vec::new();
    for folder in folders {
        names.extend(tests(&folder.join("tests"))?);
    }
    for (mark, programs) in [
        ("docker_only", &ABOUT_DOCKER[..]),
        ("root_only", &BY_ROOT[..]),
    ] {
        if skipped.contains(&mark) {
            names.retain(|name| !programs.contains(&name.as_str()));
        }
    }
    let programs = test(&["--lib", "--bins"], &names, skipped, &[]);
    let documentation = test(&["--doc"], &[], skipped, &[]);
    let failures = programs.err().into_iter().chain(documentation.err());
    TaskError::of_all(failures).map_or(Ok(()), Err)
}

/// On each engine in turn, the test programs that are named for it.
fn end_to_end(
    engines: &Engines,
    names: impl Fn(&str) -> Vec<String>,
    skipped: &[&'static str],
    variables: &[(&str, String)],
) -> Result<(), TaskError> {
    let mut failures = Vec::new();
    for (index, engine) in engines.names().into_iter().enumerate() {
        say(&format!("\nfrom end to end, on {engine}"));
        let mut skipped = skipped.to_vec();
        skipped.push(match engine {
            "bubblewrap" => "docker_only",
            _ => "bubblewrap_only",
        });
        if index > 0 {
            // It was run with the first.
            skipped.push("both_engines");
        }
        skipped.sort_unstable();
        skipped.dedup();
        let mut variables = variables.to_vec();
        variables.push(("RESOW_TEST_ENGINE", engine.to_owned()));
        failures.extend(test(&[], &names(engine), &skipped, &variables).err());
    }
    TaskError::of_all(failures).map_or(Ok(()), Err)
}

/// The test programs of a folder: a file, or a folder with a `main.rs`. Sorted.
fn tests(folder: &Path) -> Result<Vec<String>, TaskError> {
    let mut names = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(names);
    };
    for entry in entries {
        let path = entry?.path();
        let is_program = path.extension().is_some_and(|extension| extension == "rs")
            || path.join("main.rs").is_file();
        if is_program {
            let stem = path.file_stem().unwrap_or_default();
            names.push(stem.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Everything is chosen from the whole workspace, so that it is compiled once.
fn test(
    kinds: &[&str],
    names: &[String],
    skipped: &[&str],
    variables: &[(&str, String)],
) -> Result<(), TaskError> {
    let mut cargo = command(
        "cargo",
        ["test", "--locked", "--workspace", "--no-fail-fast"],
    );
    cargo.args(kinds).current_dir(root());
    for name in names {
        cargo.args(["--test", name]);
    }
    cargo.arg("--");
    for mark in skipped {
        cargo.args(["--skip", mark]);
    }
    cargo.envs(variables.iter().map(|(name, value)| (name, value)));
    must(&mut cargo)
}
