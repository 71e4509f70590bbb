//! `resow diff` of revisions: every experiment of both, those that came, those that went.

mod environment;

use environment::{Environment, steady};

const STDOUT: &str = "[[outputs]]\nstream = \"stdout\"\n";

#[test]
fn every_experiment_of_two_revisions() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_python_image();
    farm.experiment("coin", "echo \"heads $RESOW_SEED\"\n", STDOUT);
    farm.experiment("gone", "echo gone\n", STDOUT);
    farm.experiment("same", "echo same\n", STDOUT);
    farm.commit("three");
    for name in ["coin", "same"] {
        farm.expect(0, &["run", name]);
    }
    farm.expect(0, &["claim", "coin"]);
    let one = farm.commit("claimed");
    farm.replace("experiments/coin.toml", "seed = 42", "seed = 7");
    farm.git(&["rm", "--quiet", "experiments/gone.toml"]);
    farm.experiment("new", "echo new\n", STDOUT);
    farm.expect(0, &["run", "coin"]);
    farm.commit("another seed");
    farm.expect(0, &["claim", "coin"]);
    farm.commit("claimed again");

    let transcript = farm.expect(1, &["diff", &one, "HEAD"]);
    insta::with_settings!({filters => steady()}, {
        insta::assert_snapshot!(transcript, @r#"
        exit code: 1
        --- stdout ---
        coin:
          plan: seed: left 42, right 7
          output    left          right         finding
          <stdout>  [__DIGEST__]  [__DIGEST__]  different
          <stdout>: 1 difference (text)
            line 1
              - heads 42
              + heads 7
          different: 1 of 1 output differs between
            [_COMMIT_]:experiments/coin.claim.toml and
            [_COMMIT_]:experiments/coin.claim.toml

        gone: only left

        new: only right

        same:
          identical: 0 of 1 output differs between record [__DIGEST__] and record
            [__DIGEST__]
        --- stderr ---
        "#);
    });
    let answer = farm.json(1, &["diff", &one, "HEAD"]);
    let experiments = answer["experiments"].as_array().expect("experiments");
    let only: Vec<_> = experiments.iter().map(|it| &it["only"]).collect();
    assert_eq!(
        serde_json::json!(only),
        serde_json::json!([null, "left", "right", null]),
        "{answer}"
    );
    assert_eq!(experiments[0]["plans"][0]["field"], "seed", "{answer}");

    // Nothing was run of what is declared now, and the claim is of what was declared before.
    farm.replace("experiments/coin.toml", "seed = 7", "seed = 8");
    farm.replace("code/same.sh", "same", "not the same");
    farm.commit("neither run nor claimed");
    let unknown = farm.expect(1, &["diff", &one, "HEAD"]);
    assert!(
        unknown
            .stdout
            .contains("  stale: the claim right is of another plan"),
        "{unknown}"
    );
    assert!(
        unknown
            .stdout
            .contains("  nothing to compare: right has neither a claim nor a record of its plan"),
        "{unknown}"
    );

    // A revision beside a record is what the record's experiment gave there.
    let record = farm.json(0, &["run", "coin"]);
    let record = record["record"].as_str().expect("a record");
    let mixed = farm.expect(1, &["diff", &one, record]);
    assert!(
        mixed.stdout.contains("plan: seed: left 42, right 8"),
        "{mixed}"
    );
}

#[test]
fn a_claim_of_another_plan_is_no_evidence_of_a_revision() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_python_image();
    farm.experiment("coin", "echo \"heads $RESOW_SEED\"\n", STDOUT);
    farm.commit("one");
    farm.expect(0, &["run", "coin"]);
    farm.expect(0, &["claim", "coin"]);
    let one = farm.commit("claimed");
    farm.replace("experiments/coin.toml", "seed = 42", "seed = 7");
    farm.commit("another seed");

    let unknown = farm.expect(3, &["diff", &one, "HEAD"]);
    assert!(!unknown.stdout.contains("identical"), "{unknown}");
    assert!(
        unknown
            .stdout
            .contains("right has neither a claim nor a record of its plan"),
        "{unknown}"
    );

    farm.expect(0, &["run", "coin"]);
    let known = farm.expect(1, &["diff", &one, "HEAD"]);
    for text in [
        "stale: the claim right is of another plan",
        "- heads 42",
        "+ heads 7",
    ] {
        assert!(known.stdout.contains(text), "{known}");
    }
    let answer = farm.json(1, &["diff", &one, "HEAD"]);
    let found = &answer["experiments"][0];
    assert_eq!(found["stale"], serde_json::json!(["right"]), "{answer}");
    assert_eq!(found["lacking"], serde_json::json!([]), "{answer}");
}
