//! Real trainings whose scripts set no seed: run again and again, with another seed, and on a host that is perturbed.
//!
//! A test's name says which image it needs, `image_torch`: `cargo xtask test` takes one of the large images at a time,
//! `cargo xtask test --all` takes all.

mod environment;
#[path = "environment/repetition.rs"]
mod repetition;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use environment::engine::TestEngine;
use environment::{Environment, Repository, checkout, copy_folder};
use repetition::{distinct, note, outputs, repetitions};

/// A repository with one of the project's experiments and its image's recipe, committed.
fn farm<'e>(environment: &'e Environment, name: &str, image: &str) -> Repository<'e> {
    let farm = environment.repository("farm");
    put(&farm, name, image);
    farm.commit("an experiment");
    farm
}

fn put(farm: &Repository<'_>, name: &str, image: &str) {
    farm.add_image(image);
    let folder = format!("experiments/{name}");
    copy_folder(&checkout().join(&folder), &farm.path(&folder));
    let manifest = format!("{folder}.toml");
    let text = std::fs::read_to_string(checkout().join(&manifest)).expect("a manifest");
    farm.write(&manifest, text);
    let claim = format!("{folder}.claim.toml");
    if let Ok(text) = std::fs::read_to_string(checkout().join(&claim)) {
        farm.write(&claim, text);
    }
}

/// Everything that is promised of an experiment under `portable`.
fn check(name: &str, image: &str) {
    let environment = Environment::new();
    let farm = farm(&environment, name, image);
    let runs = repetitions();
    // What its author claimed, on whichever machine that was.
    let verdict = farm.expect(0, &["verify", name]);
    let expected = format!("{name}: identical");
    assert!(verdict.stdout.contains(&expected), "{verdict}");
    note(name, "the committed claim", 1, 1);

    let found = distinct(&farm, name, runs);
    note(name, "run again", runs, found.len());
    assert_eq!(found.len(), 1, "{name} differs from run to run: {found:#?}");

    let other = outputs(&farm, name, &["--seed", "43"]);
    note(
        name,
        "another seed",
        1,
        usize::from(!found.contains(&other)),
    );
    assert!(
        !found.contains(&other),
        "{name} does not depend on the seed"
    );

    perturb(&environment, name, image, &found);
}

/// The same on a host that is loaded, elsewhere, and lies on another file system.
fn perturb(environment: &Environment, name: &str, image: &str, expected: &BTreeSet<String>) {
    let _load = Load::on_every_processor();
    let mut all = expected.clone();
    all.insert(Elsewhere::new(environment, name, image).outputs(name));
    let condition =
        "load, another file system, time zone, locale and host name, one processor for two";
    note(name, condition, 1, all.len());
    assert_eq!(all.len(), 1, "{name} differs with {condition}: {all:#?}");
}

/// Busy threads, until dropped.
struct Load {
    stop: Arc<AtomicBool>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Load {
    fn on_every_processor() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let count = thread::available_parallelism().map_or(2, usize::from);
        let threads = (0..count)
            .map(|_| {
                let stop = Arc::clone(&stop);
                thread::spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        std::hint::spin_loop();
                    }
                })
            })
            .collect();
        Self { stop, threads }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// The same experiment in a repository in memory, run by a resow that sees another host.
struct Elsewhere<'e> {
    farm: Repository<'e>,
    folder: PathBuf,
}

impl<'e> Elsewhere<'e> {
    fn new(environment: &'e Environment, name: &str, image: &str) -> Self {
        let own = environment.path().file_name().expect("a folder's name");
        let folder = Path::new("/dev/shm").join(own);
        std::fs::create_dir_all(&folder).expect("a folder in memory");
        let farm = environment.repository("unused").at(&folder);
        farm.git(&["init", "--quiet", "--initial-branch=main"]);
        put(&farm, name, image);
        farm.commit("an experiment");
        Self { farm, folder }
    }

    fn outputs(&self, name: &str) -> String {
        let plain = self.farm.resow_command(&["--json", "run", name, "--force"]);
        let mut words = Vec::new();
        // Only root may call the host otherwise, in a namespace of its own.
        if rustix::process::geteuid().is_root() {
            words.extend([
                "unshare",
                "--uts",
                "sh",
                "-c",
                "hostname elsewhere; exec \"$@\"",
                "sh",
            ]);
        }
        if self.fits_one_processor(name) {
            words.extend(["taskset", "--cpu-list", "1"]);
        }
        words.push("env");
        let mut command = self.farm.wrapped(&words, &plain);
        command
            .env("TZ", "Asia/Kathmandu")
            .env("LANG", "C")
            .env("LC_ALL", "C")
            .env("HOSTNAME", "elsewhere");
        let output = command.output().expect("resow starts");
        let text = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}{errors}");
        let run: serde_json::Value = serde_json::from_str(&text).expect("one object");
        run["outputs"].to_string()
    }

    /// An experiment with a larger CPU set needs a host that has it; Docker's is the daemon's to see.
    fn fits_one_processor(&self, name: &str) -> bool {
        let manifest = self.farm.read(&format!("experiments/{name}.toml"));
        manifest.contains("cpus = 1") && TestEngine::of_this_run() == TestEngine::Bubblewrap
    }
}

impl Drop for Elsewhere<'_> {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn a_forest_and_clusters() {
    check("forest", "docker/python");
}

#[test]
fn a_cross_validation_by_workers() {
    check("folds", "docker/python");
}

#[test]
fn pools_of_processes() {
    check("pools", "docker/python");
}

#[test]
fn processes_and_threads_for_each_task() {
    check("processes", "docker/python");
}

#[test]
fn image_torch_convolutions_with_loader_workers() {
    check("torch-cnn", "docker/torch");
}

#[test]
fn image_torch_two_ranks_on_one_node() {
    check("torch-ranks", "docker/torch");
}

#[test]
fn image_tensorflow_convolutions() {
    check("tensorflow-cnn", "docker/tensorflow");
}

#[test]
fn image_jax_a_network() {
    check("jax-mlp", "docker/jax");
}

#[test]
fn image_boost_trees() {
    check("boost-trees", "docker/boost");
}

#[test]
fn image_r_a_forest_and_a_network() {
    check("r-forest", "docker/r");
}

#[test]
fn image_tensorflow_goes_with_scikit_learn() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_image("docker/tensorflow");
    farm.write(
        "script.py",
        "import tensorflow\nfrom sklearn.datasets import load_iris\n\
         from sklearn.ensemble import RandomForestClassifier\n\n\
         features, classes = load_iris(return_X_y=True)\n\
         print(RandomForestClassifier(n_estimators=3).fit(features, classes).score(features, classes))\n",
    );
    farm.write(
        "experiments/script.toml",
        "version = 1\ncommand = [\"python3\", \"script.py\"]\nimage.build = \"docker/tensorflow\"\n\
         outputs = [{ stream = \"stdout\" }]\n",
    );
    farm.git(&["add", "--all"]);
    farm.expect(0, &["run", "script"]);
}
