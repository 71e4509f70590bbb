//! `resow verify`: the verdict on a claim, and how the claim stands to the revision at hand.

mod environment;

use environment::{Environment, Repository, steady};

const STDOUT: &str = "[[outputs]]\nstream = \"stdout\"\n";

/// The same with a committed claim.
fn claimed<'environment>(
    environment: &'environment Environment,
    name: &str,
) -> Repository<'environment> {
    let farm = environment.coin(name);
    farm.commit("coin");
    farm.expect(0, &["run", "coin"]);
    farm.expect(0, &["claim", "coin"]);
    farm.commit("what it gave");
    farm
}

/// How many records the store has.
fn records(repository: &Repository<'_>) -> usize {
    repository.json(0, &["log"])["records"]
        .as_array()
        .expect("records")
        .len()
}

#[test]
fn an_author_claims_a_snapshot_and_a_teammate_verifies() {
    let environment = Environment::new();
    let author = environment.coin("author");
    author.commit("a first version");
    // Runs on what is not committed yet.
    author.replace("code/coin.sh", "heads", "tails");
    let run = author.expect(0, &["run", "coin"]);
    assert!(run.stderr.contains("from snapshot "), "{run}");
    assert_eq!(run.stdout, "tails 42\n");
    // The same content, committed and claimed: nothing runs again.
    author.commit("tails");
    author.expect(0, &["claim", "coin"]);
    assert_eq!(records(&author), 1);
    author.commit("what it gave");

    let teammate = author.clone_as("teammate");
    let verified = teammate.expect(0, &["verify"]);
    insta::with_settings!({filters => steady()}, {
        insta::assert_snapshot!(verified, @r#"
        exit code: 0
        --- stdout ---
        output    expected      got           verdict
        <stdout>  [__DIGEST__]  [__DIGEST__]  identical
        coin: identical (profile portable, compared with experiments/coin.claim.toml)
        --- stderr ---
        "#);
    });
    assert_eq!(records(&teammate), 1, "verify always runs");
    teammate.expect(0, &["verify", "coin"]);
    assert_eq!(records(&teammate), 2, "verify always runs");

    // The README does not enter; the seed and the script do. Each shows whether it is committed or not.
    for committed in [false, true] {
        let change = |path: &str, from: &str, to: &str| {
            author.replace(path, from, to);
            if committed {
                author.commit("a change");
            }
        };
        change("README.md", "coins\n", "coins, to be tossed\n");
        let verified = author.expect(0, &["verify"]);
        assert!(verified.stdout.contains("coin: identical"), "{verified}");
        assert!(!verified.stdout.contains("stale"), "{verified}");
        change("README.md", "coins, to be tossed\n", "coins\n");

        change("experiments/coin.toml", "seed = 42", "seed = 43");
        let verified = author.expect(3, &["verify"]);
        insta::allow_duplicates! {
            insta::with_settings!({filters => steady()}, {
                insta::assert_snapshot!(verified, @r#"
                exit code: 3
                --- stdout ---
                output    expected      got           verdict
                <stdout>  [__DIGEST__]  [__DIGEST__]  identical
                coin: identical (profile portable, compared with experiments/coin.claim.toml)
                coin: stale: seed (the manifest at hand makes another plan)
                --- stderr ---
                "#);
            });
        }
        change("experiments/coin.toml", "seed = 43", "seed = 42");

        change("code/coin.sh", "tails", "edges");
        let verified = author.expect(3, &["verify"]);
        insta::allow_duplicates! {
            insta::with_settings!({filters => steady()}, {
                insta::assert_snapshot!(verified, @r#"
                exit code: 3
                --- stdout ---
                output    expected      got           verdict
                <stdout>  [__DIGEST__]  [__DIGEST__]  identical
                coin: identical (profile portable, compared with experiments/coin.claim.toml)
                coin: stale: source (the manifest at hand makes another plan)
                --- stderr ---
                "#);
            });
        }
        change("experiments/coin.toml", "seed = 42", "seed = 43");
        let verified = author.json(3, &["verify"]);
        let claim = &verified["claims"][0];
        assert_eq!(claim["verdict"]["grade"], "identical", "{verified}");
        let fields: Vec<_> = claim["stale"]
            .as_array()
            .expect("fields")
            .iter()
            .map(|difference| difference["field"].as_str().expect("a name"))
            .collect();
        assert_eq!(fields, ["source", "seed"], "{verified}");
        change("experiments/coin.toml", "seed = 43", "seed = 42");
        change("code/coin.sh", "edges", "tails");
        author.expect(0, &["verify"]);
    }
}

#[test]
fn a_manifest_that_makes_no_plan_is_stale_beside_the_verdict() {
    let environment = Environment::new();
    let farm = claimed(&environment, "farm");
    farm.replace("experiments/coin.toml", "seed = 42", "seed = \"x\"");
    let verified = farm.expect(3, &["verify"]);
    insta::with_settings!({filters => steady()}, {
        insta::assert_snapshot!(verified, @r#"
        exit code: 3
        --- stdout ---
        output    expected      got           verdict
        <stdout>  [__DIGEST__]  [__DIGEST__]  identical
        coin: identical (profile portable, compared with experiments/coin.claim.toml)
        coin: stale: the manifest at hand makes no plan: `experiments/coin.toml`: `seed`
          must be a whole number, not a text
        --- stderr ---
        "#);
    });
    std::fs::remove_file(farm.path("experiments/coin.toml")).expect("removed");
    let verified = farm.expect(3, &["verify"]);
    assert!(verified.stdout.contains("coin: identical"), "{verified}");
    assert!(verified.stdout.contains("stale"), "{verified}");
}

#[test]
fn a_looser_policy_at_hand_is_reported_and_does_not_act() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_python_image();
    farm.experiment(
        "noise",
        "echo steady\ndate +%s%N > noise\n",
        &format!("{STDOUT}\n[[outputs]]\npath = \"noise\"\n"),
    );
    farm.commit("noise");
    farm.expect(0, &["run", "noise"]);
    farm.expect(0, &["claim", "noise"]);
    farm.replace(
        "experiments/noise.toml",
        "path = \"noise\"\n",
        "path = \"noise\"\nrole = \"log\"\n",
    );
    farm.commit("a log now");
    let verified = farm.expect(1, &["verify"]);
    let mut filters = steady();
    filters.push((r"\d{19}", "[NANOSECONDS]"));
    insta::with_settings!({filters => filters}, {
        insta::assert_snapshot!(verified, @r#"
        exit code: 1
        --- stdout ---
        output    expected      got           verdict
        <stdout>  [__DIGEST__]  [__DIGEST__]  identical
        noise     [__DIGEST__]  [__DIGEST__]  different
        noise: different (profile portable, compared with experiments/noise.claim.toml)
          noise: 1 difference (text)
            line 1
              - [NANOSECONDS]
              + [NANOSECONDS]
          likely cause: the clock: `noise` tells a time
            to pin it: clock = "2026-01-01T00:00:00Z" in [determinism]; or `ignore` the
              field, with a reason
          `resow diagnose noise` finds the cause by experiment
        noise: `noise` was compared as the claim says; the manifest at hand would let
          more pass
        --- stderr ---
        "#);
    });
}

#[test]
fn outputs_that_come_go_and_change_their_name_are_differences() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_python_image();
    // Each run names its files by the clock: what was there is missing, or renamed, or extra.
    farm.experiment(
        "names",
        "mkdir out\n\
         tag=$(date +%s%N)\n\
         echo same > \"out/renamed-$tag\"\n\
         echo \"$tag\" > \"out/other-$tag\"\n\
         echo \"$tag\" > out/different\n\
         echo steady > out/steady\n",
        "[[outputs]]\npath = \"out\"\n",
    );
    farm.commit("names");
    farm.expect(0, &["run", "names"]);
    farm.expect(0, &["claim", "names"]);
    farm.commit("what it gave");
    let answer = farm.json(1, &["verify"]);
    let verdict = &answer["claims"][0]["verdict"];
    assert_eq!(verdict["grade"], "different", "{answer}");
    let mut kinds: Vec<_> = verdict["outputs"]
        .as_array()
        .expect("outputs")
        .iter()
        .map(|output| output["finding"]["kind"].as_str().expect("a kind"))
        .collect();
    kinds.sort_unstable();
    assert_eq!(
        kinds,
        ["different", "extra", "identical", "missing", "renamed"],
        "{answer}"
    );

    let transcript = farm.expect(1, &["verify"]);
    for word in [
        "missing",
        "extra",
        ": renamed from",
        "different",
        "identical",
    ] {
        assert!(
            transcript.stdout.contains(word),
            "`{word}` in\n{transcript}"
        );
    }
}

#[test]
fn a_declared_output_that_is_missing_is_a_failed_run() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_python_image();
    farm.experiment(
        "chance",
        "echo tried\n[ -e /tmp/never ] && touch result\nexit 0\n",
        "[[outputs]]\npath = \"result\"\n",
    );
    farm.commit("chance");
    let run = farm.expect(3, &["run", "chance"]);
    insta::with_settings!({filters => steady()}, {
        insta::assert_snapshot!(run, @r#"
        exit code: 3
        --- stdout ---
        tried
        --- stderr ---
        chance: failed in [SECONDS], from commit [_COMMIT_] (record [__DIGEST__])
          output `result` is missing
        "#);
    });
    let claim = farm.expect(3, &["claim", "chance"]);
    insta::with_settings!({filters => steady()}, {
        insta::assert_snapshot!(claim, @r#"
        exit code: 3
        --- stdout ---
        --- stderr ---
        error: the store has no successful record of `chance` with the plan of commit `[_COMMIT_]`
        hint: run `resow run chance` first, on the content of that commit
        "#);
    });
}

#[test]
fn a_race_between_threads_is_different_and_cannot_be_claimed() {
    let environment = Environment::new();
    let farm = environment.farm("farm");
    let verified = farm.expect(1, &["verify", "thread-race"]);
    insta::with_settings!({filters => steady()}, {
        insta::assert_snapshot!(verified, @r#"
        exit code: 1
        --- stdout ---
        output    expected      got           verdict
        <stdout>  [__DIGEST__]  [__DIGEST__]  different
        thread-race: different (profile portable, compared with
          experiments/thread-race.claim.toml)
          `<stdout>`: the bytes that are expected are not in this store, so where they
            differ and how far cannot be said
          nothing that was seen points to a cause
          `resow diagnose thread-race` finds the cause by experiment
        --- stderr ---
        hint: where it was claimed, `resow verify thread-race` says more; a claim holds small outputs that declare `compare`
        "#);
    });
    farm.expect(0, &["run", "thread-race", "--force"]);
    farm.expect(0, &["run", "thread-race", "--force"]);
    let before = farm.read("experiments/thread-race.claim.toml");
    let claim = farm.expect(1, &["claim", "thread-race"]);
    insta::with_settings!({filters => steady()}, {
        insta::assert_snapshot!(claim, @r#"
        exit code: 1
        --- stdout ---
        --- stderr ---
        error: two records of this plan disagree: [__DIGEST__] and [__DIGEST__]
        hint: `resow diff [__DIGEST__] [__DIGEST__]` says where; what gives another result each time cannot be claimed
        "#);
    });
    assert_eq!(farm.read("experiments/thread-race.claim.toml"), before);
}

#[test]
fn without_a_claim_it_says_so() {
    let environment = Environment::new();
    let farm = environment.coin("farm");
    farm.commit("coin");
    let nothing = farm.expect(3, &["verify"]);
    insta::assert_snapshot!(nothing, @r#"
    exit code: 3
    --- stdout ---
    --- stderr ---
    error: there is no claim in `experiments/`
    hint: `resow claim NAME` writes one
    "#);
    let misspelt = claimed(&environment, "claimed").expect(3, &["verify", "cion"]);
    assert!(
        misspelt.stderr.contains("did you mean `coin`?"),
        "{misspelt}"
    );
    let unclaimed = farm.expect(3, &["verify", "coin"]);
    insta::assert_snapshot!(unclaimed, @r#"
    exit code: 3
    --- stdout ---
    --- stderr ---
    error: `coin` has no claim: `experiments/coin.claim.toml` is missing
    hint: `resow claim coin` writes it
    "#);
}

#[test]
fn a_claim_that_cannot_be_verified_does_not_keep_the_others_from_it() {
    let environment = Environment::new();
    let farm = claimed(&environment, "farm");
    farm.experiment("gone", "echo gone\n", STDOUT);
    farm.commit("another");
    farm.expect(0, &["run", "gone"]);
    farm.expect(0, &["claim", "gone"]);
    farm.commit("and its claim");
    environment::flip_bit(&farm.path("experiments/gone.claim.toml"), 400);
    let answer = farm.json(5, &["verify"]);
    assert_eq!(
        answer["claims"][0]["verdict"]["grade"], "identical",
        "{answer}"
    );
    assert_eq!(answer["claims"][1]["experiment"], "gone", "{answer}");
    assert!(
        answer["claims"][1]["error"]["message"]
            .as_str()
            .is_some_and(|message| message.contains("experiments/gone.claim.toml")),
        "{answer}"
    );
}

#[test]
fn a_claim_whose_source_is_nowhere_cannot_be_run() {
    let environment = Environment::new();
    let farm = claimed(&environment, "farm");
    farm.replace("code/coin.sh", "heads", "tails");
    farm.commit("tails");
    let url = format!("file://{}", farm.path("").display());
    farm.at("..")
        .git(&["clone", "--quiet", "--depth", "1", &url, "shallow"]);
    let shallow = farm.at("../shallow");
    let verified = shallow.expect(4, &["verify"]);
    insta::with_settings!({filters => steady()}, {
        insta::assert_snapshot!(verified, @r#"
        exit code: 4
        --- stdout ---
        --- stderr ---
        error: `coin`: the source of that run is not in this repository: neither `[_COMMIT_]` nor another commit has it
        hint: run `git fetch` first, with `--unshallow` in a shallow clone
        "#);
    });
    shallow.git(&["fetch", "--quiet", "--unshallow"]);
    let verified = shallow.expect(3, &["verify"]);
    assert!(verified.stdout.contains("coin: identical"), "{verified}");
}

#[test]
fn a_claim_of_an_older_layer_is_refused_and_says_what_to_do() {
    let environment = Environment::new();
    let farm = environment.farm("farm");
    let old = include_str!("claims/layer-0.claim.toml");
    farm.write("experiments/seed-basics.claim.toml", old);
    farm.commit("a claim of layer 0");
    let refusal = farm.expect(4, &["verify", "seed-basics"]);
    assert!(
        refusal
            .stderr
            .contains("the plan is of layer 0 of seeding, and this resow has layer 1"),
        "{refusal}"
    );
    assert!(refusal.stderr.contains("claim it anew"), "{refusal}");
    farm.expect(0, &["run", "seed-basics"]);
    farm.expect(0, &["claim", "seed-basics"]);
    farm.expect(0, &["verify", "seed-basics"]);
}
