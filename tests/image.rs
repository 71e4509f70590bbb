//! `resow image`: recipes, locks, and images as files.

mod environment;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use environment::engine::TestEngine;
use environment::{Environment, Repository, checkout, copy_folder, docker, signal};
use serde_json::Value;

const OUTPUT: &str = "[[outputs]]\nstream = \"stdout\"\n";

/// The identifier in a lock.
fn locked_id(lock: &str) -> String {
    let id = lock
        .split("id = \"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    id.expect("an identifier").to_owned()
}

/// A repository with a small recipe of its own, which no other test has: one may remove its image from the engine.
fn with_small_recipe<'environment>(
    environment: &'environment Environment,
    name: &str,
) -> Repository<'environment> {
    let farm = environment.repository(name);
    farm.write(
        "docker/small/recipe.toml",
        format!(
            "version = 1\nsuite = \"bookworm\"\narchitecture = \"amd64\"\npackages = [\"base-files\", \"base-passwd\", \"coreutils\", \"dash\"]\n\n\
             [environment]\nPATH = \"/usr/bin:/bin\"\nMADE_FOR = \"{name}\"\n"
        ),
    );
    farm.write(
        "experiments/look.toml",
        format!("version = 1\ncommand = [\"sh\", \"-c\", \"echo $MADE_FOR\"]\nimage.build = \"docker/small\"\n{OUTPUT}"),
    );
    // Packages that were fetched for another repository need not be fetched again.
    farm
}

fn engine_has(id: &str) -> bool {
    TestEngine::of_this_run().has_image(id)
}

/// A folder with the programs that the engine itself needs, and no other.
fn engine_programs(environment: &Environment) -> PathBuf {
    let folder = environment.path().join("programs");
    fs::create_dir(&folder).expect("a folder");
    if TestEngine::of_this_run() == TestEngine::Bubblewrap {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let program = std::env::split_paths(&path)
            .map(|folder| folder.join("bwrap"))
            .find(|program| program.is_file());
        symlink(program.expect("bubblewrap"), folder.join("bwrap")).expect("a link");
    }
    folder
}

/// Leaves the engine with another image of the same layers in the place of this one, and returns its identifier.
fn keep_under_another_identifier(environment: &Environment, id: &str) -> String {
    let folder = environment.path().join("relabel");
    fs::create_dir(&folder).expect("a folder");
    fs::write(
        folder.join("Dockerfile"),
        format!("FROM {id}\nLABEL other=1\n"),
    )
    .expect("written");
    let other = docker(&["build", "--quiet", &folder.to_string_lossy()]);
    // Only as a file it stands without the image that it was made from.
    let file = folder.join("other.tar").to_string_lossy().into_owned();
    docker(&["save", "--output", &file, &other]);
    docker(&["image", "rm", "--force", &other, id]);
    docker(&["load", "--quiet", "--input", &file]);
    assert_ne!(other, id);
    other
}

#[test]
fn a_recipe_is_locked_built_saved_and_loaded() {
    let environment = Environment::new();
    let farm = with_small_recipe(&environment, "farm");
    farm.git(&["add", "--all"]);
    let unlocked = farm.expect(2, &["run", "look"]);
    assert!(
        unlocked
            .stderr
            .contains("hint: `resow image lock docker/small` writes it"),
        "{unlocked}"
    );
    let unlocked = farm.resow(&["image", "build", "docker/small"]);
    snapshot!(unlocked, @"
    exit code: 2
    --- stdout ---
    --- stderr ---
    error: there is no `docker/small/recipe.lock`
    hint: `resow image lock docker/small` writes it
    ");

    let lock = farm.expect(0, &["image", "lock", "docker/small"]);
    assert!(lock.stdout.contains("+ coreutils "), "{lock}");
    assert!(lock.stdout.contains("a first lock"), "{lock}");
    let text = farm.read("docker/small/recipe.lock");
    let id = locked_id(&text);
    if engine_has(&id) {
        // Of an earlier test that failed.
        TestEngine::of_this_run().remove_image(&id);
    }
    let again = farm.resow(&["image", "lock", "docker/small"]);
    snapshot!(again, @"
    exit code: 0
    --- stdout ---
    wrote docker/small/recipe.lock: image sha256:[digest], the same image as before
    --- stderr ---
    ");
    assert_eq!(farm.read("docker/small/recipe.lock"), text);

    let untracked = farm.expect(2, &["run", "look"]);
    assert!(
        untracked
            .stderr
            .contains("git add docker/small/recipe.lock"),
        "{untracked}"
    );
    farm.git(&["add", "--all"]);
    let built = farm.resow(&["image", "build", "docker/small"]);
    snapshot!(built, @"
    exit code: 0
    --- stdout ---
    built image sha256:[digest] and loaded it into the engine
    --- stderr ---
    building the image of `docker/small`
    ");
    let already = farm.resow(&["image", "build", "docker/small"]);
    snapshot!(already, @"
    exit code: 0
    --- stdout ---
    the engine has image sha256:[digest] already
    --- stderr ---
    ");
    assert_eq!(farm.expect(0, &["run", "look"]).stdout, "farm\n");

    // As a file it is the same image, for a teammate's resow.
    let file = environment.path().join("small.tar");
    let path = file.to_string_lossy().into_owned();
    farm.expect(0, &["image", "save", "docker/small", "--output", &path]);
    TestEngine::of_this_run().remove_image(&id);
    assert!(!engine_has(&id));

    let commit = farm.commit("all");
    let teammate = farm.clone_as("teammate");
    let load = teammate.expect(0, &["image", "load", &path]);
    assert!(load.stdout.contains(&id), "{load}");
    assert!(engine_has(&id), "the same image");
    // Nothing can be fetched there, and nothing has to be.
    TestEngine::of_this_run().remove_image(&id);
    let run = environment.run(
        teammate
            .resow_command(&["run", "look"])
            .env("PATH", engine_programs(&environment)),
    );
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (0, "farm\n"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("building"), "{}", run.stderr);
    let list = teammate.expect(0, &["image", "list"]);
    assert!(list.stdout.contains(&id), "{list}");
    teammate.expect(0, &["rerun", &format!("{commit}:look")]);

    // One changed bit, and it is no evidence any more.
    let mut bytes = fs::read(&file).expect("readable");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let bad = environment.path().join("bad.tar");
    fs::write(&bad, &bytes).expect("written");
    let tampered = teammate.expect(5, &["image", "load", &bad.to_string_lossy()]);
    assert!(tampered.stderr.contains("error: "), "{tampered}");
    fs::write(&bad, b"no archive at all").expect("written");
    teammate.expect(5, &["image", "load", &bad.to_string_lossy()]);
    let absent = teammate.expect(4, &["image", "load", "absent.tar"]);
    assert!(absent.stderr.contains("`absent.tar`"), "{absent}");
    TestEngine::of_this_run().remove_image(&id);
}

#[test]
fn docker_only_docker_reads_the_file_and_may_call_the_image_otherwise() {
    // What `docker load` reads, and the identifiers that Docker gives, are Docker's.
    let environment = Environment::new();
    let farm = with_small_recipe(&environment, "docked");
    farm.expect(0, &["image", "lock", "docker/small"]);
    farm.git(&["add", "--all"]);
    let id = locked_id(&farm.read("docker/small/recipe.lock"));
    let file = environment.path().join("small.tar");
    let path = file.to_string_lossy().into_owned();
    farm.expect(0, &["image", "save", "docker/small", "--output", &path]);
    docker(&["load", "--quiet", "--input", &path]);
    assert!(engine_has(&id), "the same image");

    // An engine that calls the same layers otherwise has it too.
    let other = keep_under_another_identifier(&environment, &id);
    assert!(!engine_has(&id));
    let already = farm.expect(0, &["image", "build", "docker/small"]);
    assert!(already.stdout.contains("already"), "{already}");
    docker(&["image", "rm", "--force", &other]);
}

#[test]
fn a_folder_named_from_where_the_caller_is_is_put_right() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_python_image();
    for arguments in [
        &["image", "build", "python"][..],
        &["image", "lock", "python"],
        &["image", "save", "python"],
    ] {
        let refused = farm.at("docker").expect(2, arguments);
        assert_eq!(
            refused.stderr,
            "error: there is no `python/recipe.toml`\n\
             hint: paths are relative to the repository's root: `docker/python`\n",
        );
    }
    let refused = farm.expect(2, &["image", "build", "-C", "docker", "python"]);
    assert!(refused.stderr.contains("`docker/python`"), "{refused}");
    let refused = farm.expect(2, &["image", "build", "docker"]);
    assert!(
        refused
            .stderr
            .contains("hint: name a folder that has a `recipe.toml`"),
        "{refused}"
    );
    let built = farm
        .at("docker")
        .expect(0, &["image", "build", "docker/python"]);
    assert!(built.stdout.contains("already"), "{built}");
}

#[test]
fn a_recipe_edited_without_locking_is_refused() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.declare_script("look", "true", OUTPUT);
    farm.replace("docker/python/recipe.toml", "    \"grep\",\n", "");
    for arguments in [&["run", "look"][..], &["image", "build", "docker/python"]] {
        let stale = farm.expect(2, arguments);
        assert!(
            stale.stderr.contains("`docker/python/recipe.lock`"),
            "{stale}"
        );
        assert!(
            stale.stderr.contains("resow image lock docker/python"),
            "{stale}"
        );
    }
    let nonsense = farm.expect(2, &["image", "save", "sha256:12"]);
    assert!(nonsense.stderr.contains("hint: "), "{nonsense}");
    let nowhere = farm.resow(&["image", "build", "docker/nowhere"]);
    snapshot!(nowhere, @"
    exit code: 2
    --- stdout ---
    --- stderr ---
    error: there is no `docker/nowhere/recipe.toml`
    hint: name a folder that has a `recipe.toml`, relative to the repository's root
    ");
}

#[test]
fn a_lock_that_names_another_image_is_an_error_when_it_is_built() {
    let environment = Environment::new();
    let farm = with_small_recipe(&environment, "forged");
    farm.expect(0, &["image", "lock", "docker/small"]);
    let id = locked_id(&farm.read("docker/small/recipe.lock"));
    farm.replace(
        "docker/small/recipe.lock",
        &id,
        &format!("sha256:{}", "0".repeat(64)),
    );
    farm.git(&["add", "--all"]);
    let build = farm.resow(&["image", "build", "docker/small"]);
    assert!(build.code == 4 || build.code == 2, "{build}");
    assert!(build.stderr.contains(&"0".repeat(64)), "{build}");
    assert!(!engine_has(&id), "nothing was loaded");
}

#[test]
fn locking_can_be_interrupted_and_leaves_the_lock_as_it_was() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_python_image();
    let before = farm.read("docker/python/recipe.lock");
    let resow = farm.start(&["image", "lock", "docker/python"]);
    let downloads = farm.path(".resow/downloads");
    let busy = || fs::read_dir(&downloads).is_ok_and(|mut entries| entries.next().is_some());
    while !busy() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    signal(&resow, "-INT");
    let output = resow.wait_with_output().expect("an end");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert_eq!(stderr, "error: interrupted\n");
    assert_eq!(farm.read("docker/python/recipe.lock"), before);
    let left = |name: &str| name.starts_with("apt-") || name.starts_with("pip-");
    for entry in fs::read_dir(&downloads).expect("a folder") {
        let name = entry.expect("readable").file_name();
        assert!(!left(&name.to_string_lossy()), "{name:?} is left");
    }
}

/// What a container needs to reach the same mirrors as this machine: how they are reached is the machine's own matter.
fn mirrors_of_this_machine() -> Vec<String> {
    let mut arguments = vec!["--network=host".to_owned()];
    let mut places: Vec<PathBuf> = [
        "/etc/apt",
        "/usr/share/keyrings",
        "/etc/ssl/certs",
        "/usr/share/ca-certificates",
        "/usr/local/share/ca-certificates",
        "/etc/pip.conf",
    ]
    .map(PathBuf::from)
    .into();
    for (name, value) in std::env::vars() {
        let lower = name.to_ascii_lowercase();
        if name.starts_with("PIP_")
            || lower.ends_with("_proxy")
            || name.ends_with("_CA_BUNDLE")
            || name.starts_with("SSL_CERT_")
        {
            arguments.push(format!("--env={name}"));
            places.extend(
                value
                    .split_whitespace()
                    .map(PathBuf::from)
                    .filter(|path| path.is_absolute()),
            );
        }
    }
    places.sort();
    places.dedup();
    // A place within another comes with it.
    let within = |path: &Path| {
        places
            .iter()
            .any(|other| other != path && path.starts_with(other))
    };
    for place in places
        .iter()
        .filter(|place| place.exists() && !within(place))
    {
        arguments.push(format!("--volume={0}:{0}:ro", place.display()));
    }
    arguments
}

#[test]
fn docker_only_inside_another_release_of_debian_the_same_image_is_built() {
    // resow itself runs in a container there, with the network, and that container is Docker's.
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_python_image();
    copy_folder(
        &checkout().join("tests/recipes/trixie"),
        &farm.path("docker/trixie"),
    );
    farm.commit("two recipes");
    let locked = locked_id(&farm.read("docker/python/recipe.lock"));
    farm.expect(0, &["image", "build", "docker/trixie"]);
    let trixie = locked_id(&farm.read("docker/trixie/recipe.lock"));
    farm.expect(
        0,
        &[
            "image",
            "save",
            "docker/python",
            "--output",
            &farm.path("../host.tar").to_string_lossy(),
        ],
    );

    // A clone has a store of its own, and so nothing that was fetched here.
    farm.clone_as("inside");
    let shared = environment.path().display().to_string();
    let resow = env!("CARGO_BIN_EXE_resow");
    let mut container = Command::new("docker");
    container
        .args(["run", "--rm", "--user=0:0"])
        .args(mirrors_of_this_machine())
        .arg(format!("--volume={shared}:/shared"))
        .arg(format!("--volume={resow}:/usr/local/bin/resow:ro"))
        .args(["--workdir=/shared/inside", &trixie])
        .args([
            "resow",
            "image",
            "save",
            "docker/python",
            "--output",
            "/shared/inside.tar",
            "--json",
        ]);
    let output = container.output().expect("the docker command");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert!(
        stderr.contains("building the image"),
        "it was built there: {stderr}"
    );
    let object: Value = serde_json::from_slice(&output.stdout).expect("one object");
    assert_eq!(object["image"], locked.as_str());
    let read = |name: &str| fs::read(environment.path().join(name)).expect("readable");
    assert!(read("host.tar") == read("inside.tar"), "the same bytes");
    let _ = docker(&["image", "rm", "--force", &trixie]);
}
