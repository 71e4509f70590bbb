//! Commands that a task runs, shown before they run, and the one kind of error a task has.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};

/// Why a task stopped, in words for the person who called it.
#[derive(Debug)]
pub(crate) struct TaskError(String);

impl TaskError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// Several failures as one, a line each; `None` where there is none.
    pub(crate) fn of_all(failures: impl IntoIterator<Item = Self>) -> Option<Self> {
        let lines: Vec<_> = failures.into_iter().map(|failure| failure.0).collect();
        (!lines.is_empty()).then(|| Self(lines.join("\n")))
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<std::io::Error> for TaskError {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

/// Prints a line to the standard error, where a task speaks.
#[expect(clippy::print_stderr, reason = "a task's words go to the terminal")]
pub(crate) fn say(line: &str) {
    eprintln!("{line}");
}

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// The folder where cargo puts what it builds with a profile: below the target folder of the environment, where that
/// names one, as cargo reads it when it is called in the root.
pub(crate) fn built(root: &Path, profile: &str) -> PathBuf {
    target_folder(root, std::env::var_os("CARGO_TARGET_DIR")).join(profile)
}

/// Builds resow and returns its path.
///
/// # Errors
/// When it cannot be built.
pub(crate) fn build_resow() -> Result<PathBuf, TaskError> {
    let root = root();
    // With the features that tests of the workspace have, so that nothing is compiled twice.
    let options = "build --locked --quiet --workspace --bin resow";
    must(command("cargo", options.split(' ')).current_dir(&root))?;
    Ok(built(&root, "debug").join("resow"))
}

fn target_folder(root: &Path, named: Option<OsString>) -> PathBuf {
    let named = named.filter(|named| !named.is_empty());
    root.join(named.map_or_else(|| PathBuf::from("target"), PathBuf::from))
}

/// A command, as words.
pub(crate) fn command<I, S>(program: &str, arguments: I) -> Command
where
    I: IntoIterator<Item = S>,
    S: AsRef<OsStr>,
{
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// The command as one would type it.
pub(crate) fn words(command: &Command) -> String {
    let mut words = vec![
        Path::new(command.get_program())
            .file_name()
            .unwrap_or(command.get_program())
            .to_string_lossy()
            .into_owned(),
    ];
    words.extend(
        command
            .get_args()
            .map(|word| word.to_string_lossy().into_owned()),
    );
    words.join(" ")
}

/// Runs a command with the terminal as its own.
///
/// # Errors
/// When it cannot be started.
pub(crate) fn status(command: &mut Command) -> Result<ExitStatus, TaskError> {
    say(&format!("$ {}", words(command)));
    command
        .status()
        .map_err(|error| TaskError::new(format!("cannot run `{}`: {error}", words(command))))
}

/// Runs a command that must succeed.
///
/// # Errors
/// When it cannot be started or fails.
pub(crate) fn must(command: &mut Command) -> Result<(), TaskError> {
    let status = status(command)?;
    if status.success() {
        Ok(())
    } else {
        Err(TaskError::new(format!(
            "`{}` failed: {status}",
            words(command)
        )))
    }
}

/// Runs a command quietly and returns what it printed.
///
/// # Errors
/// When it cannot be started or fails.
pub(crate) fn capture(command: &mut Command) -> Result<String, TaskError> {
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .output()
        .map_err(|error| TaskError::new(format!("cannot run `{}`: {error}", words(command))))?;
    if status.success() {
        Ok(String::from_utf8_lossy(&stdout).trim_end().to_owned())
    } else {
        Err(TaskError::new(format!(
            "`{}` failed: {status}\n{}",
            words(command),
            String::from_utf8_lossy(&stderr)
        )))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::target_folder;

    #[test]
    fn the_target_folder_is_where_cargo_puts_it() {
        for (named, expected) in [
            (None, "/farm/target"),
            (Some(""), "/farm/target"),
            (Some("built"), "/farm/built"),
            (Some("/elsewhere"), "/elsewhere"),
        ] {
            let found = target_folder(Path::new("/farm"), named.map(Into::into));
            assert_eq!(found, Path::new(expected));
        }
    }
}
