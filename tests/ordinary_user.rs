//! An ordinary user who may use the engine, and is not the user that a container has: what a run makes can be read,
//! replaced and removed all the same.

mod environment;

use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;

use environment::Environment;

const USER: u32 = 12_345;

const MANIFEST: &str = r#"version = 1
command = ["sh", "-c", "mkdir -m 700 -p out/deep; echo secret > out/deep/file; chmod 600 out/deep/file; echo x > other"]

[source]
include = ["source"]

[image]
build = "docker/python"

[[outputs]]
path = "out"
"#;

fn give_to_user(path: &Path) {
    chown(path, Some(USER), Some(USER)).expect("this test is run by root");
    if path.is_dir() && !path.is_symlink() {
        for entry in std::fs::read_dir(path).expect("readable") {
            give_to_user(&entry.expect("readable").path());
        }
    }
}

#[test]
fn a_run_of_another_user_is_read_and_removed() {
    let environment = Environment::new();
    let repository = environment.farm("farm");
    repository.write("source", "a file that enters\n");
    repository.write("experiments/private.toml", MANIFEST);
    repository.commit("an experiment whose files are for its user alone");
    give_to_user(environment.path());

    let engine = Path::new("/var/run/docker.sock")
        .metadata()
        .expect("an engine");
    let resow = |arguments: &[&str]| {
        // The binary may lie where only root can enter: it is found through the working directory of this test.
        let binary = environment.path().join("resow");
        if !binary.exists() {
            std::fs::copy(env!("CARGO_BIN_EXE_resow"), &binary).expect("a copy of the binary");
        }
        environment.run(
            environment
                .command("setpriv", &repository.path(""))
                .args(["--reuid", &USER.to_string(), "--regid", &USER.to_string()])
                .args(["--groups", &engine.gid().to_string(), "--"])
                .arg(&binary)
                .args(arguments),
        )
    };
    for _ in 0..2 {
        let transcript = resow(&["run", "private", "--force"]);
        assert_eq!(transcript.code, 0, "{transcript}");
        assert!(transcript.stderr.contains("out/deep/file"), "{transcript}");
        assert!(!transcript.stderr.contains("warning"), "{transcript}");
    }
    let result = repository.path("results/private/out/deep/file");
    assert_eq!(
        std::fs::read_to_string(&result).expect("a copy"),
        "secret\n"
    );
    assert_eq!(result.metadata().expect("a file").uid(), USER);
    let runs = std::fs::read_dir(repository.path(".resow/runs")).expect("readable");
    assert_eq!(runs.count(), 0, "nothing of the runs is left");
}
