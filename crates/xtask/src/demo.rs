//! The main job, shown: run in a sealed container, run again from the commit's hash, and tell same from different.

use std::path::PathBuf;
use std::process::Command;

use crate::engines::Engines;
use crate::prerequisites;
use crate::process::{TaskError, build_resow, capture, command, must, root, say, words};

/// Builds resow, clones this repository into an empty folder, and runs its experiments there as a newcomer would.
///
/// # Errors
/// When something is missing, or when resow does not say what this demonstration promises.
pub(crate) fn demo() -> Result<(), TaskError> {
    prerequisites::ensure()?;
    prerequisites::offer_bubblewrap()?;
    let resow = build_resow()?;
    let engines = Engines::one(&resow)?;
    let engine = chosen(&engines)?;
    let farm = Farm::new(resow, engine)?;

    say(&format!("\nThe engine is {}.", described(&farm.engine)));
    say(
        "\n1. Cluster handwritten digits by a script that is seeded as tutorials teach it, in a sealed container.",
    );
    say("   (The first time, its image is made from Debian packages and wheels: a minute or two.)");
    farm.expect(0, &["run", "clusters", "--force"])?;

    let hash = capture(command("git", ["rev-parse", "HEAD"]).current_dir(&farm.clone))?;
    let (fast, portable) = (
        format!("{hash}:clusters"),
        format!("{hash}:clusters-portable"),
    );
    say("\n2. Run it again from nothing but the commit's hash: the same.");
    farm.expect(0, &["rerun", &fast])?;

    say(
        "\n3. The same commit as on a teammate's machine, whose processor knows older instructions: other clusters.",
    );
    farm.expect(1, &["rerun", &fast, "--as-if", OLDER])?;

    say("\n4. The same script under the profile `portable`: what its author claimed, here...");
    farm.expect(0, &["rerun", &portable])?;

    say("\n5. ...and on the teammate's machine.");
    farm.expect(0, &["rerun", &portable, "--as-if", OLDER])?;

    say("\nSame seed, same harvest; and where it is not, resow says so: exit code 1.");
    Ok(())
}

/// What the teammate's processor knows: that of a laptop of 2010.
const OLDER: &str = "x86-64-v2";

/// The engine that the caller wants, else the one that resow would take.
fn chosen(engines: &Engines) -> Result<String, TaskError> {
    let names = engines.names();
    match std::env::var("RESOW_ENGINE") {
        Ok(wanted) if names.contains(&wanted.as_str()) => Ok(wanted),
        Ok(wanted) => Err(TaskError::new(format!(
            "`RESOW_ENGINE` is {wanted}, and this host has: {}",
            names.join(", ")
        ))),
        Err(_) => Ok(names[0].to_owned()),
    }
}

fn described(engine: &str) -> &str {
    match engine {
        "bubblewrap" => "bubblewrap: no daemon, and no need of root",
        "docker" => "Docker",
        other => other,
    }
}

/// An empty folder with a clone of this repository, and the binary to use in it.
struct Farm {
    clone: PathBuf,
    resow: PathBuf,
    engine: String,
    _folder: tempfile::TempDir,
}

impl Farm {
    fn new(resow: PathBuf, engine: String) -> Result<Self, TaskError> {
        let folder = tempfile::tempdir()?;
        let clone = folder.path().join("farm");
        // The checkout may be another user's; of git's settings, only files reach the git at the other end.
        let trusting = folder.path().join("gitconfig");
        std::fs::write(&trusting, "[safe]\n\tdirectory = *\n")?;
        let mut git = command("git", ["clone", "--quiet", "--no-local"]);
        git.arg(root()).arg(&clone);
        must(git.env("GIT_CONFIG_GLOBAL", trusting))?;
        Ok(Self {
            clone,
            resow,
            engine,
            _folder: folder,
        })
    }

    /// Runs resow and insists on its exit code.
    fn expect(&self, code: i32, arguments: &[&str]) -> Result<(), TaskError> {
        let mut resow = Command::new(&self.resow);
        resow.args(arguments).current_dir(&self.clone);
        resow.env("RESOW_ENGINE", &self.engine);
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
