//! Why a record makes no claim, or a text is none.

use resow_manifest::digest::Sha256Digest;
use resow_manifest::identifiers::RunId;
use resow_manifest::outcome::{Outcome, RunFault};

/// Why a record makes no claim, or a text is none.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// The run failed.
    #[error("run `{run}` cannot be claimed: {}", failure(outcome, fault.as_ref()))]
    FailedRun {
        /// The run.
        run: RunId,
        /// How it ended.
        outcome: Outcome,
        /// The first thing held against it.
        fault: Option<RunFault>,
    },
    /// The text is not what was written: its checksum does not match.
    #[error("the claim is damaged: its checksum is `{computed}`, not `{written}` as it says")]
    Damaged {
        /// The checksum that it holds.
        written: Sha256Digest,
        /// The checksum of what it holds besides.
        computed: Sha256Digest,
    },
    /// It has no line with a checksum where one should be.
    #[error("the claim is damaged: its third line is not `checksum = \"sha256:…\"`")]
    NoChecksum,
    /// It is not UTF-8.
    #[error("the claim is damaged: it is not text")]
    NotText {
        /// Where.
        #[source]
        source: std::str::Utf8Error,
    },
    /// A newer resow wrote it.
    #[error("the claim has version {version}, newer than {known}")]
    Newer {
        /// Its version.
        version: u32,
        /// The newest version that this resow reads.
        known: u32,
    },
    /// It is not a claim, though its checksum matches.
    #[error("the claim is malformed: {}", source.message())]
    Malformed {
        /// Where and why.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// What it says of its policy or outputs contradicts its plan.
    #[error("the claim is malformed: `{field}` contradicts the plan")]
    Contradiction {
        /// The field.
        field: &'static str,
    },
    /// It cannot be written as TOML.
    #[error("the claim cannot be written")]
    Unwritable {
        /// Why.
        #[source]
        source: Box<toml::ser::Error>,
    },
    /// It is larger than any claim that resow writes.
    #[error("the claim has {size} bytes, more than {limit}")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
        /// The most that is read.
        limit: usize,
    },
}

impl ClaimError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::FailedRun { .. } => {
                Some("a claim needs a run that ended with exit code 0 and made its outputs".to_owned())
            }
            Self::Newer { .. } => Some("use the resow that wrote it, or a newer one".to_owned()),
            Self::TooLarge { .. } => {
                Some("declare fewer outputs: one archive instead of many files, say".to_owned())
            }
            Self::Unwritable { .. } => None,
            Self::Damaged { .. }
            | Self::NoChecksum
            | Self::NotText { .. }
            | Self::Malformed { .. }
            | Self::Contradiction { .. } => Some(
                "restore it with `git checkout`, or write it anew with `resow claim`; it is not edited by hand"
                    .to_owned(),
            ),
        }
    }

    /// Whether the text is damaged evidence.
    pub fn is_damage(&self) -> bool {
        matches!(
            self,
            Self::Damaged { .. }
                | Self::NoChecksum
                | Self::NotText { .. }
                | Self::Malformed { .. }
                | Self::Contradiction { .. }
                | Self::TooLarge { .. }
        )
    }
}

fn failure(outcome: &Outcome, fault: Option<&RunFault>) -> String {
    fault.map_or_else(|| outcome.to_string(), ToString::to_string)
}
