//! The README: every command of its tour, in order, in an empty folder, and every example of a file.

mod environment;

use std::fmt::Write as _;
use std::fs;

use environment::{Environment, checkout};
use resow_executor::image::recipe::Recipe;
use resow_manifest::manifest::Manifest;

/// The README's code blocks of a kind.
fn blocks(kind: &str) -> Vec<String> {
    let readme = fs::read_to_string(checkout().join("README.md")).expect("a README");
    readme
        .split(&format!("```{kind}\n"))
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .map(str::to_owned)
        .collect()
}

/// The commands of the README's `console tour` blocks, without their prompts.
fn tour() -> Vec<String> {
    blocks("console tour")
        .iter()
        .flat_map(|block| block.lines())
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

#[test]
fn the_examples_of_files_are_right() {
    let [manifest, recipe, compared] = &blocks("toml")[..] else {
        panic!("a manifest, a recipe and a comparison are shown");
    };
    // An ellipsis stands for the digits of a digest, and for nothing else.
    let digits = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let manifest = manifest.replace("sha256:…", &format!("sha256:{digits}"));
    let parsed = Manifest::parse(&manifest).unwrap_or_else(|faults| panic!("{faults:?}"));
    assert_eq!(parsed.inputs[0].digest.hex(), digits);

    let compared = format!(
        "version = 1\ncommand = [\"true\"]\n[image]\nbuild = \"docker/python\"\n{compared}"
    );
    let comparing = Manifest::parse(&compared).unwrap_or_else(|faults| panic!("{faults:?}"));
    let comparator = comparing.outputs[0].comparator.as_ref();
    assert_eq!(comparator.map(|one| one.ignore.len()), Some(1));

    // The other two images, each in the place of the first.
    for other in ["reference", "id"] {
        let chosen = manifest
            .replace("\nbuild = ", "\n# build = ")
            .replace(&format!("\n# {other} = "), &format!("\n{other} = "));
        let another = Manifest::parse(&chosen).unwrap_or_else(|faults| panic!("{faults:?}"));
        assert_ne!(another.image, parsed.image);
    }

    let recipe = Recipe::parse(recipe).unwrap_or_else(|error| panic!("{error}"));
    assert!(!format!("{recipe:?}").contains('…'));
}
