//! A folder with the libraries, a file of events and one of occurrences; programs that are started under them.

use resow_seeding::libraries;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

pub(crate) const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
pub(crate) const OTHER_KEY: &str =
    "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

pub(crate) struct Layer {
    folder: TempDir,
}

impl Layer {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        fs::write(folder.path().join("entropy.so"), libraries::ENTROPY).expect("entropy.so");
        fs::write(folder.path().join("clock.so"), libraries::CLOCK).expect("clock.so");
        let layer = Self { folder };
        layer.forget();
        layer
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// As before the first process of a run.
    pub(crate) fn forget(&self) {
        fs::write(self.path("events"), "").expect("events");
        fs::write(self.path("occurrences"), vec![0; 65536]).expect("occurrences");
    }

    /// A command under a key, with nothing of the caller's but `PATH`.
    pub(crate) fn command(&self, key: &str, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LD_PRELOAD", self.path("entropy.so"))
            .env("RESOW_EVENTS", self.path("events"))
            .env("RESOW_OCCURRENCES", self.path("occurrences"))
            .env("RESOW_ENTROPY", key);
        command
    }

    /// What a program prints as the first process of a run; it must succeed.
    pub(crate) fn first(&self, key: &str, program: impl AsRef<Path>, arguments: &[&str]) -> String {
        self.forget();
        printed(self.command(key, program).args(arguments))
    }

    /// As `first`, of a script of the shell.
    pub(crate) fn shell(&self, script: &str) -> String {
        self.first(KEY, "/bin/sh", &["-c", script])
    }

    /// Asserts that a program prints the same in each of three runs, and something else under another key.
    pub(crate) fn assert_seeded(&self, program: impl AsRef<Path>, arguments: &[&str]) -> String {
        let printed = self.first(KEY, &program, arguments);
        for _ in 0..2 {
            assert_eq!(self.first(KEY, &program, arguments), printed);
        }
        assert_ne!(self.first(OTHER_KEY, &program, arguments), printed);
        printed
    }

    /// Compiles a program of the folder `programs`.
    pub(crate) fn compile(&self, compiler: &str, source: &str, options: &[&str]) -> PathBuf {
        let program = self.path(&format!("{compiler}-{source}{}", options.concat()));
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/entropy/programs");
        let mut command = Command::new(compiler);
        command
            .args(["-O1", "-w", "-pthread", "-o"])
            .arg(&program)
            .arg(sources.join(source));
        printed(command.args(options));
        program
    }

    pub(crate) fn events(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.path("events")).expect("events");
        text.lines()
            .map(|line| serde_json::from_str(line).expect("a line of JSON"))
            .collect()
    }

    /// The events of one kind.
    pub(crate) fn events_of(&self, kind: &str) -> Vec<Value> {
        self.events()
            .into_iter()
            .filter(|event| event["kind"] == kind)
            .collect()
    }
}

/// What a command prints; it must succeed and say nothing on its standard error.
pub(crate) fn printed(command: &mut Command) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("a program that starts");
    let told = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{command:?}: {status}: {told}");
    assert_eq!(told, "", "{command:?}");
    String::from_utf8(stdout).expect("text")
}

/// Whether a program is on this machine.
pub(crate) fn exists(program: &str) -> bool {
    ["/usr/local/bin", "/usr/bin", "/bin"]
        .iter()
        .any(|folder| Path::new(folder).join(program).exists())
}
