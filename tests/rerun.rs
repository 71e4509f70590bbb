//! `resow rerun`: a revision in whatever form, in whatever kind of clone, gives what was claimed of it.

mod environment;

use environment::{Environment, Repository, steady};

/// A tiny experiment, with its claim committed.
fn claimed(farm: &Repository<'_>) -> String {
    farm.add_python_image();
    farm.experiment(
        "coin",
        "echo \"heads $RESOW_SEED\"\n",
        "[[outputs]]\nstream = \"stdout\"\n",
    );
    farm.write("README.md", "first\n");
    farm.commit("coin");
    farm.expect(0, &["run", "coin"]);
    farm.expect(0, &["claim", "coin"]);
    farm.commit("what it gave")
}

/// The digests of all outputs of a rerun, as the JSON of the command tells them: expected and got.
fn outputs(rerun: &serde_json::Value) -> Vec<(String, String, String)> {
    let outputs = rerun["verdict"]["outputs"].as_array().expect("outputs");
    outputs
        .iter()
        .map(|output| {
            (
                output["name"].as_str().expect("a name").to_owned(),
                output["expected"]["digest"].to_string(),
                output["got"]["digest"].to_string(),
            )
        })
        .collect()
}

#[test]
fn a_second_clone_gives_the_digests_of_the_first_and_so_does_a_later_commit() {
    let environment = Environment::new();
    let author = environment.farm("author");
    for name in ["digits", "seed-basics"] {
        // The claims are made anew here, so that they are this repository's own.
        std::fs::remove_file(author.path(&format!("experiments/{name}.claim.toml")))
            .expect("the claim was there");
        author.expect(0, &["run", name]);
    }
    author.commit("without claims");
    for name in ["digits", "seed-basics"] {
        author.expect(0, &["claim", name]);
    }
    let hash = author.commit("what they gave");
    author.write("README.md", "another README\n");
    author.write("experiments/thread-race/race.py", "print('no race')\n");
    let later = author.commit("nothing that enters digits or seed-basics");

    let teammate = author.clone_as("teammate");
    for (revision, name, count) in [
        (&hash, "digits", 3),
        (&hash, "seed-basics", 1),
        (&later, "seed-basics", 1),
    ] {
        let claim = author.read(&format!("experiments/{name}.claim.toml"));
        let answer = teammate.json(0, &["rerun", &format!("{revision}:{name}")]);
        let rerun = &answer["reruns"][0];
        assert_eq!(rerun["verdict"]["grade"], "identical", "{answer}");
        let outputs = outputs(rerun);
        assert_eq!(outputs.len(), count, "{answer}");
        for (output, expected, got) in outputs {
            assert_eq!(expected, got, "{output}");
            assert!(claim.contains(&got), "{output}: {got} in\n{claim}");
        }
    }
}

#[test]
fn all_experiments_of_a_commit_run_and_a_race_is_reported_as_different() {
    let environment = Environment::new();
    let farm = environment.farm("farm");
    // Twenty seconds of training are not the point here.
    farm.git(&["rm", "--quiet", "experiments/digits.toml"]);
    farm.commit("without digits");
    let transcript = farm.expect(1, &["rerun", "HEAD"]);
    insta::with_settings!({filters => steady()}, {
        insta::assert_snapshot!(transcript.stdout, @r#"
        output    expected      got           verdict
        <stdout>  [__DIGEST__]  [__DIGEST__]  identical
        seed-basics: identical (profile portable, compared with
          [_COMMIT_]:experiments/seed-basics.claim.toml)

        output    expected      got           verdict
        <stdout>  [__DIGEST__]  [__DIGEST__]  different
        thread-race: different (profile portable, compared with
          [_COMMIT_]:experiments/thread-race.claim.toml)
          `<stdout>`: the bytes that are expected are not in this store, so where they
            differ and how far cannot be said
          nothing that was seen points to a cause
          `resow diagnose thread-race` finds the cause by experiment
        "#);
    });
    assert!(
        transcript.stderr.contains("[100, 83, 80, 88, 87]"),
        "what the commands print is seen live:\n{transcript}"
    );
}

#[test]
fn seed_basics_prints_what_every_python_gives() {
    let environment = Environment::new();
    let farm = environment.farm("farm");
    let transcript = farm.expect(0, &["run", "seed-basics"]);
    assert_eq!(
        transcript.stdout,
        "seed 42, five from 80 to 100: [100, 83, 80, 88, 87]\n\
         seed 42, one from 1 to 10: 2\n\
         seed 123, three from 1 to 10: [1, 5, 2]\n"
    );
}

#[test]
fn a_commit_is_named_in_every_form() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    let hash = claimed(&farm);
    farm.git(&["tag", "v1"]);
    farm.git(&["tag", "--annotate", "--message", "release", "v1-annotated"]);
    farm.git(&["branch", "stable"]);
    farm.write("README.md", "second\n");
    farm.commit("a README");
    let record = farm.json(0, &["log"])["records"][0]["record"]
        .as_str()
        .expect("a record")
        .trim_start_matches("sha256:")
        .to_owned();
    let forms = [
        hash.clone(),
        hash[..8].to_owned(),
        "stable".to_owned(),
        "main".to_owned(),
        "v1".to_owned(),
        "v1-annotated".to_owned(),
        "HEAD~1".to_owned(),
        "HEAD~1:coin".to_owned(),
        "v1:coin".to_owned(),
        record[..12].to_owned(),
        record,
    ];
    for form in &forms {
        let answer = farm.json(0, &["rerun", form]);
        let rerun = &answer["reruns"][0];
        assert_eq!(rerun["experiment"], "coin", "{form}: {answer}");
        assert_eq!(rerun["verdict"]["grade"], "identical", "{form}: {answer}");
    }
    let record_of_another = format!("{}:dice", &forms[9]);
    let transcript = farm.expect(2, &["rerun", &record_of_another]);
    assert!(
        transcript.stderr.contains("one of `coin`, not of `dice`"),
        "{transcript}"
    );
}

#[test]
fn it_works_from_a_subfolder_a_linked_worktree_and_a_shallow_clone() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    let hash = claimed(&farm);
    let identical = "coin: identical";

    let subfolder = farm.at("code").expect(0, &["rerun", &hash]);
    assert!(subfolder.stdout.contains(identical), "{subfolder}");
    let from_elsewhere = farm
        .at("..")
        .expect(0, &["-C", "farm/code", "rerun", &hash]);
    assert!(
        from_elsewhere.stdout.contains(identical),
        "{from_elsewhere}"
    );

    farm.git(&["worktree", "add", "--quiet", "../linked", "HEAD~1"]);
    let linked = farm.at("../linked").expect(0, &["rerun", "main:coin"]);
    assert!(linked.stdout.contains(identical), "{linked}");

    let url = format!("file://{}", farm.path("").display());
    farm.at("..")
        .git(&["clone", "--quiet", "--depth", "1", &url, "shallow"]);
    let shallow = farm.at("../shallow");
    let reran = shallow.expect(0, &["rerun", "HEAD"]);
    assert!(reran.stdout.contains(identical), "{reran}");
    let transcript = shallow.expect(4, &["rerun", "HEAD~1"]);
    assert!(
        transcript
            .stderr
            .contains("`HEAD~1` is not in this repository"),
        "{transcript}"
    );
    assert!(
        transcript.stderr.contains("git fetch --unshallow"),
        "{transcript}"
    );
}

#[test]
fn what_is_not_there_is_named() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_python_image();
    farm.experiment("coin", "echo heads\n", "[[outputs]]\nstream = \"stdout\"\n");
    farm.commit("coin");

    let unknown = "0123456789012345678901234567890123456789";
    for revision in [unknown, "deadbeef", "no-such-branch", "HEAD~7"] {
        insta::allow_duplicates! {
            let transcript = farm.expect(4, &["rerun", revision]);
            insta::with_settings!({filters => vec![(revision, "[REVISION]")]}, {
                insta::assert_snapshot!(transcript, @r#"
                exit code: 4
                --- stdout ---
                --- stderr ---
                error: `[REVISION]` is not in this repository
                hint: run `git fetch` first
                "#);
            });
        }
    }
    let transcript = farm.expect(4, &["rerun", "HEAD:cion"]);
    insta::with_settings!({filters => steady()}, {
        insta::assert_snapshot!(transcript, @r#"
        exit code: 4
        --- stdout ---
        --- stderr ---
        error: commit `[_COMMIT_]` has no experiment `cion`
        hint: did you mean `coin`?
        "#);
    });

    // Neither a claim nor a record: that is said, and the run is kept for the next time.
    let transcript = farm.expect(3, &["rerun", "HEAD"]);
    insta::with_settings!({filters => steady()}, {
        insta::assert_snapshot!(transcript, @r#"
        exit code: 3
        --- stdout ---
        coin: nothing to compare with: no claim and no other record has this plan
        --- stderr ---
        heads
        hint: `resow claim coin` writes down what it gave, for the next rerun
        "#);
    });
    // Now there is a record to compare with.
    let transcript = farm.expect(0, &["rerun", "HEAD:coin"]);
    assert!(
        transcript
            .stdout
            .contains("coin: identical (profile portable, compared with record "),
        "{transcript}"
    );

    farm.git(&["rm", "--quiet", "experiments/coin.toml"]);
    farm.commit("no experiment");
    let transcript = farm.expect(4, &["rerun", "HEAD"]);
    assert!(
        transcript.stderr.contains("has no experiment"),
        "{transcript}"
    );
}

#[test]
fn a_record_is_rerun_with_its_own_plan() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_python_image();
    farm.experiment(
        "seeded",
        "echo $RESOW_SEED\n",
        "[[outputs]]\nstream = \"stdout\"\n",
    );
    farm.commit("seeded");
    farm.expect(0, &["run", "seeded"]);
    farm.expect(0, &["claim", "seeded"]);
    farm.commit("claimed");
    let other = farm.json(0, &["run", "seeded", "--seed", "7"]);
    let record = other["record"].as_str().expect("a record")["sha256:".len()..].to_owned();
    let rerun = farm.expect(0, &["rerun", &record[..16]]);
    assert!(rerun.stderr.contains('7'), "{rerun}");
    assert!(
        rerun
            .stdout
            .contains(&format!("compared with record {}", &record[..12])),
        "{rerun}"
    );
    // The last that was asked for is what lies in the results, run or recorded.
    assert_eq!(farm.read("results/seeded/stdout.log"), "7\n");
    farm.expect(0, &["run", "seeded"]);
    assert_eq!(farm.read("results/seeded/stdout.log"), "42\n");
}

#[test]
fn an_old_damaged_claim_does_not_keep_a_rerun_from_its_verdict() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_python_image();
    farm.experiment("coin", "echo heads\n", "[[outputs]]\nstream = \"stdout\"\n");
    farm.write("experiments/coin.claim.toml", "nonsense\n");
    farm.commit("a bad claim");
    farm.git(&["rm", "--quiet", "experiments/coin.claim.toml"]);
    farm.commit("gone");
    farm.expect(0, &["run", "coin"]);
    let rerun = farm.expect(0, &["rerun", "HEAD:coin"]);
    assert!(rerun.stderr.contains("passed over"), "{rerun}");
    assert!(rerun.stdout.contains("identical"), "{rerun}");
}
