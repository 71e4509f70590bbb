//! Whether bubblewrap can work on this host: found by trying, with a reason where it cannot.

use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::bubblewrap::namespace_setting::NamespaceSetting;
use crate::capability::program;
use crate::capability::trial::{PATIENCE, TrialError, attempt};
use crate::container_user::CONTAINER_USER;

/// The program's name.
const NAME: &str = "bwrap";

/// The oldest version that has all options that resow needs: `--disable-userns` came with 0.8.0, and `--size`, `--perms`
/// and `--add-seccomp-fd` before it.
const OLDEST: (u32, u32) = (0, 8);

/// A `bwrap` that is installed. Whether it can work is what [`probe`] finds out.
#[derive(Debug)]
pub struct BubblewrapProgram {
    path: PathBuf,
    version: OnceLock<String>,
}

/// Why bubblewrap cannot be used here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// There is no such program.
    #[error("bubblewrap is not installed: no folder of `PATH` has a `{NAME}`")]
    NotInstalled,
    /// It lacks options that resow needs.
    #[error("`{}` is bubblewrap {found}; resow needs 0.8 or later", path.display())]
    TooOld {
        /// The program.
        path: PathBuf,
        /// Its version.
        found: String,
    },
    /// It has the privileges of root, and so refuses to forbid more user namespaces inside.
    #[error("`{}` is installed set-user-ID, and then cannot seal a run", path.display())]
    SetUserId {
        /// The program.
        path: PathBuf,
    },
    /// The kernel gives no user namespace.
    #[error("user namespaces are off: {setting}")]
    UserNamespacesOff {
        /// What turns them off.
        setting: NamespaceSetting,
    },
    /// A container around resow hides parts of `/proc`, and the kernel then mounts no new one.
    #[error("the container around resow hides parts of `/proc`, so that no new one can be mounted")]
    ProcMasked,
    /// resow runs as root of a user namespace that lacks the user whom runs belong to.
    #[error("resow is root in a user namespace that has no user {CONTAINER_USER}")]
    UserMissing,
    /// Something else; what it said.
    #[error("bubblewrap does not work: {said}")]
    Other {
        /// What it said.
        said: String,
    },
}

impl Unavailable {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::NotInstalled => {
                "install the package `bubblewrap`, or start a Docker engine".to_owned()
            }
            Self::TooOld { .. } => {
                "install a newer one and put it first in `PATH`, or use a Docker engine".to_owned()
            }
            Self::SetUserId { path } => format!(
                "`sudo chmod u-s {}` where user namespaces are on; else use a Docker engine",
                path.display()
            ),
            Self::UserNamespacesOff { setting } => setting.hint(),
            Self::ProcMasked => {
                "start the container around it with `--security-opt systempaths=unconfined` (Docker) or \
                 `--security-opt unmask=ALL` (Podman), or use a Docker engine"
                    .to_owned()
            }
            Self::UserMissing => format!(
                "map user and group {CONTAINER_USER} into the namespace, or start resow as an ordinary user"
            ),
            Self::Other { .. } => "use a Docker engine, or another host".to_owned(),
        }
    }

    /// The command that changes the setting which is in the way, where one command does.
    pub fn remedy(&self) -> Option<String> {
        match self {
            Self::UserNamespacesOff { setting } => setting.command(),
            _ => None,
        }
    }
}

impl BubblewrapProgram {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its version, as it gives it: `0.8.0`. Asked once.
    ///
    /// # Errors
    /// When it cannot be started, gives none, or is too old.
    pub fn version(&self) -> Result<&str, Unavailable> {
        if let Some(known) = self.version.get() {
            return Ok(known);
        }
        let version = ask_version(&self.path)?;
        if !is_new_enough(&version) {
            return Err(Unavailable::TooOld {
                path: self.path.clone(),
                found: version,
            });
        }
        Ok(self.version.get_or_init(|| version))
    }
}

/// Finds `bwrap` in the absolute folders of the search path (as `PATH` has them). Starts nothing: which version it is is
/// asked when somebody wants to know.
///
/// # Errors
/// When it is not there.
pub fn find(search_path: Option<&OsStr>) -> Result<BubblewrapProgram, Unavailable> {
    let path = program::find(NAME, search_path).ok_or(Unavailable::NotInstalled)?;
    Ok(BubblewrapProgram {
        path,
        version: OnceLock::new(),
    })
}

/// Runs a program that does nothing, in all namespaces and as the user that runs would have: where this is root, user
/// 1000. It has five seconds.
///
/// # Errors
/// When it does not run: why, as far as the host's settings tell.
pub fn probe(program: &BubblewrapProgram) -> Result<(), Unavailable> {
    program.version()?;
    let mut command = Command::new(program.path());
    command.args([
        "--unshare-all",
        "--unshare-user",
        "--disable-userns",
        "--die-with-parent",
        "--new-session",
    ]);
    command.args(["--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"]);
    command.args([
        "--perms", "1777", "--size", "1048576", "--tmpfs", "/dev/shm",
    ]);
    command.args(["--chdir", "/", "--"]);
    // Of all programs this one is certain to be there.
    command.arg(program.path()).arg("--version");
    if rustix::process::geteuid().is_root() {
        command.uid(CONTAINER_USER).gid(CONTAINER_USER);
    }
    match attempt(command.current_dir("/"), PATIENCE) {
        Ok(finished) if finished.status.success() => Ok(()),
        Ok(finished) => Err(why(program.path(), &finished.complaint())),
        // The user is set before the program is started, and the kernel knows no such user here.
        Err(TrialError::Start(error)) if error.kind() == io::ErrorKind::InvalidInput => {
            Err(Unavailable::UserMissing)
        }
        Err(error) => Err(Unavailable::Other {
            said: error.to_string(),
        }),
    }
}

/// Why it failed: what it said counts where that is unmistakable, else what the host's settings are.
fn why(path: &Path, said: &str) -> Unavailable {
    if said.contains("mount proc on") {
        return Unavailable::ProcMasked;
    }
    if is_set_user_id(path) {
        return Unavailable::SetUserId {
            path: path.to_owned(),
        };
    }
    match NamespaceSetting::in_the_way(Path::new("/proc"), said) {
        Some(setting) => Unavailable::UserNamespacesOff { setting },
        None => Unavailable::Other {
            said: said.strip_prefix("bwrap: ").unwrap_or(said).to_owned(),
        },
    }
}

fn is_set_user_id(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o4000 != 0)
}

fn ask_version(path: &Path) -> Result<String, Unavailable> {
    let other = |said: &dyn fmt::Display| Unavailable::Other {
        said: said.to_string(),
    };
    let said =
        attempt(Command::new(path).arg("--version"), PATIENCE).map_err(|error| other(&error))?;
    if !said.status.success() {
        return Err(other(&said.complaint()));
    }
    program::version_in(&said.output).ok_or_else(|| other(&"it gives no version"))
}

fn is_new_enough(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap_or(0)
    });
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= OLDEST
}

#[cfg(test)]
mod tests {
    use std::env;

    use super::*;
    use crate::test_program;

    fn fake(script: &str) -> (tempfile::TempDir, BubblewrapProgram) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(NAME);
        test_program::write(&path, format!("#!/bin/sh\n{script}\n").as_bytes());
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("changed");
        let program = find(Some(folder.path().as_os_str())).expect("it is there");
        (folder, program)
    }

    #[test]
    fn a_host_without_it_says_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let found = find(Some(folder.path().as_os_str()));
        assert_eq!(found.expect_err("none"), Unavailable::NotInstalled);
        assert_eq!(find(None).expect_err("none"), Unavailable::NotInstalled);
    }

    #[test]
    fn one_that_is_too_old_says_so() {
        let (_folder, program) = fake("echo bubblewrap 0.6.3");
        let reason = probe(&program).expect_err("too old");
        assert!(
            reason
                .to_string()
                .ends_with("is bubblewrap 0.6.3; resow needs 0.8 or later")
        );
        assert!(matches!(reason, Unavailable::TooOld { .. }), "{reason:?}");
    }

    #[test]
    fn versions_are_numbers() {
        for (version, is_enough) in [
            ("0.8.0", true),
            ("0.11.1", true),
            ("0.8.0-rc1", true),
            ("1.0", true),
            ("0.7.0", false),
            ("0.4.1", false),
            ("0", false),
        ] {
            assert_eq!(is_new_enough(version), is_enough, "{version}");
        }
    }

    #[test]
    fn what_it_says_is_told_and_nothing_is_waited_for() {
        let (_folder, program) = fake(
            "[ \"$1\" = --version ] && echo bubblewrap 0.9.0 || { echo bwrap: no way >&2; exit 1; }",
        );
        let reason = probe(&program).expect_err("it fails");
        let Unavailable::Other { said } = reason else {
            panic!("{reason:?}");
        };
        assert_eq!(said, "no way");
        let (_folder, program) = fake("echo nothing");
        assert!(matches!(program.version(), Err(Unavailable::Other { .. })));
    }

    #[test]
    fn a_masked_proc_is_known_by_what_it_says() {
        let said = "bwrap: Can't mount proc on /newroot/proc: Operation not permitted";
        assert_eq!(why(Path::new("/nowhere"), said), Unavailable::ProcMasked);
    }

    #[test]
    fn where_it_works_it_runs_in_all_namespaces() {
        let Ok(program) = find(env::var_os("PATH").as_deref()) else {
            // The end to end tests insist on the engine that they are told to use.
            return;
        };
        assert!(program.version().is_ok());
        if let Err(reason) = probe(&program) {
            assert!(!matches!(reason, Unavailable::NotInstalled), "{reason}");
            assert!(!reason.hint().is_empty());
        }
    }
}
