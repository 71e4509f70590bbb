//! What enters the workspace from a commit, as content: paths, kinds and digests.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digest::Sha256Digest;
use crate::encoding::Encoder;
use crate::identifiers::SourceId;
use crate::workspace_path::WorkspacePath;

/// What stands at a path of a source tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// A file.
    File,
    /// A file with its executable bit set.
    Executable,
    /// A symbolic link; its content is the target's path.
    Link,
}

/// One file or link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SourceEntry {
    /// What it is.
    pub kind: SourceKind,
    /// The digest of its content.
    pub digest: Sha256Digest,
    /// The length of its content in bytes.
    pub size: u64,
}

/// Every file and link that enters, by path. Folders exist through what is in them, as in git.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceTree {
    /// The entries, sorted by the bytes of their paths.
    pub entries: BTreeMap<WorkspacePath, SourceEntry>,
}

impl SourceTree {
    /// The identity of the tree: the digest of the text `resow source 1`, then the entries as a map from path (text)
    /// to kind (`file`, `executable` or `link`, a text) and the digest of the content (byte string of 32).
    pub fn id(&self) -> SourceId {
        let mut encoder = Encoder::new("resow source 1");
        encoder.count(self.entries.len());
        for (path, entry) in &self.entries {
            encoder
                .text(path.as_str())
                .text(match entry.kind {
                    SourceKind::File => "file",
                    SourceKind::Executable => "executable",
                    SourceKind::Link => "link",
                })
                .byte_string(entry.digest.as_bytes());
        }
        SourceId::new(encoder.digest())
    }
}
