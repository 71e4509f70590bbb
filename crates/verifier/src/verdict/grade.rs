//! How well a rerun agrees.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How well a rerun agrees, from best to worst: of several, the greatest holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// Bit for bit.
    Identical,
    /// The same content in other bytes.
    Equivalent,
    /// Within what the manifest declared.
    WithinTolerance,
    /// Another result.
    Different,
    /// The plans differ.
    Incomparable,
    /// The run failed.
    Failed,
}

impl fmt::Display for Grade {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Identical => "identical",
            Self::Equivalent => "equivalent",
            Self::WithinTolerance => "within tolerance",
            Self::Different => "different",
            Self::Incomparable => "incomparable",
            Self::Failed => "failed",
        })
    }
}
