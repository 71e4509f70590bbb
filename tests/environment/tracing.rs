//! Trainings that are traced: declared, run, and what is found of their traces.

use std::fs;

use serde_json::Value;

use crate::environment::{Environment, Repository, checkout};

/// A repository with one of the trainings, declared under its name with a parameter that says when it is nudged.
pub(crate) fn training<'e>(
    environment: &'e Environment,
    name: &str,
    image: &str,
    rest: &str,
) -> Repository<'e> {
    let farm = environment.repository("farm");
    farm.add_image(image);
    put(&farm, name, image, "[trace]\n", rest);
    farm.commit("a training");
    farm
}

pub(crate) fn put(farm: &Repository<'_>, name: &str, image: &str, trace: &str, rest: &str) {
    let script = format!("{name}.py");
    let text = fs::read_to_string(checkout().join("tests/trace").join(&script)).expect("a script");
    farm.write(&script, text);
    let manifest = format!(
        "version = 1\nseed = 42\ncommand = [\"python3\", \"{script}\", \"{{params.nudged}}\"]\n\
         image.build = \"{image}\"\nparams = {{ nudged = 0 }}\n{rest}{trace}"
    );
    farm.write(&format!("experiments/{name}.toml"), manifest);
    farm.git(&["add", "--all"]);
}

/// Runs an experiment anew; what `--json` says of it.
pub(crate) fn run(farm: &Repository<'_>, name: &str, nudged: u32) -> Value {
    let set = format!("params.nudged={nudged}");
    farm.json(0, &["run", name, "--force", "--set", &set])
}

/// The digits by which a record is named.
pub(crate) fn digits(run: &Value) -> &str {
    run["record"]
        .as_str()
        .and_then(|id| id.strip_prefix("sha256:"))
        .expect("a record")
}

/// What `resow diff` finds of two traces, which must end with `code`.
pub(crate) fn difference(farm: &Repository<'_>, code: i32, one: &Value, other: &Value) -> Value {
    farm.json(code, &["diff", digits(one), digits(other)])["trace"].clone()
}

/// Where the traces of one process part: the last step that is the same, the first that differs, and the values.
pub(crate) fn parting(found: &Value) -> (u64, u64, Vec<&str>) {
    assert_eq!(found["kind"], "part", "{found}");
    assert_eq!(found["parting_processes"], 1, "{found}");
    let parting = &found["partings"][0];
    let values = parting["at"]["values"].as_array().expect("values").iter();
    (
        parting["after"].as_u64().expect("a step before"),
        parting["at"]["step"].as_u64().expect("a step"),
        values
            .map(|value| value["name"].as_str().expect("a name"))
            .collect(),
    )
}

/// The outputs of a run, by name and digest.
pub(crate) fn outputs(run: &Value) -> String {
    run["outputs"].to_string()
}
