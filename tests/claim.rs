//! `resow claim`: what can be written down, and what cannot.

mod environment;

use environment::{Environment, steady};

const STDOUT: &str = "[[outputs]]\nstream = \"stdout\"\n";

#[test]
fn a_claim_needs_a_commit_a_run_and_a_success() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_python_image();
    farm.experiment("coin", "echo heads\n", STDOUT);
    farm.experiment("fails", "echo trying\nexit 7\n", STDOUT);
    let unborn = farm.expect(4, &["claim", "coin"]);
    insta::assert_snapshot!(unborn, @r#"
    exit code: 4
    --- stdout ---
    --- stderr ---
    error: there is no commit to claim for
    hint: git commit first: a claim is about a commit's plan
    "#);

    farm.git(&["add", "--all"]);
    farm.git(&["reset", "--quiet", "experiments"]);
    farm.git(&["commit", "--quiet", "--message", "without manifests"]);
    let uncommitted = farm.expect(4, &["claim", "coin"]);
    insta::with_settings!({filters => steady()}, {
        insta::assert_snapshot!(uncommitted, @r#"
        exit code: 4
        --- stdout ---
        --- stderr ---
        error: commit `[_COMMIT_]` has no experiment `coin`
        hint: commit it first: git add experiments/coin.toml && git commit
        "#);
    });

    farm.commit("with manifests");
    let never_ran = farm.expect(3, &["claim", "coin"]);
    insta::with_settings!({filters => steady()}, {
        insta::assert_snapshot!(never_ran, @r#"
        exit code: 3
        --- stdout ---
        --- stderr ---
        error: the store has no successful record of `coin` with the plan of commit `[_COMMIT_]`
        hint: run `resow run coin` first, on the content of that commit
        "#);
    });

    let failed = farm.expect(3, &["run", "fails"]);
    insta::with_settings!({filters => steady()}, {
        insta::assert_snapshot!(failed, @r#"
        exit code: 3
        --- stdout ---
        trying
        --- stderr ---
        fails: failed in [SECONDS], from commit [_COMMIT_] (record [__DIGEST__])
          the run exited with code 7
        "#);
    });
    farm.expect(3, &["claim", "fails"]);
    assert!(!farm.path("experiments/fails.claim.toml").exists());

    farm.expect(0, &["run", "coin"]);
    let claimed = farm.expect(0, &["claim", "coin"]);
    insta::with_settings!({filters => steady()}, {
        insta::assert_snapshot!(claimed, @r#"
        exit code: 0
        --- stdout ---
        wrote experiments/coin.claim.toml: 1 output of commit [_COMMIT_], from record [__DIGEST__]; next:
          git add experiments/coin.claim.toml && git commit
        --- stderr ---
        "#);
    });
    let misspelt = farm.expect(4, &["claim", "cion"]);
    insta::with_settings!({filters => steady()}, {
        insta::assert_snapshot!(misspelt, @r#"
        exit code: 4
        --- stdout ---
        --- stderr ---
        error: commit `[_COMMIT_]` has no experiment `cion`
        hint: did you mean `coin`?
        "#);
    });
}

#[test]
fn a_claim_is_the_same_text_whoever_makes_it_and_keeps_no_log() {
    let environment = Environment::new();
    let author = environment.repository("author");
    author.add_python_image();
    author.experiment(
        "logged",
        "echo heads\ndate +%s%N > train.log\n",
        &format!("{STDOUT}\n[[outputs]]\npath = \"train.log\"\nrole = \"log\"\n"),
    );
    author.commit("logged");
    let teammate = author.clone_as("teammate");
    let texts = [author, teammate].map(|repository| {
        repository.expect(0, &["run", "logged"]);
        repository.expect(0, &["run", "logged", "--force"]);
        repository.expect(0, &["claim", "logged"]);
        repository.read("experiments/logged.claim.toml")
    });
    assert_eq!(texts[0], texts[1]);
    assert!(!texts[0].contains("outputs.\"train.log\""), "{}", texts[0]);
}

#[test]
fn an_experiment_with_the_plan_of_another_is_claimed_under_its_own_name() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    let output = "outputs = [{ stream = \"stdout\" }]\n";
    farm.declare_script("coin", "echo heads", output);
    let manifest = farm.read("experiments/coin.toml");
    farm.write("experiments/copy.toml", manifest);
    farm.commit("two of one plan");
    farm.expect(0, &["run", "coin"]);
    farm.expect(0, &["claim", "copy"]);
    farm.commit("what it gave");
    let verified = farm.expect(0, &["verify", "copy"]);
    assert!(verified.stdout.contains("copy: identical"), "{verified}");
}
