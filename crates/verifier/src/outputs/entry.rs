//! One output as records and claims hold it.

use std::fmt;

use resow_manifest::digest::Sha256Digest;
use resow_manifest::manifest::OutputRole;
use serde::{Deserialize, Serialize};

use crate::digesting::Content;

/// One output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WrittenEntry", into = "WrittenEntry")]
pub struct OutputEntry {
    /// Whether it is compared.
    pub role: OutputRole,
    /// What it is.
    pub content: Content,
}

/// An entry as files hold it: one level deep, so that a claim reads well.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEntry {
    role: OutputRole,
    kind: WrittenKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digest: Option<Sha256Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target: Option<String>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WrittenKind {
    File,
    Executable,
    Link,
    EmptyFolder,
}

/// Why the fields of an entry do not make one.
#[derive(Debug, thiserror::Error)]
#[error(
    "an output has `digest` and `size` where it is a file, `target` where it is a link, and no other"
)]
struct EntryFieldsError;

impl From<OutputEntry> for WrittenEntry {
    fn from(entry: OutputEntry) -> Self {
        let mut written = Self {
            role: entry.role,
            kind: WrittenKind::EmptyFolder,
            digest: None,
            size: None,
            target: None,
        };
        match entry.content {
            Content::File {
                digest,
                size,
                executable,
            } => {
                written.kind = if executable {
                    WrittenKind::Executable
                } else {
                    WrittenKind::File
                };
                written.digest = Some(digest);
                written.size = Some(size);
            }
            Content::Link { target } => {
                written.kind = WrittenKind::Link;
                written.target = Some(target);
            }
            Content::EmptyFolder => {}
        }
        written
    }
}

impl TryFrom<WrittenEntry> for OutputEntry {
    type Error = EntryFieldsError;

    fn try_from(written: WrittenEntry) -> Result<Self, EntryFieldsError> {
        use WrittenKind::{EmptyFolder, Executable, File, Link};
        let content = match (written.kind, written.digest, written.size, written.target) {
            (kind @ (File | Executable), Some(digest), Some(size), None) => Content::File {
                digest,
                size,
                executable: matches!(kind, Executable),
            },
            (Link, None, None, Some(target)) => Content::Link { target },
            (EmptyFolder, None, None, None) => Content::EmptyFolder,
            _ => return Err(EntryFieldsError),
        };
        let role = written.role;
        Ok(Self { role, content })
    }
}

impl Content {
    /// What kind of thing it is, in words.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::File {
                executable: false, ..
            } => "file",
            Self::File {
                executable: true, ..
            } => "executable file",
            Self::Link { .. } => "link",
            Self::EmptyFolder => "empty folder",
        }
    }
}

impl fmt::Display for Content {
    /// The digest of a file, the target of a link.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { digest, .. } => digest.fmt(formatter),
            Self::Link { target } => write!(formatter, "link to `{target}`"),
            Self::EmptyFolder => formatter.write_str("empty folder"),
        }
    }
}

impl Content {
    /// The digest and size of the bytes that the store has of it.
    pub fn blob(&self) -> Option<(Sha256Digest, u64)> {
        match self {
            Self::File { digest, size, .. } => Some((*digest, *size)),
            Self::Link { .. } | Self::EmptyFolder => None,
        }
    }
}
