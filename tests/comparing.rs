//! `compare` in a manifest: verdicts by what outputs hold, in the author's repository and in a clone without the bytes.

mod environment;

use environment::Environment;

/// What is the same each time but for the clock: a time in a file, a number that wavers, a header of gzip.
const SCRIPT: &str = r#"
python3 - <<'PYTHON'
import gzip, json, time, os
os.makedirs("out")
waver = (time.time_ns() // 1000 % 1000) * 1e-12
json.dump({"loss": 0.25 + waver, "steps": 300, "seconds": time.time()}, open("out/metrics.json", "w"))
with open("out/log.txt.gz", "wb") as file:
    with gzip.GzipFile(filename=str(time.time()), mode="wb", fileobj=file, mtime=time.time()) as packed:
        packed.write(b"the same\n" * 3000)
PYTHON
"#;

const OUTPUTS: &str = r#"
[[outputs]]
path = "out/metrics.json"
compare = { kind = "json", fields = { loss = { relative = 1e-6 } }, ignore = [{ field = "seconds", reason = "wall time" }] }

[[outputs]]
path = "out/log.txt.gz"
compare = "auto"
"#;

#[test]
fn what_is_declared_to_be_the_same_is_the_same_here_and_where_the_bytes_are_not() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_python_image();
    farm.experiment("wavering", SCRIPT, OUTPUTS);
    farm.commit("wavering");
    farm.expect(0, &["run", "wavering"]);
    farm.expect(0, &["claim", "wavering"]);
    farm.commit("what it gave");
    let teammate = farm.clone_as("teammate");
    for place in [&farm, &teammate] {
        let verified = place.expect(0, &["verify", "wavering"]);
        let text = &verified.stdout;
        assert!(text.contains("wavering: within tolerance, "), "{verified}");
        assert!(text.contains("equivalent"), "{verified}");
        assert!(
            text.contains("left out: seconds (wall time), 1 difference"),
            "{verified}"
        );
        let answer = place.json(0, &["verify", "wavering"]);
        let verdict = &answer["claims"][0]["verdict"];
        assert_eq!(verdict["grade"], "within-tolerance", "{answer}");
        let margin = verdict["margin"].as_f64().expect("a margin");
        assert!((0.9..=1.0).contains(&margin), "{answer}");
    }

    // What the manifest at hand declares now does not act on a claim that was made before.
    farm.replace(
        "experiments/wavering.toml",
        "relative = 1e-6",
        "relative = 1e-3",
    );
    let verified = farm.expect(0, &["verify", "wavering"]);
    assert!(
        verified
            .said()
            .contains("`out/metrics.json` was compared as the claim says"),
        "{verified}"
    );
    // Nor does a claim hide that it would let pass what the manifest at hand does not.
    farm.replace(
        "experiments/wavering.toml",
        "relative = 1e-3",
        "relative = 1e-9",
    );
    let verified = farm.expect(3, &["verify", "wavering"]);
    assert!(
        verified.said().contains(
            "not claimed: the claim would let more pass of `out/metrics.json` than the manifest at hand"
        ),
        "{verified}"
    );
    // Of a revision run again, its own manifest counts.
    farm.commit("a stricter manifest");
    let rerun = farm.expect(3, &["rerun", "HEAD:wavering"]);
    assert!(
        rerun.said().contains(
            "not claimed: the claim would let more pass of `out/metrics.json` than the manifest of that revision"
        ),
        "{rerun}"
    );
}

#[test]
fn what_is_beyond_the_tolerance_is_different_and_says_how_far() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_python_image();
    farm.experiment(
        "clock",
        "date +'{\"loss\": 0.%N, \"steps\": 300}' > metrics.json\n",
        "[[outputs]]\npath = \"metrics.json\"\ncompare = { kind = \"json\", relative = 1e-12 }\n",
    );
    farm.commit("clock");
    farm.expect(0, &["run", "clock"]);
    farm.expect(0, &["claim", "clock"]);
    farm.commit("what it gave");
    let verified = farm.expect(1, &["verify", "clock"]);
    assert!(verified.stdout.contains("clock: different"), "{verified}");
    assert!(verified.stdout.contains("loss: expected 0."), "{verified}");
    assert!(verified.stdout.contains(" apart, relative "), "{verified}");
    // Without a declaration the same is different as well, and explained.
    farm.replace(
        "experiments/clock.toml",
        "compare = { kind = \"json\", relative = 1e-12 }\n",
        "",
    );
    farm.commit("bit for bit");
    farm.expect(1, &["claim", "clock"]);
}
