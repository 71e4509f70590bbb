//! The whole test suite, with what it needs in place: the crates' tests once, and the tests from end to end once an
//! engine.

use std::fs;
use std::path::Path;

use crate::engines::{Engines, REQUIRED, named};
use crate::prerequisites::{self, is_root};
use crate::process::{TaskError, build_resow, command, must, root, say};

/// Runs every test of every crate, against every engine that this host has.
///
/// # Errors
/// When something is missing or a test fails.
pub(crate) fn run() -> Result<(), TaskError> {
    prerequisites::ensure()?;
    prerequisites::offer_bubblewrap()?;
    prerequisites::offer_fault_tools()?;
    let required = named(&std::env::var(REQUIRED).unwrap_or_default());
    let engines = Engines::all(&build_resow()?, &required)?;
    let skipped = skipped(&engines);
    if engines.lacks_docker().is_none() {
        // What stands in for registries and other engines is fetched and unpacked aside.
        prerequisites::ensure_package_lists()?;
    }

    crates(&skipped)?;
    for (index, engine) in engines.names().into_iter().enumerate() {
        let mut skipped = skipped.clone();
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
        end_to_end(engine, &skipped)?;
    }
    say("\nfrom end to end, on each engine that a test wants");
    let names: Vec<_> = CHOOSE_ENGINES.into_iter().map(str::to_owned).collect();
    test(&[], &names, &skipped, None)
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
    marks
}

/// The test programs of crates that are about Docker from their first line to the last.
const ABOUT_DOCKER: [&str; 2] = ["docker_engine", "image_engine"];

/// Those of which nearly every test mounts an overlay itself.
const BY_ROOT: [&str; 1] = ["workspace_changes"];

/// The test programs that go through all engines by themselves.
const CHOOSE_ENGINES: [&str; 4] = ["clock", "crash", "full_disk", "hostile_experiment"];

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
    test(&["--lib", "--bins"], &names, skipped, None)?;
    test(&["--doc"], &[], skipped, None)
}

fn end_to_end(engine: &str, skipped: &[&str]) -> Result<(), TaskError> {
    say(&format!("\nfrom end to end, on {engine}"));
    let mut names = tests(&root().join("tests"))?;
    names.retain(|name| !CHOOSE_ENGINES.contains(&name.as_str()));
    test(&[], &names, skipped, Some(engine))
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
    engine: Option<&str>,
) -> Result<(), TaskError> {
    let mut cargo = command("cargo", ["test", "--locked", "--workspace"]);
    cargo.args(kinds).current_dir(root());
    for name in names {
        cargo.args(["--test", name]);
    }
    cargo.arg("--");
    for mark in skipped {
        cargo.args(["--skip", mark]);
    }
    if let Some(engine) = engine {
        cargo.env("RESOW_TEST_ENGINE", engine);
    }
    must(&mut cargo)
}
