//! Why a reader gives up on a file.

use std::io;

/// Why a reader gives up on a file.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The file has something that would be lost, in words.
    Unsupported(String),
    /// It is damaged, in words.
    Damaged(String),
    /// What was read cannot be written.
    Output(io::Error),
}

impl Refusal {
    /// The file has something that would be lost.
    pub(super) fn unsupported(what: impl ToString) -> Self {
        Self::Unsupported(what.to_string())
    }

    /// The file is damaged, as the reader says.
    pub(super) fn damaged(reason: impl ToString) -> Self {
        Self::Damaged(reason.to_string())
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}
