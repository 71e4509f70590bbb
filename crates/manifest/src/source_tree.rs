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

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(entries: &[(&str, SourceKind, &[u8])]) -> SourceTree {
        let entries = entries.iter().map(|(path, kind, content)| {
            let entry = SourceEntry {
                kind: *kind,
                digest: Sha256Digest::of(content),
                size: content.len() as u64,
            };
            (path.parse().expect("a path"), entry)
        });
        SourceTree {
            entries: entries.collect(),
        }
    }

    #[test]
    fn the_identity_stays() {
        let tree = tree(&[
            ("\u{e9}", SourceKind::Link, b"a"),
            ("b/c", SourceKind::Executable, b"x"),
            ("a", SourceKind::File, b""),
        ]);
        assert_eq!(
            tree.id().to_string(),
            "sha256:cd44779db8e0e27f4fd16058c9af7881b442532496c0fe4d5686fec518cec43d"
        );
    }

    #[test]
    fn path_kind_and_content_act_and_order_does_not() {
        let base = tree(&[("a", SourceKind::File, b"1"), ("b", SourceKind::File, b"2")]);
        let turned = tree(&[("b", SourceKind::File, b"2"), ("a", SourceKind::File, b"1")]);
        assert_eq!(base.id(), turned.id());
        let others = [
            tree(&[("a", SourceKind::File, b"2"), ("b", SourceKind::File, b"1")]),
            tree(&[
                ("a", SourceKind::Executable, b"1"),
                ("b", SourceKind::File, b"2"),
            ]),
            tree(&[("a", SourceKind::Link, b"1"), ("b", SourceKind::File, b"2")]),
            tree(&[("a", SourceKind::File, b"1"), ("c", SourceKind::File, b"2")]),
            tree(&[("a", SourceKind::File, b"1")]),
            tree(&[]),
        ];
        for other in others {
            assert_ne!(base.id(), other.id());
        }
    }
}
