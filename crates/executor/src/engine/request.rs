//! What a container should be, in resow's words.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use resow_manifest::identifiers::{ImageId, RunId};
use resow_manifest::workspace_path::WorkspacePath;

use crate::engine::HOST_NAME;
use crate::workspace::WorkspaceMount;

/// One run, as the engine must carry it out. The network is always none and the user always 1000:1000.
#[derive(Clone, Debug)]
pub struct ContainerRequest {
    /// The run.
    pub run: RunId,
    /// The store that owns what the run leaves in the engine.
    pub store: String,
    /// The image, as this engine names it.
    pub image: ImageId,
    /// The program, then its arguments.
    pub command: Vec<String>,
    /// Every variable that the command sees: the image's, and the run's. Give `HOME`: without it the runtime adds one.
    pub environment: BTreeMap<String, String>,
    /// What is mounted at `/workspace`.
    pub workspace: WorkspaceMount,
    /// Inputs, mounted read-only beneath `/workspace`.
    pub inputs: Vec<BoundInput>,
    /// Other files and folders.
    pub files: Vec<BoundFile>,
    /// The limits.
    pub limits: ContainerLimits,
    /// The size of the CPU set.
    pub cpus: u32,
    /// Whether programs find their addresses where they found them the last time. Docker only lets the command ask for
    /// that.
    pub fixed_addresses: bool,
    /// The name of the host that the run sees.
    pub host_name: String,
    /// How many busy threads compete with the run for its processors.
    pub load: u32,
}

impl ContainerRequest {
    /// The name of the host in every run that asks for no other.
    pub const HOST_NAME: &str = HOST_NAME;
}

/// An input: where it lies on the engine's host, and where it lands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundInput {
    /// Where it lies.
    pub source: PathBuf,
    /// Where it lands.
    pub at: WorkspacePath,
}

/// A file or folder of the engine's host, and the absolute path at which the run sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundFile {
    /// Where it lies.
    pub source: PathBuf,
    /// Where the run sees it.
    pub target: String,
    /// Whether the run may write it.
    pub is_writable: bool,
}

/// The limits of a run. All sizes are in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContainerLimits {
    /// Memory, with no swap besides.
    pub memory: u64,
    /// Processes and threads.
    pub processes: u64,
    /// Wall time.
    pub time: Duration,
    /// What the run may write to its workspace.
    pub disk: u64,
    /// The size of `/dev/shm`.
    pub shared_memory: u64,
    /// The size of `/tmp`, and of `HOME`.
    pub temporary: u64,
    /// What the command may print, both streams together.
    pub log: u64,
}
