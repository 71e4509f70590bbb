//! Inputs: named by digest, found in the work tree or the store, read-only, and watched while a run goes on.

mod environment;

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Child;

use environment::{Environment, Repository, steady};

const DATA: &str = "1,2\n3,4\n";

/// An experiment that prints its input.
fn reader<'environment>(
    environment: &'environment Environment,
    at: &str,
) -> Repository<'environment> {
    let farm = environment.repository("farm");
    farm.add_python_image();
    farm.experiment(
        "reader",
        &format!("cat {at}\n"),
        &format!(
            "[[outputs]]\nstream = \"stdout\"\n\n[[inputs]]\nname = \"table\"\nat = \"{at}\"\n"
        ),
    );
    farm
}

fn pinned<'environment>(
    environment: &'environment Environment,
    at: &str,
) -> Repository<'environment> {
    let farm = reader(environment, at);
    farm.write(at, DATA);
    farm.expect(0, &["pin", "reader"]);
    farm.write(".gitignore", "/data\n");
    farm.commit("reader");
    farm
}

#[test]
fn an_input_of_the_work_tree_is_pinned_and_read() {
    let environment = Environment::new();
    let farm = reader(&environment, "data/deep/table.csv");
    let unpinned = farm.expect(2, &["run", "reader"]);
    insta::assert_snapshot!(unpinned, @r#"
    exit code: 2
    --- stdout ---
    --- stderr ---
    error: input `table` is not pinned
      --> experiments/reader.toml:15:8
       |
    15 | name = "table"
       |        ^^^^^^^
       |
       = hint: `resow pin reader` writes the digest into the manifest
    "#);
    let missing = farm.expect(4, &["pin", "reader"]);
    insta::assert_snapshot!(missing, @r#"
    exit code: 4
    --- stdout ---
    --- stderr ---
    error: cannot read input `table` at `data/deep/table.csv`
      caused by: No such file or directory (os error 2)
    hint: put the file at `data/deep/table.csv`
    "#);
    farm.write("data/deep/table.csv", DATA);
    let pinned = farm.expect(0, &["pin", "reader"]);
    insta::with_settings!({filters => steady()}, {
        insta::assert_snapshot!(pinned, @r#"
        exit code: 0
        --- stdout ---
        input `table` is sha256:[DIGEST]
        --- stderr ---
        "#);
    });
    let again = farm.expect(0, &["pin", "reader"]);
    insta::assert_snapshot!(again, @r#"
    exit code: 0
    --- stdout ---
    `experiments/reader.toml` is pinned already
    --- stderr ---
    "#);
    farm.write(".gitignore", "/data\n");
    farm.commit("reader");
    let run = farm.expect(0, &["run", "reader"]);
    assert_eq!(run.stdout, DATA);
    farm.expect(0, &["claim", "reader"]);
    farm.expect(0, &["verify"]);

    // The input is read-only, for the run and for what it leaves behind.
    farm.write(
        "code/reader.sh",
        "echo x >> data/deep/table.csv || echo refused\n",
    );
    let run = farm.expect(0, &["run", "reader"]);
    assert_eq!(run.stdout, "refused\n", "{run}");
    assert_eq!(farm.read("data/deep/table.csv"), DATA);
}

#[test]
fn a_file_that_the_run_could_not_read_is_refused_before_it() {
    let environment = Environment::new();
    let farm = pinned(&environment, "data/table.csv");
    let table = farm.path("data/table.csv");
    if table.metadata().expect("there").uid() == 1000 {
        // The container's user is who runs this.
        return;
    }
    fs::set_permissions(&table, fs::Permissions::from_mode(0o600)).expect("closed");
    let refused = farm.expect(4, &["run", "reader"]);
    insta::with_settings!({filters => environment::FILTERS.iter().copied()}, {
        insta::assert_snapshot!(refused, @r#"
        exit code: 4
        --- stdout ---
        --- stderr ---
        error: input `table` may not be read by user 1000, as whom every command runs: `[folder]/farm/data/table.csv`
        hint: chmod a+r [folder]/farm/data/table.csv
        "#);
    });
    fs::set_permissions(&table, fs::Permissions::from_mode(0o644)).expect("opened");
    assert_eq!(farm.expect(0, &["run", "reader"]).stdout, DATA);
}

#[test]
fn another_content_and_no_content_are_named() {
    let environment = Environment::new();
    let farm = pinned(&environment, "data/table.csv");
    farm.write("data/table.csv", "1,2\n3,5\n");
    let mut filters = steady();
    filters.insert(0, (r"`/[^`]*/data/", "`[FARM]/data/"));
    let differs = farm.expect(4, &["run", "reader"]);
    insta::with_settings!({filters => filters.clone()}, {
        insta::assert_snapshot!(differs, @r#"
        exit code: 4
        --- stdout ---
        --- stderr ---
        error: input `table` differs: expected sha256:[DIGEST], got sha256:[DIGEST] in `[FARM]/data/table.csv`
        hint: restore the file, or remove `sha256` from the manifest and let `resow pin` write the present one
        "#);
    });
    fs::remove_file(farm.path("data/table.csv")).expect("removed");
    let missing = farm.expect(4, &["run", "reader"]);
    insta::with_settings!({filters => filters.clone()}, {
        insta::assert_snapshot!(missing, @r#"
        exit code: 4
        --- stdout ---
        --- stderr ---
        error: input `table` is not here: there is no `data/table.csv` in the repository, and the store has no sha256:[DIGEST]
        hint: put the file at `data/table.csv`
        "#);
    });
    fs::create_dir(farm.path("data/table.csv")).expect("a folder");
    let folder = farm.expect(4, &["run", "reader"]);
    insta::with_settings!({filters => filters.clone()}, {
        insta::assert_snapshot!(folder, @r#"
        exit code: 4
        --- stdout ---
        --- stderr ---
        error: input `table` is not a file: `[FARM]/data/table.csv`
        hint: an input is one file: declare each that is read in `[[inputs]]`
        "#);
    });
    assert!(farm.stored("records").is_empty());
}

#[test]
fn an_input_is_found_by_digest_in_the_store_and_checked() {
    let environment = Environment::new();
    let farm = pinned(&environment, "data/table.csv");
    // Another experiment made the very content: one experiment's output is another's input.
    farm.experiment(
        "maker",
        "printf '1,2\\n3,4\\n' > made.csv\n",
        "[[outputs]]\npath = \"made.csv\"\n",
    );
    farm.commit("maker");
    fs::remove_file(farm.path("data/table.csv")).expect("removed");
    farm.expect(4, &["run", "reader"]);
    farm.expect(0, &["run", "maker"]);
    let run = farm.expect(0, &["run", "reader"]);
    assert_eq!(run.stdout, DATA);

    let blob = farm
        .stored("blobs")
        .into_iter()
        .find(|path| fs::read(path).is_ok_and(|bytes| bytes == DATA.as_bytes()))
        .expect("a blob");
    environment::flip_bit(&blob, 2);
    let damaged = farm.expect(5, &["run", "reader", "--force"]);
    let mut filters = steady();
    filters.insert(0, (r"`/[^`]*/\.resow/[^`]*`", "`[BLOB]`"));
    insta::with_settings!({filters => filters}, {
        insta::assert_snapshot!(damaged, @r#"
        exit code: 5
        --- stdout ---
        --- stderr ---
        error: input `table` is damaged in the store: expected sha256:[DIGEST], got sha256:[DIGEST] in `[BLOB]`
        hint: run again what made it, or put the file where the manifest says; check the disk
        "#);
    });
    // What made it makes it whole again.
    farm.expect(0, &["run", "maker", "--force"]);
    farm.expect(0, &["run", "reader", "--force"]);
}

#[test]
fn an_input_behind_a_link_is_the_file_that_it_leads_to() {
    let environment = Environment::new();
    let farm = reader(&environment, "data/table.csv");
    farm.write("../elsewhere/real.csv", DATA);
    fs::create_dir(farm.path("data")).expect("a folder");
    std::os::unix::fs::symlink("../../elsewhere/real.csv", farm.path("data/table.csv"))
        .expect("a link");
    farm.expect(0, &["pin", "reader"]);
    farm.write(".gitignore", "/data\n");
    farm.commit("reader");
    let run = farm.expect(0, &["run", "reader"]);
    assert_eq!(run.stdout, DATA);
    // The same through a folder that is a link.
    fs::remove_dir_all(farm.path("data")).expect("removed");
    fs::rename(
        farm.path("../elsewhere/real.csv"),
        farm.path("../elsewhere/table.csv"),
    )
    .expect("renamed");
    std::os::unix::fs::symlink("../elsewhere", farm.path("data")).expect("a link");
    let run = farm.expect(0, &["run", "reader", "--force"]);
    assert_eq!(run.stdout, DATA);
}

#[test]
fn an_input_inside_an_included_folder_is_no_source() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_python_image();
    farm.experiment(
        "inside",
        "ls code code/data; cat code/data/table.csv\n",
        "[[outputs]]\nstream = \"stdout\"\n\n[[inputs]]\nname = \"table\"\nat = \"code/data/table.csv\"\n",
    );
    farm.replace(
        "experiments/inside.toml",
        "include = [\"code/inside.sh\"]",
        "include = [\"code/\"]",
    );
    // Tracked, too: it enters as an input all the same, and once.
    farm.write("code/data/table.csv", DATA);
    farm.expect(0, &["pin", "inside"]);
    farm.commit("inside");
    let run = farm.expect(0, &["run", "inside"]);
    assert_eq!(
        run.stdout,
        format!("code:\ndata\ninside.sh\n\ncode/data:\ntable.csv\n{DATA}")
    );
    farm.expect(0, &["claim", "inside"]);
    farm.commit("what it gave");
    // With another content pinned, the input is what is stale, not the source; the old content is not here any more.
    farm.write("code/data/table.csv", "5,6\n");
    let manifest = farm.read("experiments/inside.toml");
    let line = manifest
        .lines()
        .find(|line| line.starts_with("sha256"))
        .expect("a digest");
    farm.replace("experiments/inside.toml", &format!("{line}\n"), "");
    farm.expect(0, &["pin", "inside"]);
    let verified = farm.expect(4, &["verify"]);
    assert!(verified.stderr.contains("input `table`"), "{verified}");
    let shown = farm.expect(0, &["show", "inside"]);
    assert!(
        shown.stdout.contains("stale: inputs.code/data/table.csv\n"),
        "{shown}"
    );
}

/// Waits until the run has said that it goes on.
fn wait_until_it_goes_on(child: &mut Child) {
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    stdout.read_line(&mut line).expect("readable");
    assert_eq!(line, "going on\n");
    // What follows is read to its end, so that the pipe is never full.
    std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
}

/// An experiment that says that it goes on, waits a moment, and then reads its source and its input.
fn slow<'environment>(environment: &'environment Environment) -> Repository<'environment> {
    let farm = environment.repository("farm");
    farm.add_python_image();
    farm.experiment(
        "slow",
        "echo going on\nsleep 3\ncat code/slow.sh data/table.csv > out\n",
        "[[outputs]]\npath = \"out\"\n\n[[inputs]]\nname = \"table\"\nat = \"data/table.csv\"\n",
    );
    farm.write("data/table.csv", DATA);
    farm.write(".gitignore", "/data\n");
    farm.expect(0, &["pin", "slow"]);
    farm.commit("slow");
    farm
}

#[test]
fn a_source_file_edited_while_the_run_goes_on_changes_nothing_in_it() {
    let environment = Environment::new();
    let farm = slow(&environment);
    let script = farm.read("code/slow.sh");
    let mut child = farm.start(&["run", "slow"]);
    wait_until_it_goes_on(&mut child);
    farm.write("code/slow.sh", "echo edited > out\n");
    farm.commit("edited");
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(0));
    assert_eq!(farm.read("results/slow/out"), format!("{script}{DATA}"));
}

#[test]
fn an_input_edited_while_the_run_goes_on_fails_it() {
    let environment = Environment::new();
    let farm = slow(&environment);
    let table = farm.path("data/table.csv");
    for put_back in [false, true] {
        let modified = table
            .metadata()
            .and_then(|data| data.modified())
            .expect("a time");
        let mut child = farm.start(&["run", "slow", "--force"]);
        wait_until_it_goes_on(&mut child);
        fs::write(&table, "9,9\n9,9\n").expect("written");
        if put_back {
            fs::write(&table, DATA).expect("written");
            File::options()
                .write(true)
                .open(&table)
                .and_then(|file| file.set_modified(modified))
                .expect("its time put back");
        }
        let mut stderr = String::new();
        child
            .stderr
            .take()
            .expect("a pipe")
            .read_to_string(&mut stderr)
            .expect("text");
        let status = child.wait().expect("it ends");
        assert_eq!(status.code(), Some(3), "{stderr}");
        insta::allow_duplicates! {
            insta::with_settings!({filters => steady()}, {
                insta::assert_snapshot!(stderr, @r#"
                slow: failed in [SECONDS], from commit [_COMMIT_] (record [__DIGEST__])
                  input `data/table.csv` was touched while the run went on
                "#);
            });
        }
        fs::write(&table, DATA).expect("written");
    }
    // The records are kept, and support no claim.
    let log = farm.json(0, &["log"]);
    let records = log["records"].as_array().expect("records");
    assert_eq!(records.len(), 2, "{log}");
    for record in records {
        assert_eq!(record["success"], false, "{log}");
        assert_eq!(record["faults"][0]["kind"], "input-changed", "{log}");
    }
    farm.expect(3, &["claim", "slow"]);
    assert!(!farm.path("results/slow").exists());
}
