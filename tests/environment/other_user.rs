//! An ordinary user beside root, with a home, unpacked images and a copy of the binary of its own.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::environment::engine::TestEngine;
use crate::environment::{Environment, Transcript};

/// Neither the user of a container nor any that the host knows.
pub(crate) const USER: u32 = 12_345;

/// The user. All that is in the environment when it is made is its own.
pub(crate) struct OtherUser<'environment> {
    environment: &'environment Environment,
    binary: PathBuf,
    group: u32,
}

impl<'environment> OtherUser<'environment> {
    /// A user who may use the engine: one of Docker's group, or just anyone.
    pub(crate) fn of(engine: TestEngine, environment: &'environment Environment) -> Self {
        // The binary may lie where only root can enter.
        let binary = environment.path().join("resow");
        fs::copy(env!("CARGO_BIN_EXE_resow"), &binary).expect("a copy of the binary");
        let user = Self {
            environment,
            binary,
            group: match engine {
                TestEngine::Bubblewrap => USER,
                TestEngine::Docker => {
                    let socket = fs::metadata("/var/run/docker.sock");
                    socket.expect("an engine").gid()
                }
            },
        };
        give_to_user(environment.path());
        user
    }

    /// Where its images are unpacked.
    pub(crate) fn cache(&self) -> PathBuf {
        self.environment.path().join("cache")
    }

    /// A command of this user, who has no group but its own and the engine's.
    pub(crate) fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = self.environment.command("setpriv", folder);
        command
            .args(["--reuid", &USER.to_string(), "--regid", &USER.to_string()])
            .args(["--groups", &self.group.to_string(), "--"])
            .arg(program)
            .env("RESOW_CACHE", self.cache());
        command
    }

    /// Runs `resow` in a folder, to its end.
    pub(crate) fn resow(&self, folder: &Path, arguments: &[&str]) -> Transcript {
        let mut command = self.command(&self.binary, folder);
        self.environment.run(command.args(arguments))
    }

    /// Runs `resow` and insists on its exit code.
    pub(crate) fn expect(&self, code: i32, folder: &Path, arguments: &[&str]) -> Transcript {
        let transcript = self.resow(folder, arguments);
        assert_eq!(transcript.code, code, "resow {arguments:?}\n{transcript}");
        transcript
    }
}

/// Makes everything below a path the user's own.
pub(crate) fn give_to_user(path: &Path) {
    chown(path, Some(USER), Some(USER)).expect("this test is run by root");
    if path.is_dir() && !path.is_symlink() {
        for entry in fs::read_dir(path).expect("readable") {
            give_to_user(&entry.expect("readable").path());
        }
    }
}

/// Every file and folder below a path, itself included, none followed.
pub(crate) fn everything_below(path: &Path) -> Vec<PathBuf> {
    let mut found = vec![path.to_owned()];
    if fs::symlink_metadata(path).expect("there").is_dir() {
        for entry in fs::read_dir(path).expect("readable") {
            found.extend(everything_below(&entry.expect("readable").path()));
        }
    }
    found
}
