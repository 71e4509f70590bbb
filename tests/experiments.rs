//! The repository's own experiments, in a clone of it, against the claims that are committed beside them.

mod environment;

use environment::{Environment, checkout};

#[test]
fn the_committed_claims_hold() {
    let environment = Environment::new();
    let clone = environment.path().join("clone");
    let transcript = environment.run(
        environment
            .command("git", environment.path())
            .args(["clone", "--quiet", "--no-local"])
            // The checkout may belong to another user than the one who tests.
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", "safe.directory")
            .env("GIT_CONFIG_VALUE_0", "*")
            .arg(checkout())
            .arg(&clone),
    );
    assert_eq!(transcript.code, 0, "{transcript}");
    let farm = environment.repository("unused").at(&clone);
    // The image is in the engine once another test or this one has built it.
    environment.repository("image").add_python_image();

    let verdict = farm.expect(0, &["verify", "digits", "seed-basics"]);
    for name in ["digits", "seed-basics"] {
        let expected = format!("{name}: identical");
        assert!(verdict.stdout.contains(&expected), "{verdict}");
    }
    let verdict = farm.expect(1, &["verify", "thread-race"]);
    assert!(
        verdict.stdout.contains("thread-race: different"),
        "{verdict}"
    );

    // A clone of a shallow checkout has no history to look in.
    if farm.git(&["rev-parse", "--is-shallow-repository"]) == "true" {
        return;
    }
    for name in ["digits", "seed-basics", "thread-race"] {
        let claim = farm.read(&format!("experiments/{name}.claim.toml"));
        let commit = claim
            .lines()
            .find_map(|line| line.strip_prefix("commit = \"")?.strip_suffix('"'))
            .expect("a commit");
        // Who has the claim must have what it is about.
        farm.git(&["merge-base", "--is-ancestor", commit, "HEAD"]);
    }
}
