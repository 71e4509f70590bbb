//! The namespaces that a run is sealed with, each made for real in a process that ends at once.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use super::program;
use super::trial::{PATIENCE, attempt};
use crate::container_user::CONTAINER_USER;

/// What was tried, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespaces {
    /// Each kind, in the order in which they build on each other.
    pub trials: Vec<(NamespaceKind, Trial)>,
}

/// A kind of namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamespaceKind {
    /// Users: what all others need where this is not root.
    User,
    /// Processes.
    Process,
    /// The network.
    Network,
    /// Mounts.
    Mount,
    /// An overlay mounted in a namespace of users and mounts.
    Overlay,
}

/// What came of a trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trial {
    /// It works.
    Works,
    /// It was refused; what was said.
    Refused(String),
    /// It could not be tried; why.
    Untried(String),
}

impl NamespaceKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [
        Self::User,
        Self::Process,
        Self::Network,
        Self::Mount,
        Self::Overlay,
    ];

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Process => "process",
            Self::Network => "network",
            Self::Mount => "mount",
            Self::Overlay => "overlay mount",
        }
    }

    /// What it is called by programs.
    pub const fn identifier(self) -> &'static str {
        match self {
            Self::Overlay => "overlay",
            other => other.name(),
        }
    }

    /// What `unshare` is asked for besides a user namespace.
    const fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::User => &[],
            Self::Process => &["--pid", "--fork"],
            Self::Network => &["--net"],
            Self::Mount | Self::Overlay => &["--mount"],
        }
    }

    /// What the shell does inside.
    const fn script(self) -> &'static str {
        match self {
            // On a file system of its own, which is gone with the namespace.
            Self::Overlay => {
                "mount -t tmpfs resow /tmp && mkdir /tmp/lower /tmp/upper /tmp/work /tmp/merged && \
                 mount -t overlay -o lowerdir=/tmp/lower,upperdir=/tmp/upper,workdir=/tmp/work,userxattr resow \
                 /tmp/merged"
            }
            _ => ":",
        }
    }
}

impl Namespaces {
    /// Tries each kind as an ordinary user: as root, as the user whom runs belong to.
    pub(super) fn probe(search_path: Option<&OsStr>) -> Self {
        let programs = ["unshare", "sh"].map(|name| program::find(name, search_path));
        let [Some(unshare), Some(shell)] = programs else {
            let untried = Trial::Untried("`unshare` is not installed".to_owned());
            let trials = NamespaceKind::ALL.map(|kind| (kind, untried.clone()));
            return Self {
                trials: trials.to_vec(),
            };
        };
        let mut trials: Vec<(NamespaceKind, Trial)> = Vec::new();
        for kind in NamespaceKind::ALL {
            let trial = match trials.first() {
                None | Some((_, Trial::Works)) => probe_kind(kind, &unshare, &shell),
                // The others are made in one of these.
                Some(_) => Trial::Untried("there is no user namespace".to_owned()),
            };
            trials.push((kind, trial));
        }
        Self { trials }
    }

    /// The kinds that do not work, each with what was said.
    pub fn refused(&self) -> impl Iterator<Item = (NamespaceKind, &str)> {
        self.trials.iter().filter_map(|(kind, trial)| match trial {
            Trial::Works => None,
            Trial::Refused(said) | Trial::Untried(said) => Some((*kind, said.as_str())),
        })
    }
}

fn probe_kind(kind: NamespaceKind, unshare: &PathBuf, shell: &PathBuf) -> Trial {
    let mut command = Command::new(unshare);
    command
        .args(["--user", "--map-root-user"])
        .args(kind.arguments())
        .arg(shell)
        .args(["-c", kind.script()])
        .current_dir("/");
    if rustix::process::geteuid().is_root() {
        command.uid(CONTAINER_USER).gid(CONTAINER_USER);
    }
    match attempt(&mut command, PATIENCE) {
        Ok(finished) if finished.status.success() => Trial::Works,
        Ok(finished) => {
            let said = finished.complaint();
            Trial::Refused(said.strip_prefix("unshare: ").unwrap_or(&said).to_owned())
        }
        Err(error) => Trial::Untried(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_program_nothing_is_claimed() {
        let namespaces = Namespaces::probe(None);
        assert_eq!(namespaces.trials.len(), NamespaceKind::ALL.len());
        assert!(
            namespaces
                .trials
                .iter()
                .all(|(_, trial)| matches!(trial, Trial::Untried(_)))
        );
    }

    #[test]
    fn each_kind_is_tried_and_no_mount_is_left() {
        let mounts = || std::fs::read_to_string("/proc/self/mountinfo").expect("mounts");
        let namespaces = Namespaces::probe(Some(OsStr::new("/usr/bin:/bin")));
        assert_eq!(namespaces.trials.len(), NamespaceKind::ALL.len());
        assert!(!mounts().contains("/tmp/merged"));
        for (kind, said) in namespaces.refused() {
            assert!(!said.is_empty(), "{kind:?}");
        }
    }
}
