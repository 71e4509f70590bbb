//! `resow rerun --as-if`: as a machine would whose processor knows less.

mod environment;

use environment::{Environment, Repository, checkout, copy_folder};

/// A repository with clusters of digits: at the machine's own speed, and pinned to what processors know since 2010.
fn farm(environment: &Environment) -> Repository<'_> {
    let farm = environment.repository("farm");
    farm.add_python_image();
    copy_folder(
        &checkout().join("experiments/clusters"),
        &farm.path("experiments/clusters"),
    );
    for name in ["clusters", "clusters-portable"] {
        let path = format!("experiments/{name}.toml");
        let text = std::fs::read_to_string(checkout().join(&path)).expect("a manifest");
        farm.write(&path, text);
    }
    farm.commit("clusters");
    farm
}

#[test]
fn a_seeded_script_differs_on_an_older_processor_unless_it_is_portable() {
    let environment = Environment::new();
    let farm = farm(&environment);
    farm.expect(0, &["run", "clusters"]);
    farm.expect(0, &["rerun", "HEAD:clusters"]);
    let older = ["--as-if", "x86-64-v2"];
    let verdict = farm.expect(1, &[&["rerun", "HEAD:clusters"], &older[..]].concat());
    assert!(verdict.stdout.contains("clusters: different"), "{verdict}");
    assert!(
        verdict
            .stdout
            .contains("went as on a processor with x86-64-v2 alone"),
        "{verdict}"
    );
    assert!(
        verdict.stdout.contains("likely cause: the processor: "),
        "{verdict}"
    );
    farm.expect(0, &["run", "clusters-portable"]);
    let answer = farm.json(
        0,
        &[&["rerun", "HEAD:clusters-portable"], &older[..]].concat(),
    );
    assert_eq!(
        answer["reruns"][0]["verdict"]["grade"], "identical",
        "{answer}"
    );
    assert_eq!(answer["reruns"][0]["as_if"], "x86-64-v2", "{answer}");
    let log = farm.expect(0, &["log"]);
    assert!(log.stdout.contains("as if x86-64-v2"), "{log}");
}

#[test]
fn what_pins_more_than_a_processor_knows_cannot_be_run_on_it() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.declare_script(
        "coin",
        "echo heads",
        "outputs = [{ stream = \"stdout\" }]\n",
    );
    farm.commit("coin");
    let refusal = farm.expect(4, &["rerun", "HEAD:coin", "--as-if", "x86-64-v2"]);
    assert!(
        refusal
            .stderr
            .contains("a processor with x86-64-v2 alone lacks what the plan pins: x86-64-v3"),
        "{refusal}"
    );
    farm.expect(2, &["rerun", "HEAD:coin", "--as-if", "host"]);
}

#[test]
fn a_run_as_if_is_no_evidence() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    let fast = "profile = \"fast\"\noutputs = [{ stream = \"stdout\" }]\n";
    farm.declare_script("coin", "echo heads", fast);
    farm.commit("coin");
    farm.expect(3, &["rerun", "HEAD:coin", "--as-if", "x86-64"]);
    farm.expect(3, &["claim", "coin"]);
    let run = farm.json(0, &["run", "coin"]);
    assert_eq!(run["executed"], true, "{run}");
    farm.expect(0, &["claim", "coin"]);
}

#[test]
fn a_claim_that_demands_a_fact_holds_only_where_that_is_the_same() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.declare_script(
        "coin",
        "echo heads",
        "profile = \"fast\"\noutputs = [{ stream = \"stdout\" }]\nclaim = { same = [\"cpu.features\", \"kernel\"] }\n",
    );
    farm.commit("coin");
    farm.expect(0, &["run", "coin"]);
    farm.expect(0, &["claim", "coin"]);
    farm.commit("what it gave");
    assert!(
        farm.read("experiments/coin.claim.toml")
            .contains("same = [")
    );
    farm.expect(0, &["verify", "coin"]);
    let elsewhere = farm.expect(3, &["rerun", "HEAD:coin", "--as-if", "x86-64"]);
    assert!(
        elsewhere.said().contains("coin: incomparable")
            && elsewhere.said().contains("host.cpu.features: expected "),
        "{elsewhere}"
    );
}
