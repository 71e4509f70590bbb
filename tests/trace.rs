//! Traces: two runs part at a known step and value, which is found; traces that are none are told of.

mod environment;
#[path = "environment/tracing.rs"]
mod tracing;

use std::time::Instant;

use environment::{Environment, flip_bit};
use resow_manifest::digest::Sha256Digest;
use serde_json::Value;
use tracing::{difference, digits, outputs, parting, put, run, training};

const WEIGHTS: &str = "outputs = [{ path = \"weights.npz\" }, { stream = \"stdout\" }]\n";
const STDOUT: &str = "outputs = [{ stream = \"stdout\" }]\n";

#[test]
fn two_trainings_that_trace_themselves_part_at_the_step_and_parameter_that_was_changed() {
    let environment = Environment::new();
    let farm = training(&environment, "numpy_training", "docker/python", WEIGHTS);
    let base = run(&farm, "numpy_training", 0);
    assert_eq!(base["trace"]["steps"], 300, "{base}");
    assert_eq!(base["trace"]["processes"], 1);
    assert_eq!(base["trace"]["malformed"], 0);
    assert_eq!(base["seeding"]["state"], "seeded", "{base}");

    let again = run(&farm, "numpy_training", 0);
    assert_eq!(outputs(&again), outputs(&base));
    let found = difference(&farm, 0, &base, &again);
    assert_eq!(found["kind"], "agree", "{found}");
    assert_eq!(
        (&found["steps"], &found["is_whole"]),
        (&300.into(), &true.into())
    );

    let nudged = run(&farm, "numpy_training", 217);
    let found = difference(&farm, 1, &base, &nudged);
    assert_eq!(parting(&found), (216, 217, vec!["fc1.weight"]));
    let text = farm.expect(1, &["diff", digits(&base), digits(&nudged)]);
    let line = "the traces part at step 217: `fc1.weight`\n";
    assert!(text.stdout.contains(line), "{text}");

    // The first step of all, and the last.
    for step in [1, 300] {
        let nudged = run(&farm, "numpy_training", step);
        let found = difference(&farm, 1, &nudged, &base);
        assert_eq!(found["partings"][0]["at"]["step"], step, "{found}");
        assert_eq!(found["partings"][0]["at"]["differing"], 1, "{found}");
        assert_eq!(
            found["partings"][0]["at"]["values"][0]["name"],
            "fc1.weight"
        );
    }
    let shown = farm.expect(0, &["show", digits(&base)]);
    assert!(
        shown
            .stdout
            .contains("trace       300 steps (every step, parameters)\n"),
        "{shown}"
    );
}

#[test]
fn a_run_gives_the_same_with_and_without_a_trace() {
    let environment = Environment::new();
    let farm = training(&environment, "numpy_training", "docker/python", WEIGHTS);
    let traced = run(&farm, "numpy_training", 0);
    let trace = farm.json(0, &["show", digits(&traced)])["content"]["trace"].clone();
    assert_eq!(trace, traced["trace"]);

    put(&farm, "numpy_training", "docker/python", "", WEIGHTS);
    farm.commit("no trace");
    let plain = run(&farm, "numpy_training", 0);
    assert_eq!(plain["trace"], Value::Null);
    assert_eq!(
        plain["plan"], traced["plan"],
        "the trace is no part of the plan"
    );
    assert_eq!(outputs(&plain), outputs(&traced));
    // Of a run without a trace there is nothing to compare.
    assert_eq!(difference(&farm, 0, &plain, &traced), Value::Null);

    // With a trace again, a record without one does not answer.
    let often = "[trace]\nevery = 10\nstate = []\n";
    put(&farm, "numpy_training", "docker/python", often, WEIGHTS);
    farm.commit("a trace");
    let tenth = farm.json(0, &["run", "numpy_training"]);
    assert_eq!(
        (&tenth["executed"], &tenth["trace"]["steps"]),
        (&true.into(), &30.into())
    );
    assert_eq!(outputs(&tenth), outputs(&plain));
    assert_eq!(farm.json(0, &["run", "numpy_training"])["executed"], false);
    let found = difference(&farm, 0, &tenth, &traced);
    assert_eq!(found["kind"], "unknown", "{found}");
}

#[test]
fn a_verdict_names_the_step_on_the_author_s_machine_and_on_another() {
    let environment = Environment::new();
    let farm = training(
        &environment,
        "numpy_clock",
        "docker/python",
        "outputs = [{ path = \"weights.npy\" }]\n",
    );
    farm.expect(0, &["run", "numpy_clock"]);
    farm.expect(0, &["claim", "numpy_clock"]);
    farm.commit("a claim");
    let verdict = farm.expect(1, &["verify", "numpy_clock"]);
    let line = "  the traces part at step 217: `layer.weight`\n";
    assert!(verdict.stdout.contains(line), "{verdict}");

    // There the store has the rerun's trace alone; the claim holds a digest of each step.
    let clone = farm.clone_as("clone");
    let verdict = clone.expect(1, &["verify", "numpy_clock"]);
    let line = "  the traces part at step 217; which value it is, a claim does not hold\n";
    assert!(verdict.stdout.contains(line), "{verdict}");
    let verdict = clone.json(1, &["rerun", "HEAD:numpy_clock"]);
    let found = &verdict["reruns"][0]["verdict"]["trace"]["partings"][0];
    assert_eq!(found["after"], 216, "{found}");
    assert_eq!(found["at"]["kind"], "within", "{found}");
    assert_eq!(
        (&found["at"]["first"], &found["at"]["last"]),
        (&217.into(), &217.into())
    );

    // A small trace is in the claim as it is.
    let manifest = "experiments/numpy_clock.toml";
    farm.replace(manifest, "[trace]\n", "[trace]\nevery = 31\n");
    farm.commit("a smaller trace");
    farm.expect(0, &["run", "numpy_clock", "--force"]);
    let clone = farm.clone_as("small");
    clone.expect(0, &["run", "numpy_clock"]);
    clone.expect(0, &["claim", "numpy_clock"]);
    clone.commit("a claim of it");
    let verdict = clone
        .clone_as("other")
        .expect(1, &["verify", "numpy_clock"]);
    let line = "  the traces part at step 217: `layer.weight`\n";
    assert!(verdict.stdout.contains(line), "{verdict}");

    // A claim whose trace was changed is damaged.
    let claim = clone.read("experiments/numpy_clock.claim.toml");
    let at = claim.find("layer.bias").expect("a name in the trace");
    flip_bit(&clone.path("experiments/numpy_clock.claim.toml"), at);
    clone.expect(5, &["verify", "numpy_clock"]);
}

#[test]
fn processes_are_told_apart_whichever_writes_first() {
    let environment = Environment::new();
    for method in ["fork", "spawn"] {
        let farm = environment.repository(method);
        farm.add_image("docker/python");
        put(&farm, "processes", "docker/python", "[trace]\n", STDOUT);
        let manifest = "experiments/processes.toml";
        farm.replace(
            manifest,
            "\"{params.nudged}\"]",
            &format!("\"{{params.nudged}}\", \"{method}\"]"),
        );
        farm.commit("two workers");
        let base = run(&farm, "processes", 0);
        assert_eq!(base["trace"]["processes"], 3, "{base}");
        assert_eq!(base["trace"]["steps"], 300, "{base}");
        let found = difference(&farm, 0, &base, &run(&farm, "processes", 0));
        assert_eq!(found["kind"], "agree", "{method}: {found}");
        let nudged = run(&farm, "processes", 217);
        let found = difference(&farm, 0, &base, &nudged);
        assert_eq!(parting(&found), (216, 217, vec!["weights"]), "{method}");
        assert_eq!(
            found["partings"][0]["who"]["process"], "process 1",
            "{method}"
        );
        let text = farm.expect(0, &["diff", digits(&base), digits(&nudged)]);
        let line = "the traces of `process 1` part at step 217: `weights`\n";
        assert!(text.stdout.contains(line), "{text}");
    }
}

#[test]
fn what_stands_for_a_value_is_what_the_documentation_says() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.write(
        "values.py",
        "import numpy as np, resow_trace\n\
         resow_trace.step(3, array=np.arange(6, dtype='>i4').reshape(2, 3), raw=b'abc', text='x' * 101,\n\
         \x20   number=0.1, short='a \\u00e9', nothing=None, nested={'a': [1, {'b': True}]}, empty=np.zeros(0))\n",
    );
    farm.declare(
        "values",
        &["python3", "values.py"],
        &format!("{STDOUT}[trace]\n"),
    );
    let run = farm.json(0, &["run", "values"]);
    let digest = run["trace"]["digest"].as_str().expect("a digest");
    let hexadecimal = digest.strip_prefix("sha256:").expect("of SHA-256");
    let trace = farm.read(&format!(".resow/blobs/{}/{hexadecimal}", &hexadecimal[..2]));
    let line: Value = serde_json::from_str(&trace).expect("one line");
    let start = |bytes: &[u8]| Sha256Digest::of(bytes).hex()[..32].to_owned();
    let mut array = b"int32 2,3\n".to_vec();
    array.extend((0..6_i32).flat_map(i32::to_le_bytes));
    let text = format!("text 101\n{}", "x".repeat(101));
    let expected = serde_json::json!({
        "array": start(&array),
        "raw": start(b"bytes 3\nabc"),
        "text": start(text.as_bytes()),
        "number": "0.1",
        "short": "a \u{e9}",
        "nothing": "None",
        "nested.a.0": "1",
        "nested.a.1.b": "True",
        "empty": start(b"float64 0\n"),
    });
    assert_eq!((&line["step"], &line["values"]), (&3.into(), &expected));
}

#[test]
fn a_program_without_python_traces_by_appending_lines() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    let script = "i=0; while [ $i -lt 20 ]; do i=$((i + 1)); loss=$((i * $LAST % 97)); \
                  [ $i -eq 12 ] || loss=$i; \
                  printf '{\"step\":%d,\"values\":{\"loss\":\"%s\"}}\\n' $i $loss >> \"$RESOW_TRACE\"; done";
    let declare = |last: &str| {
        let rest = format!("env = {{ LAST = \"{last}\" }}\n{STDOUT}[trace]\n");
        farm.declare_script("shell", script, &rest);
        farm.json(0, &["run", "shell", "--force"])
    };
    let (one, other) = (declare("5"), declare("6"));
    let found = difference(&farm, 0, &one, &other);
    assert_eq!(parting(&found), (11, 12, vec!["loss"]));
    let text = farm.expect(0, &["diff", digits(&one), digits(&other)]);
    assert!(
        text.stdout.contains("  loss: left 60, right 72\n"),
        "{text}"
    );
}

#[test]
fn a_trace_that_is_none_is_told_of_and_never_a_failure() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    let run = |name: &str, script: &str| {
        farm.write("script.py", script);
        farm.declare(
            name,
            &["python3", "script.py"],
            &format!("{STDOUT}[trace]\n"),
        );
        farm.json(0, &["run", name, "--force"])
    };
    let hostile = "import os\n\
        lines = [b'nothing', b'[' * 60000, b'{\"step\":1e400,\"values\":{}}', b'\\xff\\x00\\xfe',\n\
        \x20   b'{\"step\":1,\"values\":{\"a\":' + b'{\"a\":' * 9000 + b'1', b'x' * 1000000,\n\
        \x20   b'{\"fault\":\"\\\\u001b[31mred\"}', b'{\"step\":7,\"values\":{\"w\":\"1\"}}', b'{\"step\":']\n\
        with open(os.environ['RESOW_TRACE'], 'ab') as trace:\n\
        \x20   trace.write(b'\\n'.join(lines))\n";
    let made = run("hostile", hostile);
    assert_eq!(made["trace"]["malformed"], 7, "{made}");
    assert_eq!(made["trace"]["steps"], 1, "{made}");
    assert_eq!(made["trace"]["faults"][0], "\u{1b}[31mred");
    let shown = farm.expect(0, &["show", digits(&made)]);
    assert!(
        shown
            .stdout
            .contains("7 lines of the trace cannot be understood"),
        "{shown}"
    );
    assert!(!shown.stdout.contains('\u{1b}'), "{shown}");
    let again = run("hostile", &hostile.replace("\"w\":\"1\"", "\"w\":\"2\""));
    let found = difference(&farm, 0, &made, &again);
    assert_eq!(found["partings"][0]["at"]["step"], 7, "{found}");
    assert_eq!(found["partings"][0]["at"]["values"][0]["name"], "w");

    // The file cannot be taken away, nor made a way out.
    let link = "import os, sys\npath = os.environ['RESOW_TRACE']\n\
        for change in (lambda: os.remove(path), lambda: os.symlink('/etc/passwd', path), lambda: os.rename('a', path)):\n\
        \x20   try:\n        change()\n    except OSError:\n        continue\n    sys.exit(1)\n";
    farm.write("a", "a");
    assert_eq!(run("link", link)["trace"]["size"], 0);
    let told = farm.expect(0, &["run", "link", "--force"]);
    assert!(told.stderr.contains("and nothing was traced"), "{told}");
}

#[test]
fn more_than_is_kept_of_a_trace_is_cut_and_said_so() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    // 300 MB of 13 million steps, and of as many values of two steps.
    let script = "yes '{\"step\":1,\"values\":{}}\n{\"step\":2,\"values\":{}}' | head -c 300000000 >> $RESOW_TRACE; \
                  echo done";
    farm.declare_script("long", script, &format!("{STDOUT}[trace]\n"));
    let began = Instant::now();
    let one = farm.json(0, &["run", "long"]);
    assert_eq!(one["trace"]["truncated"], true, "{one}");
    assert!(one["trace"]["size"].as_u64().expect("a size") <= 256 << 20);
    assert_eq!(one["trace"]["malformed"], 0, "{one}");
    let other = script.replacen(
        "yes",
        "echo '{\"step\":1,\"values\":{\"a\":\"1\"}}' >> $RESOW_TRACE; yes",
        1,
    );
    farm.declare_script("long", &other, &format!("{STDOUT}[trace]\n"));
    let other = farm.json(0, &["run", "long"]);
    let found = difference(&farm, 0, &one, &other);
    assert_eq!(found["partings"][0]["at"]["step"], 1, "{found}");
    assert_eq!(found["partings"][0]["after"], Value::Null, "{found}");
    assert!(began.elapsed().as_secs() < 600, "bounded");
}
