//! `resow run`: what enters a run, what the command sees of it, and what is kept and told of it.

mod environment;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;

use environment::{Environment, signal};
use serde_json::Value;

const STDOUT: &str = "[[outputs]]\nstream = \"stdout\"\n";
const OUT: &str = "[[outputs]]\npath = \"out\"\n";

fn object(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

#[test]
fn a_run_and_the_same_again() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.declare_script("harvest", "echo 7 apples; echo a warning >&2", STDOUT);
    let first = farm.resow(&["run", "harvest"]);
    snapshot!(first, @"
    exit code: 0
    --- stdout ---
    7 apples
    --- stderr ---
    a warning
    harvest: done in [seconds] s, from snapshot [hash] (record [digest]); its outputs are in results/harvest/
      [digest]  <stdout>
    ");
    let again = farm.resow(&["run", "harvest"]);
    snapshot!(again, @"
    exit code: 0
    --- stdout ---
    --- stderr ---
    harvest: recorded already on [time] (record [digest]); `--force` runs it again
      [digest]  <stdout>
    ");
    let forced = farm.expect(0, &["run", "harvest", "--force"]);
    assert_eq!(forced.stdout, "7 apples\n");
    assert!(forced.stderr.contains("done in"), "{forced}");
}

#[test]
fn both_streams_are_live_and_apart() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.declare_script("talk", "echo to out; echo to err >&2; sleep 600", STDOUT);
    let mut resow = farm.start(&["run", "talk"]);
    let mut stdout = BufReader::new(resow.stdout.take().expect("a pipe"));
    let mut stderr = BufReader::new(resow.stderr.take().expect("a pipe"));
    let mut line = String::new();
    stdout.read_line(&mut line).expect("readable");
    stderr.read_line(&mut line).expect("readable");
    assert_eq!(line, "to out\nto err\n");
    assert_ne!(
        farm.left_in_engine(),
        "",
        "the container is there while it runs"
    );
    assert!(resow.try_wait().expect("a state").is_none());
    signal(&resow, "-INT");
    assert_eq!(resow.wait().expect("an end").code(), Some(130));
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).expect("readable");
    assert_eq!(rest, "");
}

#[test]
fn the_command_sees_its_seed_its_parameters_and_its_variables() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.declare(
        "look",
        &[
            "sh",
            "-c",
            "echo $0 $1 $2 $RESOW_SEED $FIELD; cat $RESOW_PARAMETERS; env | cut -d= -f1 | sort | tr '\\n' ' '",
            "{seed}",
            "{params.rate}",
            "{{braces}}",
        ],
        &format!("seed = 3\nprofile = \"fast\"\n[params]\nrate = 0.5\nname = \"north\"\n[env]\nFIELD = \"of barley\"\n{STDOUT}"),
    );
    let run = farm.expect(
        0,
        &[
            "run",
            "look",
            "--seed",
            "4294967295",
            "--set",
            "params.rate=0.25",
        ],
    );
    let (words, rest) = run.stdout.split_once('\n').expect("a line");
    assert_eq!(words, "4294967295 0.25 {braces} 4294967295 of barley");
    let (parameters, names) = rest.rsplit_once('\n').expect("a line");
    assert_eq!(
        object(parameters),
        serde_json::json!({"name": "north", "rate": 0.25})
    );
    assert_eq!(
        names.trim_end(),
        "ASAN_OPTIONS FIELD HOME LANG LD_PRELOAD PATH PWD PYTHONHASHSEED PYTHONPATH RESOW_ALGORITHMS \
         RESOW_ENTROPY RESOW_PARAMETERS RESOW_PROFILE RESOW_SEED R_PROFILE_USER"
    );

    let plain = object(&farm.expect(0, &["run", "look", "--json"]).stdout);
    let same = object(
        &farm
            .expect(0, &["run", "look", "--seed", "3", "--json"])
            .stdout,
    );
    let other = object(
        &farm
            .expect(0, &["run", "look", "--seed", "4", "--json"])
            .stdout,
    );
    assert_eq!(plain["executed"], true);
    assert_eq!(same["executed"], false, "the same plan");
    assert_ne!(plain["plan"], other["plan"]);

    for (arguments, word) in [
        (["--seed", "4294967296"], "4294967295"),
        (["--seed", "-1"], "--seed"),
        (["--set", "params.rat=1"], "did you mean `rate`?"),
        (["--set", "rate=1"], "params."),
    ] {
        let refusal = farm.expect(2, &[&["run", "look"], &arguments[..]].concat());
        assert!(refusal.stderr.contains(word), "{refusal}");
    }
}

#[test]
fn the_source_enters_as_git_has_it() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.write("tool.sh", "#!/bin/sh\necho ran\n");
    fs::set_permissions(farm.path("tool.sh"), fs::Permissions::from_mode(0o755)).expect("set");
    farm.write("data/plain.txt", "plain\n");
    std::os::unix::fs::symlink("data/plain.txt", farm.path("link")).expect("linked");
    farm.write("experiments/look.claim.toml", "never enters\n");
    farm.declare_script(
        "look",
        "pwd; ./tool.sh; readlink link; cat link; stat -c '%n %A %Y' tool.sh data data/plain.txt; \
         ls -A . experiments results; hostname 2>/dev/null || cat /proc/sys/kernel/hostname; id -u; id -g; umask",
        STDOUT,
    );
    farm.expect(0, &["run", "look"]);
    farm.git(&["add", "--force", "results/look"]);
    let run = farm.expect(0, &["run", "look", "--force"]);
    insta::assert_snapshot!(run.stdout, @"
    /workspace
    ran
    data/plain.txt
    plain
    tool.sh -rwxr-xr-x 315532800
    data drwxr-xr-x 315532800
    data/plain.txt -rw-r--r-- 315532800
    .:
    data
    docker
    link
    tool.sh
    resow
    1000
    1000
    0022
    ");
}

#[test]
fn a_snapshot_is_taken_before_the_first_commit_and_not_where_nothing_changed() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.write("script.sh", "echo first\n");
    farm.declare("look", &["sh", "script.sh"], STDOUT);
    let before = object(&farm.expect(0, &["run", "look", "--json"]).stdout);
    assert_eq!(before["snapshot"], true);
    assert_eq!(farm.snapshots().len(), 1);

    let commit = farm.commit("first");
    let after = object(&farm.expect(0, &["run", "look", "--force", "--json"]).stdout);
    assert_eq!(after["snapshot"], false);
    assert_eq!(after["commit"], commit.as_str());
    assert_eq!(before["plan"], after["plan"]);

    farm.write("script.sh", "echo second\n");
    let dirty = farm.expect(0, &["run", "look"]);
    assert_eq!(
        dirty.stdout, "second\n",
        "what stands in the work tree runs"
    );
    assert_eq!(farm.snapshots().len(), 2);
    assert_eq!(farm.git(&["rev-parse", "HEAD"]), commit);
    assert_eq!(farm.git(&["status", "--porcelain"]), " M script.sh");
}

#[test]
fn what_git_does_not_track_stays_out_and_is_named() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.write("src/tracked.txt", "");
    farm.declare_script(
        "look",
        "ls src",
        &format!("source.include = [\"src/\"]\n{STDOUT}"),
    );
    farm.write("src/helper.py", "");
    farm.write("src/with space.py", "");
    farm.write("elsewhere.txt", "");
    let run = farm.expect(0, &["run", "look"]);
    assert_eq!(run.stdout, "tracked.txt\n");
    assert!(
        run.stderr
            .contains("warning: `src/helper.py` is not tracked by git"),
        "{run}"
    );
    assert!(run.stderr.contains("hint: git add src/helper.py"), "{run}");
    assert!(
        run.stderr.contains("hint: git add 'src/with space.py'"),
        "{run}"
    );
    assert!(!run.stderr.contains("elsewhere"), "{run}");
}

#[test]
fn what_the_run_does_to_its_workspace_is_told() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.write("changed.txt", "before\n");
    farm.write("deleted.txt", "before\n");
    farm.write("rewritten.txt", "the same\n");
    farm.declare_script(
        "look",
        "echo after > changed.txt; rm deleted.txt; echo the same > rewritten.txt; echo new > new.txt; \
         mkdir cache; for i in $(seq 20); do echo > cache/$i; done",
        STDOUT,
    );
    let run = farm.expect(0, &["run", "look"]);
    snapshot!(run, @"
    exit code: 0
    --- stdout ---
    --- stderr ---
    look: done in [seconds] s, from snapshot [hash] (record [digest]); its outputs are in results/look/
      [digest]  <stdout>
      made and not declared: cache/1
      made and not declared: cache/10
      made and not declared: cache/11
      made and not declared: cache/12
      made and not declared: cache/13
      made and not declared: cache/14
      made and not declared: cache/15
      made and not declared: cache/16
      made and not declared: cache/17
      made and not declared: cache/18
      … and 11 more
      a source file that the run changed: changed.txt
      a source file that the run deleted: deleted.txt
    ");
    assert_eq!(farm.read("changed.txt"), "before\n");
    assert!(farm.path("deleted.txt").exists());
}

#[test]
fn outputs_of_every_kind_are_kept_as_they_are() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.write("out/of-the-source.txt", "source\n");
    farm.declare_script(
        "make",
        r#"mkdir -p out/deep/er plots; : > out/empty; mkdir out/hollow; echo tool > out/tool; chmod 755 out/tool
           ln -s /etc/passwd out/link; echo 1 > plots/a.png; echo 2 > plots/a.txt; echo odd > "out/with 'quotes'
and lines"; echo ü > out/grün; echo b > out/deep/er/b; echo log > train.log; head -c 3000000 /dev/zero > out/zeros
           echo x > out/deep/-n; echo glob > 'out/[a]*'"#,
        "[[outputs]]\npath = \"out/\"\n[[outputs]]\npath = \"plots/*.png\"\n\
         [[outputs]]\npath = \"train.log\"\nrole = \"log\"\n",
    );
    farm.commit("make");
    farm.expect(0, &["run", "make"]);
    farm.write("results/make/of-another-run", "gone after the next\n");
    let run = farm.expect(0, &["run", "make", "--force"]);
    snapshot!(run, @r"
    exit code: 0
    --- stdout ---
    --- stderr ---
    make: done in [seconds] s, from commit [hash] (record [digest]); its outputs are in results/make/
      [digest]  out/[a]*
      [digest]  out/deep/-n
      [digest]  out/deep/er/b
      [digest]  out/empty
      [digest]  out/grün
      empty folder  out/hollow
      link to `/etc/passwd`  out/link
      [digest]  out/tool
      [digest]  out/with 'quotes'\nand lines
      [digest]  out/zeros
      [digest]  plots/a.png
      [digest]  train.log
      made and not declared: plots/a.txt
    ");

    let results = |path: &str| farm.path("results/make").join(path);
    assert!(!results("of-another-run").exists());
    assert!(
        !results("out/of-the-source.txt").exists(),
        "the run did not make it"
    );
    assert_eq!(fs::read(results("out/empty")).expect("a file"), b"");
    assert!(results("out/hollow").is_dir());
    assert_eq!(
        fs::read_link(results("out/link")).expect("a link"),
        std::path::Path::new("/etc/passwd")
    );
    assert_eq!(
        fs::metadata(results("out/zeros")).expect("a file").len(),
        3_000_000
    );
    let mode = |path: &str| {
        fs::metadata(results(path))
            .expect("a file")
            .permissions()
            .mode()
    };
    assert_eq!(mode("out/tool") & 0o111, 0o111);
    assert_eq!(mode("out/empty") & 0o111, 0);
    assert_eq!(
        fs::read_to_string(results("out/[a]*")).expect("a file"),
        "glob\n"
    );
    assert!(results("plots/a.png").exists() && !results("plots/a.txt").exists());
    assert_eq!(
        fs::read_to_string(results("train.log")).expect("a file"),
        "log\n"
    );
    assert_eq!(
        farm.git(&["status", "--porcelain"]),
        "",
        "ignored by git by itself"
    );

    let passwd = fs::read("/etc/passwd").expect("readable");
    let object = object(&farm.expect(0, &["run", "make", "--json"]).stdout);
    let text = object.to_string();
    assert!(
        !text.contains(&digest_of(&passwd)),
        "never followed: {text}"
    );
    assert!(text.contains("/etc/passwd"), "{text}");
}

fn digest_of(content: &[u8]) -> String {
    use std::io::Write as _;
    let mut child = std::process::Command::new("sha256sum")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("sha256sum");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(content).expect("written");
    drop(stdin);
    let output = child.wait_with_output().expect("an end");
    String::from_utf8_lossy(&output.stdout)[..64].to_owned()
}

#[test]
fn what_cannot_be_an_output_is_refused_and_named() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.declare(
        "make",
        &[
            "python3",
            "-c",
            "import os, socket\nos.mkdir('out')\nos.mkfifo('out/pipe')\n\
             socket.socket(socket.AF_UNIX).bind('out/socket')\nopen(b'out/latin-\\xfc', 'w')\nopen('out/fine', 'w')",
        ],
        OUT,
    );
    let run = farm.expect(3, &["run", "make"]);
    snapshot!(run, @"
    exit code: 3
    --- stdout ---
    --- stderr ---
    make: failed in [seconds] s, from snapshot [hash] (record [digest])
      output `out/latin-�` is refused: its name is not plain UTF-8
      output `out/pipe` is refused: it is a FIFO, not a file
      output `out/socket` is refused: it is a socket, not a file
    ");
    assert!(!farm.path("results/make").exists());
    let again = farm.expect(3, &["run", "make"]);
    assert!(!again.stderr.contains("recorded already"), "{again}");
}

#[test]
fn an_output_that_is_missing_is_a_failure() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.declare_script(
        "make",
        "echo here > out",
        &format!("{OUT}[[outputs]]\npath = \"model.npy\"\n[[outputs]]\npath = \"plots/*.png\"\n"),
    );
    let run = farm.resow(&["run", "make"]);
    snapshot!(run, @"
    exit code: 3
    --- stdout ---
    --- stderr ---
    make: failed in [seconds] s, from snapshot [hash] (record [digest])
      output `model.npy` is missing
      output `plots/*.png` is missing
    ");
}

#[test]
fn results_of_a_failed_run_leave_those_of_the_last_good_one() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.declare_script("make", "echo 1 > out; test $RESOW_SEED = 0", OUT);
    farm.expect(0, &["run", "make"]);
    farm.expect(3, &["run", "make", "--seed", "1"]);
    assert_eq!(farm.read("results/make/out"), "1\n");
}

#[test]
fn thousands_of_files_are_taken() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.declare_script(
        "make",
        "mkdir out && cd out && seq 5000 | split -l 1 -a 4 - part-",
        OUT,
    );
    let run = farm.expect(0, &["run", "make"]);
    assert!(run.stderr.contains("… and 4980 more"), "{run}");
    let made = fs::read_dir(farm.path("results/make/out"))
        .expect("a folder")
        .count();
    assert_eq!(made, 5000);
}

#[test]
fn it_works_from_a_subfolder_and_for_another_folder() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.write("deep/down/file", "");
    farm.declare_script("look", "ls", STDOUT);
    let below = environment.run(
        farm.resow_command(&["run", "look"])
            .current_dir(farm.path("deep/down")),
    );
    assert_eq!(below.code, 0, "{below}");
    assert_eq!(below.stdout, "deep\ndocker\n");
    let elsewhere = environment.run(
        farm.resow_command(&["run", "look", "-C", &farm.path("deep").to_string_lossy()])
            .current_dir("/"),
    );
    assert!(elsewhere.stderr.contains("recorded already"), "{elsewhere}");
}

#[test]
fn a_folder_results_of_the_users_own_is_left_alone_and_nobody_waits_for_a_run() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.declare_script("harvest", "echo ran", STDOUT);
    farm.write("results/paper.txt", "mine\n");
    let run = farm.expect(4, &["run", "harvest"]);
    assert_eq!(run.stdout, "", "refused before it runs");
    assert!(run.stderr.contains("was not made by resow"), "{run}");
    assert_eq!(farm.read("results/paper.txt"), "mine\n");
}
