//! The main job, shown: train in a sealed container, run again from the commit's hash, and tell same from different.

use std::path::PathBuf;
use std::process::Command;

use crate::engine::Engine;
use crate::prerequisites;
use crate::process::{TaskError, built, capture, command, must, root, say, words};

/// Builds resow, clones this repository into an empty folder, and runs its experiments there as a newcomer would.
///
/// # Errors
/// When something is missing, or when resow does not say what this demonstration promises.
pub(crate) fn demo() -> Result<(), TaskError> {
    prerequisites::ensure()?;
    let _engine = Engine::ensure()?;
    let farm = Farm::new()?;

    say("\n1. Train a small network on handwritten digits, in a sealed container.");
    say("   (The first time, its image is made from Debian packages and wheels: a minute or two.)");
    farm.expect(0, &["run", "digits", "--force"])?;

    let hash = capture(command("git", ["rev-parse", "HEAD"]).current_dir(&farm.clone))?;
    say(
        "\n2. Run it again from nothing but the commit's hash, and compare with what its author claimed.",
    );
    farm.expect(0, &["rerun", &format!("{hash}:digits")])?;

    say(
        "\n3. The same for an experiment whose threads race: the seed is set, and the result differs all the same.",
    );
    farm.expect(1, &["verify", "thread-race"])?;

    say("\nSame seed, same harvest; and where it is not, resow says so: exit code 1.");
    Ok(())
}

/// An empty folder with a clone of this repository, and the binary to use in it.
struct Farm {
    clone: PathBuf,
    resow: PathBuf,
    _folder: tempfile::TempDir,
}

impl Farm {
    fn new() -> Result<Self, TaskError> {
        let root = root();
        must(
            command("cargo", ["build", "--locked", "--quiet", "--bin", "resow"]).current_dir(&root),
        )?;
        let folder = tempfile::tempdir()?;
        let clone = folder.path().join("farm");
        must(command("git", ["clone", "--quiet"]).arg(&root).arg(&clone))?;
        Ok(Self {
            clone,
            resow: built(&root, "debug").join("resow"),
            _folder: folder,
        })
    }

    /// Runs resow and insists on its exit code.
    fn expect(&self, code: i32, arguments: &[&str]) -> Result<(), TaskError> {
        let mut resow = Command::new(&self.resow);
        resow.args(arguments).current_dir(&self.clone);
        let said = words(&resow);
        say(&format!("\n$ {said}"));
        let status = resow
            .status()
            .map_err(|error| TaskError::new(format!("cannot run `{said}`: {error}")))?;
        say(&format!("(exit code {})", status.code().unwrap_or(-1)));
        if status.code() == Some(code) {
            Ok(())
        } else {
            Err(TaskError::new(format!(
                "`{said}` should end with exit code {code}"
            )))
        }
    }
}
