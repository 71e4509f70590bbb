//! A file that is not hashed, and why.

use std::fmt;

use resow_manifest::outcome::RunFault;

/// A file that is not hashed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refusal {
    /// Where, with what is not UTF-8 replaced.
    pub path: String,
    /// Why.
    pub reason: RefusalReason,
}

/// Why a file is not hashed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefusalReason {
    /// It is neither a file nor a folder nor a link: `a FIFO`, `a socket`, `a device`.
    Special(&'static str),
    /// Its name or the target of a link is not UTF-8, or its name is no plain path.
    Name,
    /// A part of its path is a link or not a folder.
    ThroughLink,
    /// It grew, shrank or was written while it was read.
    Changed,
    /// With it, the sum of sizes passes the limit.
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// There are more files than the limit.
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// It cannot be read.
    Unreadable {
        /// What the system said.
        reason: String,
    },
}

impl Refusal {
    pub(super) fn new(path: impl Into<String>, reason: RefusalReason) -> Self {
        Self {
            path: path.into(),
            reason,
        }
    }

    /// As a fault of the run that made the file.
    pub fn into_fault(self) -> RunFault {
        RunFault::RefusedOutput {
            path: self.path,
            reason: self.reason.to_string(),
        }
    }
}

impl fmt::Display for RefusalReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Special(kind) => write!(formatter, "it is {kind}, not a file"),
            Self::Name => formatter.write_str("its name is not plain UTF-8"),
            Self::ThroughLink => {
                formatter.write_str("a part of its path is a symbolic link or not a folder")
            }
            Self::Changed => formatter.write_str("it changed while it was read"),
            Self::TooLarge { limit } => {
                write!(formatter, "with it, the limit of {limit} bytes is passed")
            }
            Self::TooMany { limit } => write!(formatter, "there are more than {limit} files"),
            Self::Unreadable { reason } => write!(formatter, "it cannot be read: {reason}"),
        }
    }
}
