//! The sources of randomness that frameworks have: those that docs/randomness.md lists are the same in each run.

mod environment;
#[path = "environment/repetition.rs"]
mod repetition;

use std::collections::BTreeSet;

use environment::{Environment, checkout};
use repetition::{distinct, note, repetitions};

/// The sources that the documentation lists of a library.
fn documented(library: &str) -> BTreeSet<String> {
    let page = std::fs::read_to_string(checkout().join("docs/randomness.md")).expect("the page");
    let row = page
        .lines()
        .find_map(|line| line.strip_prefix(&format!("| {library} | ")))
        .unwrap_or_else(|| panic!("{library} has no row"));
    row.trim_end_matches(" |")
        .split("; ")
        .map(str::to_owned)
        .collect()
}

/// What a script of the layer's own tests prints, in so many runs, which must be one.
fn drawn(image: &str, program: &str, script: &str) -> String {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_image(image);
    let text = checkout().join("crates/seeding/tests/python").join(script);
    farm.write(script, std::fs::read_to_string(text).expect("a script"));
    farm.write(
        "experiments/sources.toml",
        format!(
            "version = 1\nseed = 42\ncommand = [\"{program}\", \"{script}\"]\nimage.build = \"{image}\"\n\
             resources = {{ cpus = 2 }}\noutputs = [{{ stream = \"stdout\" }}]\nsource = {{ include = [\"{script}\"] }}\n"
        ),
    );
    farm.git(&["add", "--all"]);
    let runs = repetitions();
    let found = distinct(&farm, "sources", runs);
    note(script, "run again", runs, found.len());
    assert_eq!(found.len(), 1, "{script} differs from run to run");
    farm.read("results/sources/stdout.log")
}

/// Each line is a source and a digest; the sources are those of the documentation.
fn check_sources(library: &str, image: &str, script: &str) {
    let printed = drawn(image, "python3", script);
    let names: BTreeSet<_> = printed
        .lines()
        .filter_map(|line| line.rsplit_once(' '))
        .map(|(name, _)| name.to_owned())
        .collect();
    assert_eq!(names, documented(library));
}

#[test]
fn image_torch_every_source_that_is_documented() {
    check_sources("PyTorch", "docker/torch", "torch_sources.py");
}

#[test]
fn image_tensorflow_every_source_that_is_documented() {
    check_sources("TensorFlow", "docker/tensorflow", "tensorflow_sources.py");
}

#[test]
fn image_jax_every_source_that_is_documented() {
    check_sources("JAX", "docker/jax", "jax_sources.py");
}

#[test]
fn image_boost_every_source_that_is_documented() {
    check_sources("XGBoost and LightGBM", "docker/boost", "boost_sources.py");
}

#[test]
fn image_r_forked_children_and_clusters() {
    assert!(drawn("docker/r", "Rscript", "sources.R").contains("PSOCK cluster"));
}
