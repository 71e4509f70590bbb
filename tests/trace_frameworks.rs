//! Trainings of PyTorch and Keras, which are traced without a word in their scripts.

mod environment;
#[path = "environment/tracing.rs"]
mod tracing;

use environment::Environment;
use serde_json::Value;
use tracing::{difference, digits, outputs, parting, put, run, training};

#[test]
fn image_torch_optimizers_are_traced_by_themselves() {
    let environment = Environment::new();
    let rest = "outputs = [{ path = \"model.pt\" }, { stream = \"stdout\" }]\n";
    let farm = training(&environment, "torch_training", "docker/torch", rest);
    let base = run(&farm, "torch_training", 0);
    assert_eq!(base["trace"]["steps"], 320, "{base}");
    assert_eq!(base["trace"]["faults"], Value::Array(Vec::new()), "{base}");
    let found = difference(&farm, 0, &base, &run(&farm, "torch_training", 0));
    assert_eq!(
        (&found["kind"], &found["steps"]),
        (&"agree".into(), &320.into())
    );
    let nudged = run(&farm, "torch_training", 217);
    let found = difference(&farm, 1, &base, &nudged);
    assert_eq!(parting(&found), (216, 217, vec!["fc1.weight"]));
    let text = farm.expect(1, &["diff", digits(&base), digits(&nudged)]);
    assert!(
        text.stdout
            .contains("the traces part at step 217: `fc1.weight`\n"),
        "{text}"
    );

    let all = "[trace]\nstate = [\"gradients\", \"parameters\", \"optimizer\"]\n";
    put(&farm, "torch_training", "docker/torch", all, rest);
    let full = run(&farm, "torch_training", 0);
    assert_eq!(full["trace"]["faults"], Value::Array(Vec::new()), "{full}");
    let found = difference(&farm, 1, &full, &run(&farm, "torch_training", 217));
    assert_eq!(parting(&found), (216, 217, vec!["fc1.weight"]));
    put(&farm, "torch_training", "docker/torch", "", rest);
    for other in [&full, &run(&farm, "torch_training", 0)] {
        assert_eq!(outputs(other), outputs(&base));
        assert_eq!(other["plan"], base["plan"]);
    }
}

#[test]
fn image_tensorflow_keras_is_traced_by_itself() {
    let environment = Environment::new();
    let rest = "outputs = [{ path = \"weights.npz\" }]\n";
    let farm = training(&environment, "keras_training", "docker/tensorflow", rest);
    let base = run(&farm, "keras_training", 0);
    assert_eq!(base["trace"]["steps"], 320, "{base}");
    let found = difference(&farm, 0, &base, &run(&farm, "keras_training", 0));
    assert_eq!(
        (&found["kind"], &found["steps"]),
        (&"agree".into(), &320.into())
    );
    let nudged = run(&farm, "keras_training", 217);
    let found = difference(&farm, 1, &base, &nudged);
    let (after, step, values) = parting(&found);
    assert_eq!((after, step), (216, 217));
    assert_eq!(values[0], "sequential/fc1/kernel", "{values:?}");
    put(&farm, "keras_training", "docker/tensorflow", "", rest);
    assert_eq!(outputs(&run(&farm, "keras_training", 0)), outputs(&base));
}
