//! `resow doctor`: what a host can do, without a repository, whatever the host lacks.

mod environment;

use std::fs;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};

use console::measure_text_width;
use environment::{Environment, Transcript};
use serde_json::Value;

const RESOW: &str = env!("CARGO_BIN_EXE_resow");

/// An address at which no engine ever listens.
const NOWHERE: &str = "unix:///nonexistent/docker.sock";

/// `resow doctor` outside of any repository, with these arguments.
fn doctor(environment: &Environment, arguments: &[&str]) -> Command {
    let mut command = environment.command(RESOW, environment.path());
    command.arg("doctor").args(arguments);
    command
}

/// The object that a command prints, which must end with this code.
fn object(environment: &Environment, code: i32, command: &mut Command) -> Value {
    let transcript = environment.run(command.arg("--json"));
    assert_eq!(transcript.code, code, "{transcript}");
    serde_json::from_str(&transcript.stdout).unwrap_or_else(|error| panic!("{error}\n{transcript}"))
}

/// A capability of an object, by name.
fn capability<'a>(object: &'a Value, name: &str) -> &'a Value {
    let all = object["capabilities"].as_array().expect("a list");
    all.iter()
        .find(|one| one["name"] == name)
        .unwrap_or_else(|| panic!("`{name}` in {object}"))
}

/// A folder with a program of this name. The shell writes it: what this process has open for writing, a process that
/// another test starts in that moment holds too, and the kernel would not start it.
fn program(environment: &Environment, folder: &str, name: &str, script: &str) -> String {
    let folder = environment.path().join(folder);
    fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(name);
    let written = environment.run(
        environment
            .command("sh", &folder)
            .args([
                "-c",
                "printf '%s\\n' \"$CONTENT\" | install -m 755 /dev/stdin \"$FILE\"",
            ])
            .env("CONTENT", format!("#!/bin/sh\n{script}"))
            .env("FILE", &path),
    );
    assert_eq!(written.code, 0, "{written}");
    folder.to_string_lossy().into_owned()
}

/// Runs a script of the shell in which `$RESOW` is the binary.
fn shell(environment: &Environment, script: &str) -> Transcript {
    environment.run(
        environment
            .command("sh", environment.path())
            .args(["-c", script])
            .env("RESOW", RESOW),
    )
}

#[test]
fn it_tells_what_works_outside_any_repository_and_leaves_nothing() {
    let environment = Environment::new();
    let object = object(&environment, 0, &mut doctor(&environment, &[]));
    assert_eq!(object["command"], "doctor", "{object}");
    assert_eq!(object["ready"], true, "{object}");
    assert!(object["engine"].is_string(), "{object}");
    let states: Vec<_> = object["capabilities"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["state"].as_str().expect("a word").to_owned())
        .collect();
    let known = ["ok", "limited", "missing", "not-needed"];
    assert!(
        states.iter().all(|state| known.contains(&state.as_str())),
        "{object}"
    );
    let disks = object["facts"]["disks"].as_array().expect("a list");
    let holds: Vec<_> = disks.iter().map(|disk| disk["holds"].as_str()).collect();
    assert_eq!(holds, [Some("store"), Some("cache")], "{object}");
    assert!(
        disks
            .iter()
            .all(|disk| disk["free_bytes"].as_u64() > Some(0)),
        "{object}"
    );
    let names = |folder: &Path| fs::read_dir(folder).expect("readable").count();
    // The home that the environment has, and nothing else.
    assert_eq!(names(environment.path()), 1);
    assert_eq!(names(&environment.path().join("home")), 0);
}

#[test]
fn every_field_is_documented() {
    let environment = Environment::new();
    let object = object(&environment, 0, &mut doctor(&environment, &[]));
    let text =
        fs::read_to_string(environment::checkout().join("docs/json.md")).expect("a document");
    let section = text
        .split("\n## ")
        .find(|section| section.starts_with("`resow doctor`"));
    let section = section.expect("a section");
    let mut waiting = vec![&object["facts"], &object["capabilities"][0]];
    while let Some(value) = waiting.pop() {
        for (name, value) in value.as_object().into_iter().flatten() {
            // The kinds of namespaces are named in one sentence.
            assert!(
                section.contains(&format!("`{name}`")),
                "`{name}` is not documented"
            );
            waiting.push(value);
        }
        waiting.extend(value.as_array().into_iter().flatten());
    }
}

#[test]
fn a_host_without_an_engine_is_told_what_to_install() {
    let environment = Environment::new();
    let mut command = doctor(&environment, &["--docker-host", NOWHERE]);
    let transcript = environment.run(command.env("PATH", "/nonexistent"));
    assert_eq!(transcript.code, 4, "{transcript}");
    for part in [
        "bubblewrap      missing",
        "git             missing",
        "experiments cannot run",
    ] {
        assert!(transcript.stdout.contains(part), "{part}\n{transcript}");
    }
    let mut command = doctor(&environment, &["--docker-host", NOWHERE]);
    let object = object(&environment, 4, command.env("PATH", "/nonexistent"));
    assert_eq!(object["ready"], false, "{object}");
    assert_eq!(object["engine"], Value::Null, "{object}");
    assert_eq!(object["facts"]["docker"], Value::Null, "{object}");
    let is_debian = fs::read_to_string("/etc/os-release")
        .unwrap_or_default()
        .lines()
        .any(|line| line == "ID=debian" || line == "ID=ubuntu");
    if is_debian {
        let install = object["install"].as_str().expect("a command");
        assert!(install.contains("apt-get install --yes"), "{install}");
        assert!(
            install.contains(" bubblewrap") && install.contains(" git"),
            "{install}"
        );
    }
}

#[test]
fn a_bubblewrap_that_is_too_old_is_named() {
    let environment = Environment::new();
    let folder = program(&environment, "old", "bwrap", "echo bubblewrap 0.4.1");
    let mut command = doctor(&environment, &["--docker-host", NOWHERE]);
    let object = object(&environment, 4, command.env("PATH", &folder));
    let found = capability(&object, "bubblewrap");
    assert_eq!(found["state"], "missing", "{object}");
    let reason = found["reason"].as_str().expect("a reason");
    assert!(
        reason.contains("0.4.1") && reason.contains("0.8"),
        "{reason}"
    );
}

#[test]
fn no_program_that_hangs_holds_it() {
    let environment = Environment::new();
    let mut folder = String::new();
    for name in ["bwrap", "git", "apt-get", "pip3", "podman", "unshare", "sh"] {
        folder = program(&environment, "hanging", name, "exec /bin/sleep 600");
    }
    let mut command = doctor(&environment, &["--docker-host", NOWHERE]);
    let object = object(&environment, 4, command.env("PATH", &folder));
    let reason = capability(&object, "bubblewrap")["reason"].to_string();
    assert!(reason.contains("did not end within"), "{object}");
}

#[test]
fn a_docker_that_is_installed_and_does_not_run_is_no_missing_package() {
    let environment = Environment::new();
    let socket = environment.path().join("docker.sock");
    drop(UnixListener::bind(&socket).expect("bound"));
    let address = format!("unix://{}", socket.display());
    let mut command = doctor(&environment, &["--docker-host", &address]);
    let object = object(&environment, 4, command.env("PATH", "/nonexistent"));
    let found = capability(&object, "docker");
    assert_eq!(found["reason"], "its daemon is not running", "{object}");
    assert!(
        !object["install"].to_string().contains("docker"),
        "{object}"
    );
}

#[test]
fn a_setting_that_turns_user_namespaces_off_is_named_with_the_command_that_turns_them_on() {
    let environment = Environment::new();
    // A limit of a namespace of this test's own: the host's stays as it is.
    let transcript = shell(
        &environment,
        "unshare --user --map-user=1000 --map-group=1000 --keep-caps sh -c '
            echo 0 > /proc/sys/user/max_user_namespaces
            exec setpriv --inh-caps=-all --ambient-caps=-all --bounding-set=-all \
                \"$RESOW\" doctor --docker-host unix:///nonexistent/docker.sock'",
    );
    assert_eq!(transcript.code, 4, "{transcript}");
    for part in [
        "`user.max_user_namespaces = 0`",
        "to change settings:\n  sudo sysctl -w user.max_user_namespaces=65536",
    ] {
        assert!(transcript.stdout.contains(part), "{part}\n{transcript}");
    }
}

#[test]
fn root_only_a_proc_of_which_parts_are_hidden_is_named() {
    // Hiding a part of `/proc` takes a mount that only root can make visible to other users' namespaces.
    let environment = Environment::new();
    let transcript = shell(
        &environment,
        "unshare --mount sh -c '
            mount --bind /dev/null /proc/keys
            exec \"$RESOW\" doctor --docker-host unix:///nonexistent/docker.sock --json'",
    );
    assert_eq!(transcript.code, 4, "{transcript}");
    assert!(
        transcript.stdout.contains("hides parts of `/proc`"),
        "{transcript}"
    );
}

#[test]
fn it_reads_well_in_narrow_and_wide_terminals() {
    let environment = Environment::new();
    let wide = environment.run(&mut doctor(&environment, &[]));
    for line in wide.stdout.lines() {
        assert!(measure_text_width(line) <= 80, "{line}\n{wide}");
    }
    let has_script = Command::new("script")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_ok();
    assert!(has_script, "the `script` program makes the terminal");
    let line = format!("stty cols 40 rows 50; '{RESOW}' doctor");
    let narrow = environment.run(
        environment
            .command("script", environment.path())
            .args(["--quiet", "--return", "--command", &line, "/dev/null"])
            .env("SHELL", "/bin/sh"),
    );
    let text = narrow.stdout.replace('\r', "");
    assert!(text.contains("capability: bubblewrap\n"), "{narrow}");
    // Commands to copy are never broken.
    for line in text.lines().filter(|line| !line.starts_with("  ")) {
        assert!(measure_text_width(line) <= 40, "{line}\n{narrow}");
    }
}
