//! Why a file is not what its format promises.

use std::io;

use super::format::Format;

/// Why a file is not what its format promises, or is not read.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// It cannot be read at all.
    #[error("it cannot be read")]
    Read(#[from] io::Error),
    /// It ends too early.
    #[error("it ends in the middle")]
    Truncated,
    /// It breaks a rule of its format.
    #[error("it is no {format}: {reason}")]
    Malformed {
        /// The format.
        format: Format,
        /// What is wrong, in words.
        reason: String,
    },
    /// It uses a part of its format that resow does not read.
    #[error("resow does not read {what}")]
    Unsupported {
        /// What, in words.
        what: String,
    },
    /// The process that reads such files failed, or wrote what is no stream of arrays.
    #[error("the reader of {format} failed: {reason}")]
    ReaderFailed {
        /// The format.
        format: Format,
        /// How it failed, in words.
        reason: String,
    },
    /// It would execute something when loaded, or names code: never read further.
    #[error("reading it as {format} would need to run code: {what}")]
    NeedsCode {
        /// The format.
        format: Format,
        /// What it asks for.
        what: String,
    },
    /// It is larger than what is read of such files.
    #[error("it has {size} bytes, more than the {limit} that are read of such a file")]
    TooLarge {
        /// Its size in bytes, or what it promises.
        size: u64,
        /// The most that is read, in bytes.
        limit: u64,
    },
    /// What is packed in it, in all, is more than what is unpacked.
    #[error("more than {limit} bytes are packed in it")]
    TooMuchPacked {
        /// The most that is unpacked, in bytes.
        limit: u64,
    },
    /// It holds more things than are looked at.
    #[error("it holds more than {limit} {what}")]
    TooMany {
        /// Which things: `members`, `values`, `tensors`.
        what: &'static str,
        /// The most that are looked at.
        limit: usize,
    },
    /// Archives in archives, deeper than resow looks.
    #[error("archives are nested in it more than {limit} deep")]
    TooDeep {
        /// The deepest that is looked at.
        limit: usize,
    },
}

impl ContentError {
    /// It breaks a rule of its format.
    pub fn malformed(format: Format, reason: impl ToString) -> Self {
        Self::Malformed {
            format,
            reason: reason.to_string(),
        }
    }
}
