//! `--json`: one documented object on the standard output, whatever happens.

mod environment;

use std::collections::BTreeSet;
use std::fs;

use environment::{Environment, Repository, checkout};
use serde_json::Value;

/// The fields that a section of `docs/json.md` documents: the first column of its tables.
fn documented(heading: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(checkout().join("docs/json.md")).expect("the document");
    let section = text
        .split("\n## ")
        .find_map(|section| section.strip_prefix(heading))
        .unwrap_or_else(|| panic!("docs/json.md has no section `{heading}`"));
    section
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .filter_map(|line| line.split('|').next())
        .flat_map(|names| {
            names
                .split(',')
                .map(|name| name.trim().trim_matches('`').to_owned())
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Runs a command and holds its object against the document.
fn object(repository: &Repository<'_>, code: i32, arguments: &[&str]) -> Value {
    let object = repository.json(code, arguments);
    let command = object["command"].as_str().expect("a command").to_owned();
    let common = documented("Every object\n");
    let own = if command == "resow" {
        BTreeSet::new()
    } else {
        documented(&format!("`resow {command}`\n"))
    };
    let fields: BTreeSet<_> = object
        .as_object()
        .expect("an object")
        .keys()
        .cloned()
        .collect();
    for field in &fields {
        assert!(
            common.contains(field) || own.contains(field),
            "`{field}` of `resow {command}` is not in docs/json.md: {object}"
        );
    }
    if fields.contains("error") {
        assert!(own.is_disjoint(&fields), "an error stands alone: {object}");
        assert!(object["error"]["message"].is_string(), "{object}");
    } else if command != "show" {
        // Of `show` there are two forms.
        assert!(
            own.is_subset(&fields),
            "`resow {command}` lacks a field of {own:?}: {object}"
        );
    }
    object
}

#[test]
fn every_command_gives_one_documented_object() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    object(&farm, 0, &["init"]);
    farm.add_python_image();
    farm.git(&["add", "--all"]);
    let check = object(&farm, 0, &["check"]);
    assert_eq!(
        check["manifests"][0]["faults"],
        serde_json::json!([]),
        "{check}"
    );
    object(&farm, 0, &["pin", "first"]);
    let run = object(&farm, 0, &["run", "first"]);
    assert_eq!(run["executed"], true, "{run}");
    assert_eq!(run["snapshot"], true, "{run}");
    let known = object(&farm, 0, &["run", "first"]);
    assert_eq!(known["executed"], false, "{known}");
    assert_eq!(known["record"], run["record"], "{known}");
    farm.commit("first");
    let claim = object(&farm, 0, &["claim", "first"]);
    assert_eq!(claim["record"], run["record"], "{claim}");
    farm.commit("what it gave");
    let verify = object(&farm, 0, &["verify"]);
    assert_eq!(
        verify["claims"][0]["stale"],
        serde_json::json!([]),
        "{verify}"
    );
    let rerun = object(&farm, 0, &["rerun", "HEAD"]);
    assert_eq!(
        rerun["reruns"][0]["verdict"]["grade"], "identical",
        "{rerun}"
    );
    let other = object(&farm, 0, &["run", "first", "--seed", "7"]);
    let ids = [&run, &other].map(|run| run["record"].as_str().expect("a record").to_owned());
    let diff = object(&farm, 1, &["diff", &ids[0], &ids[1]]);
    assert_eq!(diff["plans"][0]["field"], "seed", "{diff}");
    assert!(
        diff["outputs"][0]["comparison"]["differences"][0]["left_line"].is_number(),
        "{diff}"
    );
    let log = object(&farm, 0, &["log"]);
    assert_eq!(log["records"].as_array().map(Vec::len), Some(4), "{log}");
    object(&farm, 3, &["diagnose", "first", "--budget", "1run"]);
    object(&farm, 0, &["show", "first"]);
    let show = object(&farm, 0, &["show", &ids[0]]);
    assert_eq!(show["content"]["plan"]["content"]["seed"], 42, "{show}");
    let build = object(&farm, 0, &["image", "build", "docker/python"]);
    assert_eq!(build["built"], false, "{build}");
}

#[test]
fn a_run_that_fails_and_a_claim_that_is_stale_are_answers() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_python_image();
    farm.experiment(
        "coin",
        "echo heads; exit $RESOW_SEED\n",
        "[[outputs]]\nstream = \"stdout\"\n",
    );
    farm.commit("coin");
    let run = object(&farm, 3, &["run", "coin"]);
    assert_eq!(
        run["outcome"],
        serde_json::json!({"kind": "exited", "code": 42}),
        "{run}"
    );
    let rerun = object(&farm, 3, &["rerun", "HEAD"]);
    assert_eq!(rerun["reruns"][0]["verdict"], Value::Null, "{rerun}");
    farm.replace("experiments/coin.toml", "seed = 42", "seed = 0");
    farm.commit("success");
    object(&farm, 0, &["run", "coin"]);
    object(&farm, 0, &["claim", "coin"]);
    farm.replace("experiments/coin.toml", "seed = 0", "seed = 1");
    let verify = object(&farm, 3, &["verify"]);
    let stale = &verify["claims"][0]["stale"];
    assert_eq!(
        *stale,
        serde_json::json!([{"field": "seed", "left": "0", "right": "1"}]),
        "{verify}"
    );
    farm.write("experiments/coin.toml", "version = 1\nsede = 1\n");
    let check = object(&farm, 2, &["check"]);
    let fault = &check["manifests"][0]["faults"][0];
    for field in ["kind", "message", "hint", "line", "column"] {
        assert!(fault.get(field).is_some(), "`{field}` in {check}");
    }
    let kinds: Vec<_> = check["manifests"][0]["faults"]
        .as_array()
        .expect("faults")
        .iter()
        .map(|fault| fault["kind"].as_str().expect("a kind"))
        .collect();
    assert!(kinds.contains(&"unknown-key"), "{check}");
}

#[test]
fn docker_only_images_travel_as_files() {
    // The image is made by Docker, and given back by it.
    let environment = Environment::new();
    let farm = environment.repository("farm");
    object(&farm, 0, &["image", "list"]);
    // An image of nothing but an empty folder: bytes enough to travel.
    let folder = farm.path("root");
    fs::create_dir(&folder).expect("a folder");
    fs::write(
        folder.join("file"),
        environment.path().to_string_lossy().as_bytes(),
    )
    .expect("a file");
    let shell = |line: &str| {
        let mut command = environment.command("sh", &farm.path(""));
        let transcript = environment.run(command.args(["-c", line]));
        assert_eq!(transcript.code, 0, "{line}\n{transcript}");
        transcript.stdout.trim().to_owned()
    };
    let id = shell("tar -c -C root . | docker import -");
    let id = id.as_str();
    let save = object(&farm, 0, &["image", "save", id, "--output", "image.tar"]);
    assert_eq!(save["image"], id, "{save}");
    shell(&format!("docker rmi {id}"));
    let load = object(&farm, 0, &["image", "load", "image.tar"]);
    assert_eq!(load["image"]["id"], id, "{load}");
    assert_eq!(load["loaded"], true, "{load}");
    shell(&format!("docker rmi {id}"));
    let list = object(&farm, 0, &["image", "list"]);
    assert_eq!(list["images"][0]["image"], id, "{list}");
}

#[test]
fn an_error_is_an_object_too_for_every_command() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    for (code, arguments) in [
        (2, &["init", "first", "--script", "none.py"][..]),
        (2, &["check"]),
        (2, &["check", "none"]),
        (2, &["pin", "none"]),
        (2, &["run", "none"]),
        (4, &["rerun", "none"]),
        (4, &["claim", "none"]),
        (3, &["verify"]),
        (2, &["diagnose", "none"]),
        (4, &["diff", "0123", "4567"]),
        (4, &["show", "0123456789ab"]),
        (2, &["image", "lock", "none"]),
        (2, &["image", "build", "none"]),
        (2, &["image", "save", "none"]),
        (4, &["image", "load", "none"]),
        (
            4,
            &[
                "--engine",
                "docker",
                "--docker-host",
                "unix:///nowhere.sock",
                "image",
                "build",
                "docker/python",
            ],
        ),
    ] {
        if arguments.contains(&"docker/python") {
            farm.add_python_image();
        }
        let object = object(&farm, code, arguments);
        for field in ["message", "hint"] {
            let text = object["error"][field].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "`{field}` of {arguments:?}: {object}");
        }
    }
    // Arguments that make no sense, and a folder that is no repository.
    for arguments in [
        &["rum", "digits"][..],
        &[],
        &["run"],
        &["run", "x", "--seed", "-1"],
        &["log", "-n", "many"],
    ] {
        let object = object(&farm, 2, arguments);
        assert!(
            object["error"]["message"].is_string(),
            "{arguments:?}: {object}"
        );
    }
    object(&farm.at(".."), 2, &["log"]);
    // Help and versions are text.
    let help = farm.expect(0, &["run", "--json", "--help"]);
    assert!(help.stdout.contains("Examples:"), "{help}");
}

#[test]
fn each_claim_that_cannot_be_verified_has_its_error() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    let verify = object(&farm, 3, &["verify", "one", "other"]);
    for index in [0, 1] {
        let error = &verify["claims"][index]["error"];
        assert!(
            error["message"].is_string() && error["hint"].is_string(),
            "{verify}"
        );
    }
}
