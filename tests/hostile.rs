//! What a teammate's commit may hold, and must not do: to files of the host, to other repositories, to the evidence.

mod environment;

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};
use std::time::Duration;

use environment::{Environment, Repository};
use resow_manifest::digest::Sha256Digest;

const STDOUT: &str = "[[outputs]]\nstream = \"stdout\"\n";

fn farm<'environment>(
    environment: &'environment Environment,
    name: &str,
) -> Repository<'environment> {
    let farm = environment.repository(name);
    farm.add_python_image();
    farm.experiment("coin", "echo heads\n", STDOUT);
    farm.commit("coin");
    farm
}

/// Puts the right checksum into a claim that was changed by hand.
fn reseal(claim: &str) -> String {
    let mut lines: Vec<&str> = claim.split_inclusive('\n').collect();
    lines.remove(2);
    let checksum = Sha256Digest::of(lines.concat().as_bytes());
    let line = format!("checksum = \"{checksum}\"\n");
    lines.insert(2, &line);
    lines.concat()
}

#[test]
fn a_store_that_came_with_a_commit_is_refused() {
    let environment = Environment::new();
    let hostile = farm(&environment, "hostile");
    let seal = Sha256Digest::of(b"resow store 1 0123456789abcdef");
    hostile.write(
        ".resow/store.json",
        format!("{{\"version\":1,\"id\":\"0123456789abcdef\",\"checksum\":\"{seal}\"}}\n"),
    );
    symlink("../..", hostile.path(".resow/tmp")).expect("a link");
    hostile.git(&["add", "--all", "--force"]);
    hostile.git(&["commit", "--quiet", "--message", "a gift"]);

    let victim = hostile.clone_as("victim");
    let beside = environment.path().join("0123456789abcdef.lock");
    fs::write(&beside, "mine").expect("a file");
    for arguments in [&["log"][..], &["run", "coin"]] {
        let transcript = victim.expect(5, arguments);
        assert!(
            transcript.stderr.contains("git tracks `.resow`"),
            "{transcript}"
        );
    }
    assert!(beside.exists());

    // Untracked, a link in the store is refused all the same.
    victim.git(&["rm", "-r", "--quiet", "--cached", ".resow"]);
    let transcript = victim.expect(4, &["run", "coin"]);
    assert!(
        transcript.stderr.contains("is not a folder"),
        "{transcript}"
    );
    assert!(beside.exists());
}

#[test]
fn results_that_are_links_write_nowhere_else() {
    let environment = Environment::new();
    let hostile = farm(&environment, "hostile");
    let precious = environment.path().join("precious");
    fs::write(&precious, "mine").expect("a file");
    fs::create_dir(hostile.path("results")).expect("a folder");
    symlink(&precious, hostile.path("results/.gitignore")).expect("a link");
    symlink(&precious, hostile.path("results/.resow")).expect("a link");
    hostile.git(&["add", "--all", "--force"]);
    hostile.expect(4, &["run", "coin"]);
    assert_eq!(fs::read_to_string(&precious).expect("a file"), "mine");
}

#[test]
fn what_is_no_file_is_not_read() {
    let environment = Environment::new();
    let hostile = farm(&environment, "hostile");
    let status = Command::new("mkfifo")
        .arg(hostile.path("experiments/fifo.toml"))
        .status();
    assert!(status.expect("mkfifo").success());
    symlink("/dev/zero", hostile.path("experiments/endless.toml")).expect("a link");
    symlink("/dev/zero", hostile.path("experiments/coin.claim.toml")).expect("a link");
    hostile.expect(2, &["run", "fifo"]);
    hostile.expect(2, &["run", "endless"]);
    hostile.expect(2, &["verify", "coin"]);

    let outside = environment.path().join("outside");
    fs::create_dir(&outside).expect("a folder");
    fs::copy(
        hostile.path("experiments/coin.toml"),
        outside.join("coin.toml"),
    )
    .expect("copied");
    fs::remove_dir_all(hostile.path("experiments")).expect("removed");
    symlink(&outside, hostile.path("experiments")).expect("a link");
    let transcript = hostile.expect(2, &["run", "coin"]);
    assert!(transcript.stderr.contains("symbolic link"), "{transcript}");
}

#[test]
fn a_source_file_in_an_output_folder_is_compared() {
    let environment = Environment::new();
    let farm = farm(&environment, "farm");
    farm.write("code/out/a.txt", "base\n");
    farm.write("code/out/kept.txt", "base\n");
    let outputs = "[[outputs]]\npath = \"code/out\"\n";
    let script = "date +%s%N > code/out/a.txt; echo const > code/out/b.txt\n";
    farm.experiment("noisy", script, outputs);
    farm.replace(
        "experiments/noisy.toml",
        "code/noisy.sh\"]\n\n[image]",
        "code/\"]\n\n[image]",
    );
    farm.commit("noisy");
    farm.expect(0, &["run", "noisy"]);
    farm.expect(0, &["claim", "noisy"]);
    farm.commit("claimed");
    let verdict = farm.expect(1, &["verify", "noisy"]);
    assert!(verdict.stdout.contains("code/out/a.txt"), "{verdict}");
    assert!(!verdict.stdout.contains("kept.txt"), "{verdict}");

    farm.experiment(
        "eraser",
        "rm code/out/a.txt; echo const > code/out/b.txt\n",
        outputs,
    );
    farm.replace(
        "experiments/eraser.toml",
        "code/eraser.sh\"]\n\n[image]",
        "code/\"]\n\n[image]",
    );
    farm.commit("eraser");
    let transcript = farm.expect(3, &["run", "eraser"]);
    assert!(
        transcript.stderr.contains("`code/out/a.txt` is missing"),
        "{transcript}"
    );
}

#[test]
fn a_claim_cannot_drop_the_inputs_of_its_plan() {
    let environment = Environment::new();
    let farm = farm(&environment, "farm");
    farm.write("data/table.csv", "1,2\n");
    farm.write(".gitignore", "data\n");
    let digest = Sha256Digest::of(b"1,2\n").hex();
    let input = format!(
        "{STDOUT}\n[[inputs]]\nname = \"table\"\nat = \"data/table.csv\"\nsha256 = \"{digest}\"\n"
    );
    farm.experiment(
        "reader",
        "cat data/table.csv > /dev/null 2>&1; echo ok\n",
        &input,
    );
    farm.commit("reader");
    farm.expect(0, &["run", "reader"]);
    farm.expect(0, &["claim", "reader"]);
    let claim = farm.read("experiments/reader.claim.toml");
    let without = claim.replace("[inputs]\ntable = \"data/table.csv\"\n\n", "");
    assert_ne!(claim, without);
    farm.write("experiments/reader.claim.toml", reseal(&without));
    let transcript = farm.expect(5, &["verify", "reader"]);
    assert!(
        transcript.stderr.contains("`inputs` contradicts"),
        "{transcript}"
    );
}

#[test]
fn a_claim_that_compares_less_than_the_manifest_is_reported() {
    let environment = Environment::new();
    let farm = farm(&environment, "farm");
    let log = format!("{STDOUT}\n[[outputs]]\npath = \"noise\"\nrole = \"log\"\n");
    farm.experiment("quiet", "echo steady; date +%s%N > noise\n", &log);
    farm.commit("a log");
    farm.expect(0, &["run", "quiet"]);
    farm.expect(0, &["claim", "quiet"]);
    let older = farm.read("experiments/quiet.claim.toml");
    farm.replace("experiments/quiet.toml", "role = \"log\"\n", "");
    farm.commit("a result");

    // A claim made now is made by what the manifest says now, though the record is older.
    farm.expect(0, &["claim", "quiet"]);
    let verdict = farm.expect(1, &["verify", "quiet"]);
    assert!(verdict.stdout.contains("noise"), "{verdict}");

    farm.write("experiments/quiet.claim.toml", older);
    let verdict = farm.expect(3, &["verify", "quiet"]);
    assert!(verdict.stdout.contains("not claimed: `noise`"), "{verdict}");
}

#[test]
fn a_copied_repository_leaves_the_others_run_alone() {
    let environment = Environment::new();
    let original = farm(&environment, "original");
    original.experiment("slow", "echo begun; sleep 5; echo done\n", STDOUT);
    original.commit("slow");
    original.expect(0, &["run", "coin"]);
    let run = original.start(&["run", "slow"]);
    while original.left_in_engine().is_empty() {
        std::thread::sleep(Duration::from_millis(20));
    }
    let copy = environment.path().join("copy");
    let status = Command::new("cp")
        .arg("-a")
        .arg(original.path(""))
        .arg(&copy)
        .status();
    assert!(status.expect("cp").success());
    original.at(&copy).expect(0, &["run", "coin"]);
    let output = run.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "begun\ndone\n");
}

#[test]
fn an_answer_that_cannot_be_written_is_no_success() {
    let environment = Environment::new();
    let farm = farm(&environment, "farm");
    for arguments in [&["log"][..], &["check", "--json"], &["run", "coin"]] {
        let full = fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .expect("a device");
        let output = farm
            .resow_command(arguments)
            .stdout(Stdio::from(full))
            .output()
            .expect("resow starts");
        assert_eq!(output.status.code(), Some(4), "{arguments:?}: {output:?}");
    }
    // What could not be shown is recorded all the same.
    farm.expect(0, &["run", "coin"]);
}
