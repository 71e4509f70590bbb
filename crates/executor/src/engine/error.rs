//! Why the engine could not do what was asked.

use std::io;
use std::path::PathBuf;

use resow_manifest::identifiers::ImageId;

use crate::bubblewrap::ControlGroupError;
use crate::bubblewrap::availability::Unavailable;
use crate::root_file_system::{Damage, RootFileSystemError};

/// Why the engine could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The address is one that resow cannot use.
    #[error("cannot use the engine at `{address}`: {reason}")]
    Address {
        /// The address as given.
        address: String,
        /// Why not.
        reason: &'static str,
    },
    /// Nothing answers at the address.
    #[error("cannot reach Docker at `{address}`")]
    Unreachable {
        /// The address.
        address: String,
        /// What connecting said.
        source: EngineFailure,
    },
    /// The engine answered with an error, or stopped answering.
    #[error("the engine could not {action}")]
    Request {
        /// What was asked: `create the container`.
        action: &'static str,
        /// What it said.
        source: EngineFailure,
    },
    /// The engine has no means to hold a limit.
    #[error("the engine cannot limit {limit}")]
    UnsupportedLimit {
        /// What it cannot limit.
        limit: &'static str,
    },
    /// The engine holds another limit than the one asked for.
    #[error("the engine set {setting} to `{found}` instead of `{wanted}`")]
    Weakened {
        /// What differs.
        setting: &'static str,
        /// What was asked.
        wanted: String,
        /// What the engine says is in force.
        found: String,
    },
    /// The CPU set is larger than the engine's host.
    #[error("the run needs {wanted} processors and the engine has {available}")]
    TooFewProcessors {
        /// How many the plan asks for.
        wanted: u32,
        /// How many the engine has.
        available: u32,
    },
    /// The engine does not have the image.
    #[error("the engine has no image `{id}`")]
    ImageMissing {
        /// The image.
        id: ImageId,
    },
    /// The text is no name of an image.
    #[error("`{name}` is not the name of an image")]
    ImageName {
        /// The text.
        name: String,
    },
    /// What the engine says of an image cannot be used.
    #[error("image `{image}` cannot be used: {reason}")]
    UnusableImage {
        /// The image as asked for.
        image: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The command is empty, or has a NUL.
    #[error("the command is empty or has a NUL byte")]
    Command,
    /// A variable cannot be handed over.
    #[error(
        "the environment variable `{name}` cannot be set: its name is malformed or its value has a NUL byte"
    )]
    Variable {
        /// Its name.
        name: String,
    },
    /// A limit is too small or too large for any engine.
    #[error("the limit on {limit} cannot be set to {value}")]
    LimitValue {
        /// What is limited.
        limit: &'static str,
        /// The value.
        value: u64,
    },
    /// Something to be mounted cannot be read.
    #[error("cannot mount `{}`", path.display())]
    Mount {
        /// Its path on the host.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A path cannot be written into the options of a mount.
    #[error("cannot mount `{}`: its path is not UTF-8 or has one of `,`, `:`, `\\` and `\"`", path.display())]
    MountPath {
        /// The path on the host.
        path: PathBuf,
    },
    /// An input would land behind a symbolic link of the source.
    #[error("input `{at}` would land behind the symbolic link `{link}`")]
    InputBehindLink {
        /// Where it lands.
        at: String,
        /// The link, relative to the workspace.
        link: String,
    },
    /// An image's archive cannot be read.
    #[error("cannot read the image archive `{}`", path.display())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// An image could not be written to where it should go.
    #[error("cannot write the image")]
    Destination {
        /// What the system said.
        source: io::Error,
    },
    /// Nobody could tell how much the run had written, so its disk limit did not hold; it was stopped.
    #[error("the run was stopped: its disk limit could not be supervised")]
    Supervision {
        /// What looking said.
        source: io::Error,
    },
    /// bubblewrap cannot work here.
    #[error(transparent)]
    Bubblewrap(#[from] Unavailable),
    /// An image could not be unpacked or read back.
    #[error(transparent)]
    Root(#[from] RootFileSystemError),
    /// An unpacked image is no longer what it was, and was set aside.
    #[error("the unpacked image `{id}` is damaged")]
    ImageDamaged {
        /// The image.
        id: ImageId,
        /// What is wrong with it.
        #[source]
        damage: Damage,
    },
    /// The control groups of a run could not be made or removed.
    #[error(transparent)]
    ControlGroup(#[from] ControlGroupError),
    /// A step on the way to a sandbox failed.
    #[error("cannot {action}")]
    Sandbox {
        /// The step: `make the sandbox`.
        action: &'static str,
        /// What the system or bubblewrap said.
        source: io::Error,
    },
    /// The command was over before anybody could see what was in force.
    #[error("the command ended before what is in force in its sandbox could be read back")]
    NotReadBack,
    /// There is no place for unpacked images.
    #[error("cannot make the folder `{}` for unpacked images", path.display())]
    CacheFolder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The workspace cannot be an overlay here.
    #[error("the workspace cannot be mounted: {said}")]
    OverlayRefused {
        /// What the launcher said.
        said: String,
    },
    /// The engine does not do that.
    #[error("the engine `{engine}` does not {action}")]
    Unsupported {
        /// The engine.
        engine: &'static str,
        /// What it does not do: `pull images`.
        action: &'static str,
    },
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// The system refused what talking to the engine needs: a thread, a descriptor.
    #[error("cannot prepare to talk to the engine")]
    System {
        /// What the system said.
        source: io::Error,
    },
}

/// What the engine, or the connection to it, said.
#[derive(Debug)]
pub struct EngineFailure(Box<bollard::errors::Error>);

impl EngineFailure {
    /// The status code of the engine's answer, where it answered.
    pub fn status(&self) -> Option<u16> {
        match *self.0 {
            bollard::errors::Error::DockerResponseServerError { status_code, .. } => {
                Some(status_code)
            }
            _ => None,
        }
    }
}

impl From<bollard::errors::Error> for EngineFailure {
    fn from(error: bollard::errors::Error) -> Self {
        Self(Box::new(error))
    }
}

impl std::fmt::Display for EngineFailure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        use bollard::errors::Error;
        match &*self.0 {
            Error::DockerResponseServerError { message, .. } => formatter.write_str(message.trim()),
            Error::DockerStreamError { error } => formatter.write_str(error.trim()),
            Error::RequestTimeoutError => formatter.write_str("no answer in time"),
            Error::SocketNotFoundError(path) => write!(formatter, "there is no socket `{path}`"),
            other => other.fmt(formatter),
        }
    }
}

impl std::error::Error for EngineFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

impl EngineError {
    /// Whether the engine would not mount the workspace: another way of handing it over may do.
    pub fn is_mount_refused(&self) -> bool {
        match self {
            Self::OverlayRefused { .. } => true,
            Self::Request { source, .. } => {
                let said = source.to_string();
                said.contains("failed to mount local volume") || said.contains("overlay")
            }
            _ => false,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Bubblewrap(reason) => return Some(reason.hint()),
            Self::Root(error) => return error.hint(),
            Self::CacheFolder { .. } => "set `RESOW_CACHE` to a folder of your own",
            Self::NotReadBack => {
                "the host forbids to trace a process: allow it (`sudo sysctl kernel.yama.ptrace_scope=1`), or run it again"
            }
            Self::Sandbox {
                action: "make the sandbox",
                ..
            } => "`resow doctor` says what this host lacks",
            Self::Unsupported { .. } => {
                "bring the image as a file (`resow image load FILE`), or use `--engine docker`"
            }
            Self::Address { .. } => {
                "set `DOCKER_HOST` to a `unix://` or `tcp://` address; a socket can be forwarded with `ssh -L`"
            }
            Self::Unreachable { .. } => {
                "start it (`sudo systemctl start docker`), set `DOCKER_HOST` to where it listens, or use `--engine bubblewrap`"
            }
            Self::UnsupportedLimit { .. } => {
                "a limit that does not act is refused: enable the control group controllers on the engine's host"
            }
            Self::TooFewProcessors { .. } => {
                "run it on a larger host; another `cpus` in the manifest makes another plan"
            }
            Self::ImageMissing { .. } => {
                "`resow image load` brings an image from a file into the engine"
            }
            Self::MountPath { .. } => "move the repository or the store to a plainer path",
            Self::InputBehindLink { .. } => "let the input land somewhere else, or remove the link",
            _ => return None,
        };
        Some(hint.to_owned())
    }

    pub(crate) fn sandbox(action: &'static str) -> impl FnOnce(io::Error) -> Self + Copy {
        move |source| Self::Sandbox { action, source }
    }

    pub(crate) fn request(
        action: &'static str,
    ) -> impl FnOnce(bollard::errors::Error) -> Self + Copy {
        move |source| Self::Request {
            action,
            source: source.into(),
        }
    }
}
