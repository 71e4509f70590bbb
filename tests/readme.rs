//! The README's tour: every command in it, in order, in an empty folder.

mod environment;

use std::fmt::Write as _;
use std::fs;

use environment::{Environment, checkout};

/// The commands of the README's `console tour` blocks, without their prompts.
fn tour() -> Vec<String> {
    let readme = fs::read_to_string(checkout().join("README.md")).expect("a README");
    readme
        .split("```console tour\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .flat_map(str::lines)
        .map(|line| line.strip_prefix("$ ").expect("a prompt").to_owned())
        .collect()
}

#[test]
fn the_tour_works_as_written() {
    let commands = tour();
    assert!(
        commands.len() > 15,
        "the tour has {} commands",
        commands.len()
    );

    let environment = Environment::new();
    // One shell runs them all, so that `cd` acts as it does for a reader, and stops at the first that fails.
    let mut script = String::from("set -e\n");
    for command in &commands {
        let quoted = command.replace('\'', r"'\''");
        writeln!(script, "printf '\\n$ %s\\n' '{quoted}'\n{command}").expect("written");
    }
    let binaries = std::path::Path::new(env!("CARGO_BIN_EXE_resow"))
        .parent()
        .expect("a folder")
        .to_string_lossy()
        .into_owned();
    let path = std::env::var("PATH").unwrap_or_default();
    let transcript = environment.run(
        environment
            .command("sh", environment.path())
            .args(["-c", &script])
            .env("PATH", format!("{binaries}:{path}")),
    );
    assert_eq!(transcript.code, 0, "{transcript}");
    for expected in ["identical", "stale: seed", "exit code 3"] {
        assert!(
            transcript.stdout.contains(expected),
            "`{expected}` in\n{transcript}"
        );
    }
}
