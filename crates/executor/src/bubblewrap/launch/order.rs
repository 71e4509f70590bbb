//! What the launcher is told to do.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Where the launcher of root puts what the sandbox is made of: a place that every user may enter, hidden in a mount
/// namespace of its own.
pub(in crate::bubblewrap) const STAGE: &str = "/tmp";

/// What the launcher is told to do, in this order: identity, mounts, processors, the program.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::bubblewrap) struct LaunchOrder {
    /// The process that gives the order: when it ends, the launcher does, and what it becomes.
    pub(in crate::bubblewrap) parent: i32,
    /// Who bubblewrap runs as.
    pub(in crate::bubblewrap) identity: LaunchIdentity,
    /// The workspace, where it is to be mounted first.
    pub(in crate::bubblewrap) overlay: Option<OverlayMount>,
    /// What is put below [`STAGE`]; only where bubblewrap runs as another user.
    pub(in crate::bubblewrap) staged: Vec<Staged>,
    /// The processors of the run, by number.
    pub(in crate::bubblewrap) processors: Vec<usize>,
    /// The most processes of bubblewrap's user, where nothing else holds that limit of the run.
    pub(in crate::bubblewrap) process_limit: Option<u64>,
    /// Whether address randomisation is off in the sandbox.
    pub(in crate::bubblewrap) fixed_addresses: bool,
    /// bubblewrap.
    pub(in crate::bubblewrap) program: PathBuf,
    /// What it is called with.
    pub(in crate::bubblewrap) arguments: Vec<String>,
    /// The descriptors, besides the standard ones, that it inherits. All others are closed.
    pub(in crate::bubblewrap) descriptors: Vec<i32>,
}

/// Who bubblewrap runs as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::bubblewrap) enum LaunchIdentity {
    /// The launcher is root: it mounts, then becomes the container's user for good.
    Container,
    /// The launcher mounts in a user namespace of its own, in which it is the container's user.
    OwnNamespace,
    /// This user, who mounts nothing.
    Caller,
}

/// The overlay that becomes the workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::bubblewrap) struct OverlayMount {
    /// An empty folder.
    pub(in crate::bubblewrap) target: PathBuf,
    /// The options of the mount, as mount(2) takes them.
    pub(in crate::bubblewrap) options: String,
}

/// A file or folder of the host, and its name below [`STAGE`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::bubblewrap) struct Staged {
    /// Where it lies.
    pub(in crate::bubblewrap) source: PathBuf,
    /// Its name, one component.
    pub(in crate::bubblewrap) name: String,
}
