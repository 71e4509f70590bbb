//! What could run containers here: Docker, Podman, bubblewrap.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Instant;

use nix::unistd::{Gid, Group, Uid, User};

use super::program::{self, Program};
use super::trial::Pending;
use super::{Probed, Surroundings};
use crate::bubblewrap::availability::{self, Unavailable};
use crate::docker::Docker;
use crate::engine::{Engine, EngineError, EngineInformation};

/// The engines of a host.
#[derive(Debug)]
pub struct Engines {
    /// What is at the Docker engine's address.
    pub docker: Probed<DockerState>,
    /// Podman, which answers Docker's API where its socket is on.
    pub podman: Probed<PodmanState>,
    /// bubblewrap: where it is and which version, or why it cannot work.
    pub bubblewrap: Probed<Result<BubblewrapFacts, Unavailable>>,
}

/// What is at the Docker engine's address.
#[derive(Debug)]
pub enum DockerState {
    /// An engine answers.
    Answers(DockerFacts),
    /// None does.
    Silent {
        /// The address that was tried; empty where it cannot be read.
        address: String,
        /// Why not.
        reason: DockerSilence,
    },
}

/// An engine that answers.
#[derive(Debug)]
pub struct DockerFacts {
    /// Where it listens.
    pub address: String,
    /// What it says about itself.
    pub information: EngineInformation,
    /// The memory of its host, in bytes.
    pub memory: u64,
    /// The limits that resow needs and it cannot set.
    pub missing_limits: Vec<&'static str>,
}

/// Why no Docker engine answers.
#[derive(Debug, thiserror::Error)]
pub enum DockerSilence {
    /// Neither a socket nor a program.
    #[error("it is not installed")]
    NotInstalled,
    /// The program is there and no daemon listens.
    #[error("its daemon is not running")]
    NotRunning,
    /// The socket is not for this user.
    #[error("user `{user}` may not use its socket")]
    PermissionDenied {
        /// Who may not.
        user: String,
        /// The group that may, where the socket has one.
        group: Option<String>,
    },
    /// Something else.
    #[error("{0}")]
    Other(#[from] EngineError),
}

impl DockerSilence {
    /// The command that lets it answer, where one command does.
    pub fn remedy(&self) -> Option<String> {
        match self {
            Self::NotRunning => Some("sudo systemctl start docker".to_owned()),
            Self::PermissionDenied {
                user,
                group: Some(group),
            } => Some(format!("sudo usermod -aG {group} {user}")),
            _ => None,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotInstalled => None,
            Self::NotRunning => Some("start it".to_owned()),
            Self::PermissionDenied {
                group: Some(group), ..
            } => Some(format!(
                "join the group `{group}` and log in again; who is in it can become root"
            )),
            Self::PermissionDenied { group: None, .. } => {
                Some("ask who runs it, or set `DOCKER_HOST` to an engine of your own".to_owned())
            }
            Self::Other(error) => error.hint(),
        }
    }
}

/// Podman here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodmanState {
    /// The program, where it is installed.
    pub program: Option<Program>,
    /// Its socket, where it is on and this user may use it.
    pub socket: Option<PathBuf>,
}

/// A bubblewrap that works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BubblewrapFacts {
    /// The program.
    pub path: PathBuf,
    /// Its version.
    pub version: String,
}

/// Which engine resow takes where nobody says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultEngine {
    /// Docker, or what answers at its address: its daemon answers.
    Docker,
    /// bubblewrap: no Docker engine answers.
    Bubblewrap,
}

impl Engines {
    /// Whether an engine can run experiments: Docker only with all limits.
    pub fn can_run(&self) -> bool {
        let docker = match &self.docker {
            Some(DockerState::Answers(facts)) => facts.missing_limits.is_empty(),
            _ => false,
        };
        docker || matches!(self.bubblewrap, Some(Ok(_)))
    }

    /// Which engine resow takes; `None` where none works.
    pub fn default_engine(&self) -> Option<DefaultEngine> {
        if matches!(self.docker, Some(DockerState::Answers(_))) {
            return Some(DefaultEngine::Docker);
        }
        matches!(self.bubblewrap, Some(Ok(_))).then_some(DefaultEngine::Bubblewrap)
    }
}

/// The probes of all engines, under way.
pub(super) struct PendingEngines {
    docker: Pending<DockerState>,
    podman: Pending<PodmanState>,
    bubblewrap: Pending<Result<BubblewrapFacts, Unavailable>>,
}

/// Begins to ask all engines.
pub(super) fn begin(surroundings: &Surroundings) -> PendingEngines {
    let all = || surroundings.clone();
    PendingEngines {
        docker: Pending::begin({
            let surroundings = all();
            move || docker(&surroundings)
        }),
        podman: Pending::begin({
            let surroundings = all();
            move || podman(&surroundings)
        }),
        bubblewrap: Pending::begin({
            let surroundings = all();
            move || bubblewrap(&surroundings)
        }),
    }
}

impl PendingEngines {
    pub(super) fn finish(self, deadline: Instant) -> Engines {
        Engines {
            docker: self.docker.finish(deadline),
            podman: self.podman.finish(deadline),
            bubblewrap: self.bubblewrap.finish(deadline),
        }
    }
}

fn bubblewrap(surroundings: &Surroundings) -> Result<BubblewrapFacts, Unavailable> {
    let program = availability::find(surroundings.search_path.as_deref())?;
    availability::probe(&program)?;
    Ok(BubblewrapFacts {
        path: program.path().to_owned(),
        version: program.version()?.to_owned(),
    })
}

fn docker(surroundings: &Surroundings) -> DockerState {
    match ask(surroundings.docker_host.as_deref()) {
        Ok(facts) => DockerState::Answers(facts),
        Err(error) => {
            let address = match &error {
                EngineError::Unreachable { address, .. } | EngineError::Address { address, .. } => {
                    address.clone()
                }
                _ => surroundings.docker_host.clone().unwrap_or_default(),
            };
            let reason = silence(surroundings, &address, error);
            DockerState::Silent { address, reason }
        }
    }
}

fn ask(host: Option<&str>) -> Result<DockerFacts, EngineError> {
    let docker = Docker::connect(host)?;
    Ok(DockerFacts {
        address: docker.address(),
        information: docker.information()?,
        memory: docker.memory()?,
        missing_limits: docker.missing_limits()?,
    })
}

/// Why nothing answers, as the socket and the programs tell.
fn silence(surroundings: &Surroundings, address: &str, error: EngineError) -> DockerSilence {
    let Some(socket) = address.strip_prefix("unix://").map(Path::new) else {
        return error.into();
    };
    match UnixStream::connect(socket).map_err(|error| error.kind()) {
        Err(io::ErrorKind::PermissionDenied) => denied(socket),
        Err(io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            let installed = |name| program::find(name, surroundings.search_path.as_deref());
            // The client alone starts no daemon.
            if socket.exists() {
                DockerSilence::NotRunning
            } else if surroundings.docker_host.is_some() {
                // Somebody set the address: what connecting said is worth more.
                error.into()
            } else if installed("dockerd").is_some() {
                DockerSilence::NotRunning
            } else {
                DockerSilence::NotInstalled
            }
        }
        _ => error.into(),
    }
}

fn denied(socket: &Path) -> DockerSilence {
    let group = fs::metadata(socket)
        .ok()
        // A socket of root's own group is for root alone.
        .filter(|file| file.mode() & 0o020 != 0 && file.gid() != 0)
        .and_then(|file| Group::from_gid(Gid::from_raw(file.gid())).ok().flatten())
        .map(|group| group.name);
    DockerSilence::PermissionDenied {
        user: this_user(),
        group,
    }
}

/// The name of this process's user; the number where it has none.
fn this_user() -> String {
    let user = Uid::effective();
    match User::from_uid(user) {
        Ok(Some(user)) => user.name,
        _ => user.to_string(),
    }
}

fn podman(surroundings: &Surroundings) -> PodmanState {
    let of_user = surroundings
        .runtime_folder
        .as_ref()
        .map(|folder| folder.join("podman/podman.sock"));
    let socket = of_user
        .into_iter()
        .chain([PathBuf::from("/run/podman/podman.sock")])
        .find(|socket| {
            let is_socket =
                |path| fs::metadata(path).is_ok_and(|file| file.file_type().is_socket());
            is_socket(socket) && UnixStream::connect(socket).is_ok()
        });
    PodmanState {
        program: Program::ask(
            "podman",
            surroundings.search_path.as_deref(),
            &["--version"],
        ),
        socket,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    fn surroundings(host: Option<String>) -> Surroundings {
        Surroundings {
            search_path: None,
            docker_host: host,
            runtime_folder: None,
            folders: Vec::new(),
            executable: None,
        }
    }

    fn reason(host: &str) -> DockerSilence {
        match docker(&surroundings(Some(host.to_owned()))) {
            DockerState::Silent { reason, .. } => reason,
            DockerState::Answers(facts) => panic!("{facts:?}"),
        }
    }

    #[test]
    fn a_socket_that_nobody_listens_on_is_a_daemon_that_does_not_run() {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = folder.path().join("docker.sock");
        drop(UnixListener::bind(&socket).expect("bound"));
        let reason = reason(&format!("unix://{}", socket.display()));
        assert!(matches!(reason, DockerSilence::NotRunning), "{reason:?}");
        assert!(reason.hint().is_some());
    }

    #[test]
    fn an_address_that_cannot_be_used_says_why() {
        let reason = reason("ssh://host");
        assert!(matches!(reason, DockerSilence::Other(_)), "{reason:?}");
        assert!(reason.to_string().contains("SSH"), "{reason}");
    }

    #[test]
    fn who_may_not_use_a_socket_learns_which_group_may() {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = folder.path().join("docker.sock");
        let _listener = UnixListener::bind(&socket).expect("bound");
        let DockerSilence::PermissionDenied { user, .. } = denied(&socket) else {
            panic!("not denied");
        };
        assert_eq!(user, this_user());
        let remedy = DockerSilence::PermissionDenied {
            user: "ada".to_owned(),
            group: Some("docker".to_owned()),
        }
        .remedy();
        assert_eq!(remedy.as_deref(), Some("sudo usermod -aG docker ada"));
    }

    #[test]
    fn a_host_without_engines_has_no_default() {
        let engines = Engines {
            docker: None,
            podman: None,
            bubblewrap: Some(Err(Unavailable::NotInstalled)),
        };
        assert_eq!(engines.default_engine(), None);
        let works = BubblewrapFacts {
            path: PathBuf::from("/usr/bin/bwrap"),
            version: "0.8.0".to_owned(),
        };
        let engines = Engines {
            bubblewrap: Some(Ok(works)),
            ..engines
        };
        assert_eq!(engines.default_engine(), Some(DefaultEngine::Bubblewrap));
    }
}
