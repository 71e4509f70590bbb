//! The repository's own experiments, in a clone of it: against the claims that are committed beside them, and the same on
//! each engine for each user.

mod environment;
#[path = "environment/other_user.rs"]
mod other_user;

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use environment::engine::TestEngine;
use environment::{Environment, Repository, checkout, python_archive};
use other_user::{OtherUser, USER, everything_below};
use serde_json::{Map, Value};

/// The one that is made to give something else each time.
const RACE: &str = "thread-race";

const BUBBLEWRAP: [&str; 2] = ["--engine", "bubblewrap"];

/// A plan and its outputs.
type Gave = (String, Map<String, Value>);

/// A clone of what is tested.
fn clone(environment: &Environment) -> Repository<'_> {
    let clone = environment.path().join("clone");
    // The checkout may belong to another user than the one who tests; of git's settings, only files reach the git at
    // the other end.
    let trusting = environment.path().join("gitconfig");
    fs::write(&trusting, "[safe]\n\tdirectory = *\n").expect("written");
    let transcript = environment.run(
        environment
            .command("git", environment.path())
            .args(["clone", "--quiet", "--no-local"])
            .env("GIT_CONFIG_GLOBAL", trusting)
            .arg(checkout())
            .arg(&clone),
    );
    assert_eq!(transcript.code, 0, "{transcript}");
    environment.repository("unused").at(&clone)
}

/// Experiments that tests/frameworks.rs runs on each engine against their claims; so does it with those in other images.
const FRAMEWORKS: [&str; 4] = ["folds", "forest", "pools", "processes"];

/// The names of all other experiments in the image of `docker/python`.
fn experiments(farm: &Repository<'_>) -> Vec<String> {
    let entries = fs::read_dir(farm.path("experiments")).expect("experiments");
    let files = entries.map(|entry| entry.expect("readable").file_name());
    let mut names: Vec<_> = files
        .filter_map(|file| Some(file.to_str()?.strip_suffix(".toml")?.to_owned()))
        .filter(|name| !name.ends_with(".claim"))
        .filter(|name| {
            let manifest = farm.read(&format!("experiments/{name}.toml"));
            manifest.contains("build = \"docker/python\"") && !FRAMEWORKS.contains(&name.as_str())
        })
        .collect();
    names.sort();
    names
}

#[test]
fn the_committed_claims_hold() {
    let environment = Environment::new();
    let farm = clone(&environment);
    // The image is in the engine once another test or this one has built it.
    environment.repository("image").add_python_image();

    let verdict = farm.expect(0, &["verify", "digits", "seed-basics", "clusters-portable"]);
    for name in ["digits", "seed-basics", "clusters-portable"] {
        let expected = format!("{name}: identical");
        assert!(verdict.stdout.contains(&expected), "{verdict}");
    }
    let verdict = farm.expect(1, &["verify", RACE]);
    assert!(
        verdict.stdout.contains("thread-race: different"),
        "{verdict}"
    );

    // A clone of a shallow checkout has no history to look in.
    if farm.git(&["rev-parse", "--is-shallow-repository"]) == "true" {
        return;
    }
    for name in ["digits", "seed-basics", RACE] {
        let claim = farm.read(&format!("experiments/{name}.claim.toml"));
        let commit = claim
            .lines()
            .find_map(|line| line.strip_prefix("commit = \"")?.strip_suffix('"'))
            .expect("a commit");
        // Who has the claim must have what it is about.
        farm.git(&["merge-base", "--is-ancestor", commit, "HEAD"]);
    }
}

/// What a run gave: its plan, and each output with its digest, or alone where the digest is another each time.
fn gave(name: &str, run: &Value) -> Gave {
    assert_eq!(run["executed"], true, "{run}");
    let mut outputs = run["outputs"].as_object().expect("outputs").clone();
    assert!(!outputs.is_empty(), "{run}");
    if name == RACE {
        outputs
            .values_mut()
            .for_each(|output| *output = Value::Null);
    }
    (run["plan"].as_str().expect("a plan").to_owned(), outputs)
}

/// What each experiment gives where `run` runs it.
fn all_of(names: &[String], run: impl Fn(&[&str]) -> Value) -> Vec<Gave> {
    let one = |name: &String| gave(name, &run(&["run", name, "--force", "--json"]));
    names.iter().map(one).collect()
}

#[test]
fn root_only_both_engines_every_experiment_gives_the_same_on_each_and_for_each_user() {
    let environment = Environment::new();
    let farm = clone(&environment);
    let names = experiments(&farm);
    assert!(names.len() >= 5, "{names:?}");
    let archive = python_archive().to_string_lossy().into_owned();
    let [docker, bubblewrap] = [TestEngine::Docker, TestEngine::Bubblewrap].map(|engine| {
        let at = ["--engine", engine.name()];
        farm.expect(0, &[&at[..], &["image", "load", &archive]].concat());
        all_of(&names, |arguments| {
            farm.json(0, &[&at[..], arguments].concat())
        })
    });
    assert_eq!(docker, bubblewrap, "on bubblewrap as on Docker");

    let own = Environment::new();
    let clone = clone(&own);
    fs::copy(&archive, own.path().join("python.tar")).expect("a copy of the image");
    let user = OtherUser::of(TestEngine::Bubblewrap, &own);
    let folder = clone.path("");
    let load = ["image", "load", "../python.tar"];
    user.expect(0, &folder, &[&BUBBLEWRAP[..], &load].concat());
    let unpacked = roots(&user);
    assert_eq!(unpacked.len(), 1, "{unpacked:?}");
    let ordinary = all_of(&names, |arguments| {
        let run = user.expect(0, &folder, &[&BUBBLEWRAP[..], arguments].concat());
        serde_json::from_str(&run.stdout).expect("one object")
    });
    assert_eq!(docker, ordinary, "for an ordinary user as for root");
    assert_eq!(roots(&user), unpacked, "it was unpacked once");
    results_are_the_users(&clone, &user, &own);
}

/// The root file systems that a user has unpacked, and which folders they are.
fn roots(user: &OtherUser<'_>) -> Vec<(PathBuf, u64)> {
    let folder = user.cache().join("roots/roots");
    let entries = fs::read_dir(folder).expect("unpacked images");
    let paths = entries.map(|entry| entry.expect("readable").path());
    let mut found: Vec<_> = paths
        .filter(|path| path.is_dir())
        .map(|path| {
            let number = path.metadata().expect("there").ino();
            (path, number)
        })
        .collect();
    found.sort();
    found
}

/// What runs made is the user's to read and to remove, and git sees none of it.
fn results_are_the_users(clone: &Repository<'_>, user: &OtherUser<'_>, own: &Environment) {
    let made = everything_below(&clone.path("results"));
    assert!(made.len() > 3, "{made:?}");
    for path in made {
        let owner = fs::symlink_metadata(&path).expect("there").uid();
        assert_eq!(owner, USER, "{}", path.display());
    }
    let mut git = user.command(Path::new("git"), &clone.path(""));
    let status = own.run(git.args(["status", "--porcelain"]));
    assert_eq!((status.code, status.stdout.as_str()), (0, ""), "{status}");
    let mut remove = user.command(Path::new("rm"), &clone.path(""));
    let removed = own.run(remove.args(["-r", "results", ".resow"]));
    assert_eq!(removed.code, 0, "{removed}");
}
