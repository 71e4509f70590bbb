//! `resow log` and `resow show`: what the store has, for people.

mod environment;

use environment::engine::TestEngine;
use environment::{Environment, steady};

#[test]
fn the_log_lists_every_run_newest_first() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    let empty = farm.expect(0, &["log"]);
    insta::assert_snapshot!(empty, @r#"
    exit code: 0
    --- stdout ---
    no records yet: `resow run NAME` makes one
    --- stderr ---
    "#);
    farm.add_python_image();
    farm.experiment("coin", "echo heads\n", "[[outputs]]\nstream = \"stdout\"\n");
    farm.experiment("fails", "exit 7\n", "[[outputs]]\nstream = \"stdout\"\n");
    farm.experiment("forgets", "true\n", "[[outputs]]\npath = \"result\"\n");
    farm.commit("three");
    farm.expect(0, &["run", "coin"]);
    farm.expect(3, &["run", "fails"]);
    farm.expect(3, &["run", "forgets"]);
    farm.replace("code/coin.sh", "heads", "tails");
    farm.expect(0, &["run", "coin"]);
    let log = farm.expect(0, &["log"]);
    insta::with_settings!({filters => steady()}, {
        insta::assert_snapshot!(log, @r#"
        exit code: 0
        --- stdout ---
        record        started (UTC)        experiment  commit       plan          outcome
        [__DIGEST__]  [______TIME_______]  coin        [_COMMIT_]*  [__DIGEST__]  success
        [__DIGEST__]  [______TIME_______]  forgets     [_COMMIT_]   [__DIGEST__]  output `result` is missing
        [__DIGEST__]  [______TIME_______]  fails       [_COMMIT_]   [__DIGEST__]  exited with code 7
        [__DIGEST__]  [______TIME_______]  coin        [_COMMIT_]   [__DIGEST__]  success
        * a snapshot of what was not committed
        --- stderr ---
        "#);
    });
    let of_one = farm.json(0, &["log", "coin"]);
    assert_eq!(
        of_one["records"].as_array().map(Vec::len),
        Some(2),
        "{of_one}"
    );
    let newest = farm.json(0, &["log", "-n", "1"]);
    assert_eq!(
        newest["records"].as_array().map(Vec::len),
        Some(1),
        "{newest}"
    );
    assert_eq!(newest["records"][0]["snapshot"], true, "{newest}");
    farm.experiment("rests", "true\n", "[[outputs]]\nstream = \"stdout\"\n");
    let none = farm.expect(0, &["log", "rests"]);
    insta::assert_snapshot!(none, @r#"
    exit code: 0
    --- stdout ---
    no records of `rests` yet: `resow run rests` makes one
    --- stderr ---
    "#);
    let unknown = farm.expect(2, &["log", "forgts"]);
    insta::assert_snapshot!(unknown, @r#"
    exit code: 2
    --- stdout ---
    --- stderr ---
    error: there is no experiment `forgts`, and no record of one
    hint: did you mean `forgets`?
    "#);
    let nothing = farm.expect(2, &["log", "-n", "0"]);
    assert!(nothing.stderr.contains("at least 1"), "{nothing}");
    assert_eq!(nothing.stdout, "");

    // What was run and is not declared any more has its records all the same.
    std::fs::remove_file(farm.path("experiments/fails.toml")).expect("removed");
    let gone = farm.json(0, &["log", "fails"]);
    assert_eq!(gone["records"].as_array().map(Vec::len), Some(1), "{gone}");

    let text = farm.in_narrow_terminal("log -n 2");
    insta::with_settings!({filters => steady()}, {
        insta::assert_snapshot!(text, @r#"
        record: [__DIGEST__]
        started (UTC): [______TIME_______]
        experiment: coin
        commit: [_COMMIT_]*
        plan: [__DIGEST__]
        outcome: success

        record: [__DIGEST__]
        started (UTC): [______TIME_______]
        experiment: forgets
        commit: [_COMMIT_]
        plan: [__DIGEST__]
        outcome: output `result` is missing

        * a snapshot of what was not committed
        "#);
    });
}

#[test]
fn a_record_and_an_experiment_are_shown_in_full() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_python_image();
    farm.experiment(
        "coin",
        "echo heads; touch stray; echo '# more' >> code/coin.sh\n",
        "[[outputs]]\nstream = \"stdout\"\n\n[params]\nsides = 2\n\n[env]\nMODE = \"fair\"\n",
    );
    farm.commit("coin");
    farm.expect(0, &["run", "coin"]);
    let planned = farm.expect(0, &["show", "coin"]);
    insta::with_settings!({filters => steady()}, {
        insta::assert_snapshot!(planned, @r#"
        exit code: 0
        --- stdout ---
        experiment  coin
        plan        sha256:[DIGEST]
          command   sh code/coin.sh
          seed      42
          source    sha256:[DIGEST]
          image     sha256:[DIGEST] (amd64)
          cpus      1
          seeding   layer 1, portable: threads 1, instructions x86-64-v3, algorithms strict, entropy seeded, clock host
          parameter sides = 2
          variable  MODE=fair
          output    <stdout>
        --- stderr ---
        "#);
    });
    farm.expect(0, &["claim", "coin"]);
    farm.replace("experiments/coin.toml", "sides = 2", "sides = 3");
    let stale = farm.expect(0, &["show", "coin"]);
    assert!(stale.stdout.contains("stale: parameters.sides"), "{stale}");

    let record = farm.stored("records").pop().expect("a record");
    let id = record
        .file_stem()
        .and_then(|stem| stem.to_str())
        .expect("a name")
        .to_owned();
    let shown = farm.expect(0, &["show", &id[..8]]);
    let filter = "\n  filter    resow 1\n";
    assert!(shown.stdout.contains(filter), "{shown}");
    // Docker and root have control groups to hold it; others perhaps have none.
    let held = ["cgroup", "resource-limit"].map(|means| format!("4096 (by {means})"));
    let is_privileged =
        TestEngine::of_this_run() == TestEngine::Docker || rustix::process::geteuid().is_root();
    let means = if is_privileged { &held[..1] } else { &held };
    assert!(
        means.iter().any(|means| shown.stdout.contains(means)),
        "{shown}"
    );
    // What the host is like is not the same everywhere.
    let mut filters = vec![
        (r"(?m)^host .*$", "host        [HOST]"),
        (r"(?m)^engine .*$", "engine      [ENGINE]"),
        (r"(?m)^time .*$", "time        [TIME]"),
        (r"(?m)^run .*, resow .*$", "run         [RUN]"),
        (r"(?m)^  memory .*$", "  memory    [SIZE] (by cgroup)"),
        (r"(?m)^  tmp .*$", "  tmp       [SIZE] (by file-system)"),
        (r"(?m)^  CPU set .*$", "  CPU set   [CPU]"),
        (r"(?m)^  filter .*$", "  filter    [FILTER]"),
        (
            r"(?m)^  processes 4096 .*$",
            "  processes 4096 (by [MEANS])",
        ),
    ];
    filters.extend(steady());
    insta::with_settings!({filters => filters}, {
        insta::assert_snapshot!(shown, @r#"
        exit code: 0
        --- stdout ---
        record      sha256:[DIGEST]
        experiment  coin
        outcome     success: exited with code 0
        run         [RUN]
        time        [TIME]
        commit      [HASH]
        plan        sha256:[DIGEST]
          command   sh code/coin.sh
          seed      42
          source    sha256:[DIGEST]
          image     sha256:[DIGEST] (amd64)
          cpus      1
          seeding   layer 1, portable: threads 1, instructions x86-64-v3, algorithms strict, entropy seeded, clock host
          parameter sides = 2
          variable  MODE=fair
          output    <stdout>
        outputs
          sha256:[DIGEST]  <stdout>
        made and not declared: 1
          stray
        source files changed: 1
          code/coin.sh
        isolation, as read back
          network   none
          user      1000:1000, capabilities none
          root      read-only, privileges cannot be gained
          filter    [FILTER]
          CPU set   [CPU]
          memory    [SIZE] (by cgroup)
          processes 4096 (by [MEANS])
          time      1d (by supervision)
          disk      20 GiB (by supervision)
          shm       1 GiB (by file-system)
          tmp       [SIZE] (by file-system)
          log       1 GiB (by supervision)
        seeding     seeded, 2 programs
        host        [HOST]
        engine      [ENGINE]
        --- stderr ---
        "#);
    });
}

#[test]
fn a_record_that_is_not_there_is_named() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    for (code, what) in [(4, "0123456789ab"), (2, "no-such-experiment"), (2, "abc")] {
        let transcript = farm.expect(code, &["show", what]);
        assert!(
            transcript.stderr.contains(&format!("`{what}`")),
            "{transcript}"
        );
        assert!(transcript.stderr.contains("hint: "), "{transcript}");
    }
    let typo = farm.expect(2, &["show", "no-such-experiment"]);
    insta::assert_snapshot!(typo, @r#"
    exit code: 2
    --- stdout ---
    --- stderr ---
    error: `no-such-experiment` is neither an experiment nor the start of a record
    hint: `resow log` lists all records; manifests are in `experiments/`
    "#);
}
