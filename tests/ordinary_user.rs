//! An ordinary user who may use the engine, and is not the user that a container has: what a run makes can be read,
//! replaced and removed all the same.

mod environment;
#[path = "environment/other_user.rs"]
mod other_user;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use environment::engine::TestEngine;
use environment::{Environment, python_archive};
use other_user::{OtherUser, USER, everything_below};

const MANIFEST: &str = r#"version = 1
command = ["sh", "-c", "mkdir -m 700 -p out/deep; echo secret > out/deep/file; chmod 600 out/deep/file; echo x > other"]

[source]
include = ["source"]

[image]
build = "docker/python"

[[outputs]]
path = "out"
"#;

#[test]
fn root_only_a_run_of_another_user_is_read_and_removed() {
    let engine = TestEngine::of_this_run();
    let environment = Environment::new();
    let repository = environment.farm("farm");
    repository.write("source", "a file that enters\n");
    repository.write("experiments/private.toml", MANIFEST);
    repository.commit("an experiment whose files are for its user alone");
    let archive = environment.path().join("python.tar");
    if engine == TestEngine::Bubblewrap {
        fs::copy(python_archive(), &archive).expect("a copy of the image");
    }
    let user = OtherUser::of(engine, &environment);
    let farm = repository.path("");
    if engine == TestEngine::Bubblewrap {
        // What one user unpacked is no other's.
        user.expect(0, &farm, &["image", "load", &archive.to_string_lossy()]);
    }
    for _ in 0..2 {
        let transcript = user.expect(0, &farm, &["run", "private", "--force"]);
        assert!(transcript.stderr.contains("out/deep/file"), "{transcript}");
        assert!(!transcript.stderr.contains("warning"), "{transcript}");
    }
    let result = repository.path("results/private/out/deep/file");
    assert_eq!(fs::read_to_string(&result).expect("a copy"), "secret\n");
    assert_eq!(result.metadata().expect("a file").uid(), USER);
    assert_eq!(repository.left_in_engine(), "");
    let runs = fs::read_dir(repository.path(".resow/runs")).expect("readable");
    assert_eq!(runs.count(), 0, "nothing of the runs is left");

    for path in everything_below(environment.path()) {
        let owner = fs::symlink_metadata(&path).expect("there").uid();
        assert_eq!(owner, USER, "{}", path.display());
    }
    let mut remove = user.command(Path::new("rm"), environment.path());
    let removed = environment.run(remove.args(["-r", "farm"]));
    assert_eq!(removed.code, 0, "{removed}");
}
