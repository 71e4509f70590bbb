//! What is bubblewrap's own: an unpacked image that was damaged, and that a run cannot tell which engine it is in.

mod environment;

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use environment::{Environment, Repository, Transcript, python_archive};

const STDOUT: &str = "[[outputs]]\nstream = \"stdout\"\n";

/// What a script can see of where it runs, as far as it should not depend on the engine.
const LOOK: &str = "echo $$; env | sort; id; umask; pwd; ls -a /workspace; stat -c '%a %u %F' /workspace /workspace/* /tmp $HOME; \
    uname -n; cat /etc/hostname /etc/hosts; stat -c %a /etc/hosts /etc/hostname; cat $RESOW_PARAMETERS; readlink /proc/self/fd/0; ls -d /dev/null /dev/zero /dev/full \
    /dev/random /dev/urandom /dev/tty /dev/ptmx /dev/shm /dev/stdin /dev/stdout /dev/stderr; \
    (exec 3<>/dev/tty) 2>/dev/null && echo a terminal; nproc; grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status; \
    touch /here 2>&1; ls -A /tmp $HOME; ulimit -c; ls /sys/devices/system/cpu \
    > /dev/null && echo processors; python3 -c 'import os; print(os.cpu_count() > 0, len(os.sched_getaffinity(0)), \
    os.getgroups(), os.isatty(1), os.nice(0), os.getsid(0) == os.getpid())'";

/// resow on bubblewrap, with a cache of unpacked images of its own.
fn resow(farm: &Repository<'_>, cache: &Path, arguments: &[&str]) -> Transcript {
    let mut command = farm.resow_command(arguments);
    command
        .env("RESOW_ENGINE", "bubblewrap")
        .env("RESOW_CACHE", cache);
    let output = command.output().expect("resow starts");
    Transcript {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The one unpacked image of a cache.
fn root(cache: &Path) -> PathBuf {
    let mut roots: Vec<_> = fs::read_dir(cache.join("roots/roots"))
        .expect("unpacked images")
        .map(|entry| entry.expect("readable").path().join("root"))
        .filter(|path| path.is_dir())
        .collect();
    assert_eq!(roots.len(), 1, "{roots:?}");
    roots.remove(0)
}

#[test]
fn a_damaged_root_voids_the_run_and_is_made_again_bubblewrap_only() {
    let environment = Environment::new();
    let farm = environment.farm("farm");
    farm.declare_script("look", "cat /etc/debian_version", STDOUT);
    let cache = environment.path().join("cache");
    let archive = python_archive().to_string_lossy().into_owned();
    assert_eq!(resow(&farm, &cache, &["image", "load", &archive]).code, 0);
    let first = resow(&farm, &cache, &["run", "look"]);
    assert_eq!(first.code, 0, "{first}");
    let before = farm.read("results/look/stdout.log");

    // Another content of the same length, with the time set back: only the time of change tells.
    let victim = root(&cache).join("etc/debian_version");
    let known = victim.metadata().expect("a file");
    let mut bytes = fs::read(&victim).expect("readable");
    bytes[0] ^= 1;
    fs::set_permissions(&victim, fs::Permissions::from_mode(0o644)).expect("writable");
    fs::write(&victim, &bytes).expect("written");
    fs::set_permissions(&victim, fs::Permissions::from_mode(known.mode() & 0o7777))
        .expect("as it was");
    let file = fs::File::open(&victim).expect("readable");
    file.set_modified(known.modified().expect("a time"))
        .expect("set back");

    let told = resow(&farm, &cache, &["fsck"]);
    assert_eq!(told.code, 5, "{told}");
    assert!(told.stdout.contains("/etc/debian_version"), "{told}");

    let again = resow(&farm, &cache, &["run", "look", "--force"]);
    assert_eq!(again.code, 0, "{again}");
    assert!(
        again.stderr.contains("the unpacked image was damaged"),
        "{again}"
    );
    assert_eq!(farm.read("results/look/stdout.log"), before);
    let whole = resow(&farm, &cache, &["fsck"]);
    assert_eq!(whole.code, 0, "{whole}");
}

#[test]
fn fsck_sets_a_damaged_root_aside_bubblewrap_only() {
    let environment = Environment::new();
    let farm = environment.farm("farm");
    farm.declare_script("look", "cat /etc/debian_version", STDOUT);
    let cache = environment.path().join("cache");
    let archive = python_archive().to_string_lossy().into_owned();
    assert_eq!(resow(&farm, &cache, &["image", "load", &archive]).code, 0);
    assert_eq!(resow(&farm, &cache, &["run", "look"]).code, 0);
    fs::remove_file(root(&cache).join("etc/debian_version")).expect("removed");
    assert_eq!(resow(&farm, &cache, &["fsck"]).code, 5);
    let repaired = resow(&farm, &cache, &["fsck", "--repair"]);
    assert_eq!(repaired.code, 0, "{repaired}");
    let again = resow(&farm, &cache, &["run", "look", "--force"]);
    assert_eq!(again.code, 0, "{again}");
    assert!(!again.stderr.contains("damaged"), "{again}");
}

#[test]
fn a_script_sees_the_same_in_both_engines() {
    let environment = Environment::new();
    let farm = environment.farm("farm");
    farm.write("folder/file", "a file\n");
    farm.write("program", "#!/bin/sh\n");
    farm.declare_script("look", LOOK, &format!("{STDOUT}[params]\nrate = 0.5\n"));
    farm.commit("what there is to see");
    let see = |engine: &str| {
        farm.expect(0, &["--engine", engine, "run", "look", "--force"]);
        farm.read("results/look/stdout.log")
    };
    let (docker, bubblewrap) = (see("docker"), see("bubblewrap"));
    assert_eq!(docker, bubblewrap);
}

#[test]
fn what_never_starts_is_told_alike_both_engines() {
    let environment = Environment::new();
    let farm = environment.farm("farm");
    farm.write("text", "echo no program\n");
    farm.write("empty", "");
    farm.declare("missing", &["no-such-program"], STDOUT);
    farm.declare("text", &["./text"], STDOUT);
    farm.declare("plain", &["./empty"], STDOUT);
    farm.declare("folder", &["/usr"], STDOUT);
    fs::set_permissions(farm.path("text"), fs::Permissions::from_mode(0o755)).expect("a mode");
    farm.commit("what is no program");
    for name in ["missing", "text", "plain", "folder"] {
        let told = |engine: &str| {
            let transcript = farm.expect(3, &["--engine", engine, "run", name]);
            let line = transcript.stdout.lines().chain(transcript.stderr.lines());
            line.filter(|line| line.contains("never started"))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let (docker, bubblewrap) = (told("docker"), told("bubblewrap"));
        assert!(!docker.is_empty(), "{name}");
        assert_eq!(docker, bubblewrap, "{name}");
    }
}
