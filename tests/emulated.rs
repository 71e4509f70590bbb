//! The profile `portable` on another processor: emulated, with AVX2 and without AVX-512.

mod environment;
#[path = "environment/repetition.rs"]
mod repetition;

use std::fs;
use std::path::Path;

use environment::{Environment, Repository, checkout, copy_folder};
use repetition::{note, outputs};

/// Debian's `qemu-user-static` has it; `cargo xtask test` installs it.
const EMULATOR: &str = "/usr/bin/qemu-x86_64-static";

/// The processor: Intel's of 2013, with AVX2 and FMA and nothing wider.
const PROCESSOR: &str = "Haswell";

/// Declares `name` as it is, and as `NAME-emulated` with its program started by the emulator.
fn declare(farm: &Repository<'_>, name: &str, folder: &str) {
    let manifest = fs::read_to_string(checkout().join(format!("experiments/{name}.toml")))
        .expect("a manifest");
    copy_folder(
        &checkout().join("experiments").join(folder),
        &farm.path(&format!("experiments/{folder}")),
    );
    farm.write(&format!("experiments/{name}.toml"), &manifest);
    let program = "\"python3\", ";
    assert_eq!(manifest.matches(program).count(), 1, "{manifest}");
    let emulated = manifest
        .replace(
            program,
            &format!("\"./emulator\", \"-cpu\", \"{PROCESSOR}\", \"/usr/bin/python3.11\", "),
        )
        .replace("include = [", "include = [\"emulator\", ");
    farm.write(&format!("experiments/{name}-emulated.toml"), emulated);
}

/// The same bits on this processor and on the emulated one.
fn check(name: &str, folder: &str) {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_python_image();
    assert!(
        Path::new(EMULATOR).exists(),
        "`{EMULATOR}` is missing: install qemu-user-static"
    );
    fs::copy(EMULATOR, farm.path("emulator")).expect("the emulator");
    declare(&farm, name, folder);
    farm.commit("an experiment");
    let here = outputs(&farm, name, &[]);
    let emulated = format!("{name}-emulated");
    let there = outputs(&farm, &emulated, &[]);
    note(
        name,
        "an emulated processor with AVX2 alone",
        2,
        if here == there { 1 } else { 2 },
    );
    assert_eq!(here, there);
}

/// What NumPy finds of the processor.
const FEATURES: &str = "import numpy\nfound = numpy._core._multiarray_umath.__cpu_features__\n\
                        print(found[\"AVX2\"], found[\"AVX512F\"])\n";

#[test]
fn bubblewrap_only_emulator_the_emulated_processor_is_another() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_python_image();
    fs::copy(EMULATOR, farm.path("emulator")).expect("the emulator");
    farm.write("features.py", FEATURES);
    let program = [
        "./emulator",
        "-cpu",
        PROCESSOR,
        "/usr/bin/python3.11",
        "features.py",
    ];
    farm.declare(
        "features",
        &program,
        "outputs = [{ stream = \"stdout\" }]\n",
    );
    let run = farm.expect(0, &["run", "features"]);
    assert_eq!(run.stdout, "True False\n", "{run}");
    // The emulator is linked statically; the layer is in what it emulates.
    let report = farm.json(0, &["run", "features", "--force"])["seeding"].clone();
    let libraries = report["libraries"].as_array().expect("a list");
    assert!(
        libraries.iter().any(|it| it["name"] == "python"),
        "{report}"
    );
}

#[test]
fn bubblewrap_only_emulator_a_network_by_scikit_learn_and_numpy() {
    check("digits", "digits");
}

#[test]
fn bubblewrap_only_emulator_clusters_after_whitening() {
    check("clusters-portable", "clusters");
}
