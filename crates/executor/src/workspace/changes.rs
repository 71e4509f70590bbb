//! What a run made, changed and deleted in its workspace.

use std::path::PathBuf;

use resow_manifest::workspace_path::WorkspacePath;

/// Everything in which a workspace differs from its source. Where inputs land does not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// What is there and was not, sorted by path.
    pub made: Vec<MadeFile>,
    /// Files and links of the source with other content, another mode, or replaced by something else, sorted.
    pub changed: Vec<WorkspacePath>,
    /// Files and links of the source that are no longer there, sorted.
    pub deleted: Vec<WorkspacePath>,
}

/// Something that a run made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MadeFile {
    /// Where, below the workspace's root; not necessarily UTF-8.
    pub path: PathBuf,
    /// What it is.
    pub kind: MadeKind,
    /// How many bytes it says it has; 0 for anything but files and links.
    pub size: u64,
}

/// What a run made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MadeKind {
    /// A file.
    File,
    /// A symbolic link.
    Link,
    /// A folder with nothing in it.
    EmptyFolder,
    /// A FIFO.
    Fifo,
    /// A character or block device.
    Device,
    /// A socket.
    Socket,
    /// A folder beneath which paths are longer than 4096 bytes; what is there is not listed.
    TooDeep,
}
