//! An input as a record holds it.

use resow_manifest::digest::Sha256Digest;
use resow_manifest::workspace_path::WorkspacePath;
use serde::{Deserialize, Serialize};

/// An input of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedInput {
    /// Where it landed.
    pub at: WorkspacePath,
    /// Its digest.
    pub digest: Sha256Digest,
    /// How the digest is known.
    pub check: InputCheck,
}

/// How the digest of an input is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InputCheck {
    /// Its bytes were hashed for this run.
    Hashed,
    /// They were hashed before; size, both times and inode were the same.
    Cached,
}
