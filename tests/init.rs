//! `resow init`, and what it says to do next.

mod environment;

use std::path::Path;

use environment::{Environment, Repository, Transcript};

/// Runs the commands that an answer prints, word for word, as a reader's shell would.
fn follow(
    environment: &Environment,
    repository: &Repository<'_>,
    answer: &Transcript,
) -> Transcript {
    let commands: Vec<_> = answer
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        .collect();
    assert!(commands.len() >= 2, "{answer}");
    let binaries = Path::new(env!("CARGO_BIN_EXE_resow"))
        .parent()
        .expect("a folder")
        .display();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut shell = environment.command("sh", &repository.path("."));
    shell
        .args(["-e", "-c", &commands.join("\n")])
        .env("PATH", format!("{binaries}:{path}"));
    environment.run(&mut shell)
}

#[test]
fn a_first_experiment_runs_by_the_printed_commands() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    // The image is in the engine before, so that this does not build it anew.
    environment.farm("only-for-the-image");
    let init = farm.resow(&["init"]);
    snapshot!(init, @"
    exit code: 0
    --- stdout ---
    `experiments/first.toml` is ready; next:
      git add experiments/first/first.py docker/python/recipe.toml docker/python/recipe.lock experiments/first.toml
      resow run first
    --- stderr ---
    wrote experiments/first/first.py
    wrote docker/python/recipe.toml
    wrote docker/python/recipe.lock
    wrote experiments/first.toml
    ");
    let run = follow(&environment, &farm, &init);
    assert_eq!(run.code, 0, "{run}");
    assert!(run.stderr.contains("first: done in"), "{run}");
    let manifest = farm.read("experiments/first.toml");
    let settings = manifest
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    assert!(settings.count() <= 10, "{manifest}");
    farm.git(&["commit", "--quiet", "--message", "first"]);
    farm.expect(0, &["claim", "first"]);

    let twice = farm.resow(&["init"]);
    snapshot!(twice, @"
    exit code: 2
    --- stdout ---
    --- stderr ---
    error: `experiments/first.toml` is there already
    hint: give another name: `resow init NAME`
    ");
    let other = farm.expect(0, &["init", "second"]);
    assert!(
        !other.stderr.contains("docker/python"),
        "what is there stays: {other}"
    );
    assert_eq!(follow(&environment, &farm, &other).code, 0);
}

#[test]
fn an_experiment_around_a_script_of_ones_own() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    environment.farm("only-for-the-image");
    farm.write(
        "code/train it.py",
        "import os\nos.mkdir('out')\nopen('out/model.txt', 'w').write(os.environ['RESOW_SEED'])\nprint('trained')\n",
    );
    let init = farm.expect(
        0,
        &[
            "init",
            "train",
            "--script",
            "code/train it.py",
            "--output",
            "out/model.txt",
        ],
    );
    let run = follow(&environment, &farm, &init);
    assert_eq!(run.code, 0, "{init}\n{run}");
    assert_eq!(farm.read("results/train/out/model.txt"), "42");
    farm.expect(0, &["check"]);

    let absent = farm.expect(2, &["init", "other", "--script", "absent.py"]);
    assert!(absent.stderr.contains("`absent.py`"), "{absent}");
    assert!(!farm.path("experiments/other.toml").exists());
    let outside = farm.expect(2, &["init", "other", "--script", "../train.py"]);
    assert!(outside.stderr.contains("stay inside"), "{outside}");
    let name = farm.expect(2, &["init", "Not A Name"]);
    assert!(name.stderr.contains("Not A Name"), "{name}");
}

#[test]
fn a_folder_that_is_no_repository_is_named() {
    let environment = Environment::new();
    let mut command = environment.command(env!("CARGO_BIN_EXE_resow"), environment.path());
    let init = environment.run(command.arg("init"));
    snapshot!(init, @"
    exit code: 2
    --- stdout ---
    --- stderr ---
    error: `.` is not in a git repository
    hint: run `git init` first
    ");
    assert!(!environment.path().join("experiments").exists());
}
