//! How a run ended.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::quantity::{ByteSize, TimeSpan};
use crate::workspace_path::WorkspacePath;

/// How the command ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Outcome {
    /// The command ended by itself, or by a signal (128 plus its number, as shells count).
    Exited {
        /// Its exit code.
        code: i64,
    },
    /// The memory limit was reached and the kernel killed the command or a part of it.
    KilledForMemory {
        /// The limit.
        limit: ByteSize,
    },
    /// The time limit was reached.
    TimedOut {
        /// The limit.
        limit: TimeSpan,
    },
    /// The workspace grew past the disk limit.
    OverDiskLimit {
        /// The limit.
        limit: ByteSize,
    },
    /// The command printed more than its log limit.
    OverLogLimit {
        /// The limit.
        limit: ByteSize,
    },
    /// The user interrupted it.
    Interrupted,
    /// The engine went away while the command ran.
    EngineLost {
        /// What the engine's connection said.
        reason: String,
    },
    /// The engine could not start the command: a missing program, say.
    NeverStarted {
        /// What the engine said.
        reason: String,
    },
}

impl Outcome {
    /// Whether the command ended by itself with exit code 0.
    pub fn is_success(&self) -> bool {
        *self == Self::Exited { code: 0 }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited { code } => write!(formatter, "exited with code {code}"),
            Self::KilledForMemory { limit } => {
                write!(formatter, "killed for memory (limit {limit})")
            }
            Self::TimedOut { limit } => write!(formatter, "timed out (limit {limit})"),
            Self::OverDiskLimit { limit } => {
                write!(formatter, "over its disk limit (limit {limit})")
            }
            Self::OverLogLimit { limit } => {
                write!(formatter, "over its log limit (limit {limit})")
            }
            Self::Interrupted => formatter.write_str("interrupted"),
            Self::EngineLost { reason } => {
                write!(formatter, "the engine went away during the run: {reason}")
            }
            Self::NeverStarted { reason } => write!(formatter, "never started: {reason}"),
        }
    }
}

/// Why a run whose command exited with code 0 is a failure all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum RunFault {
    /// A declared output is not there.
    MissingOutput {
        /// The output as declared.
        location: String,
    },
    /// Something at a declared output cannot be one: a FIFO, a device, a socket, a name that is not UTF-8, too much.
    RefusedOutput {
        /// Where, with what is not UTF-8 replaced.
        path: String,
        /// Why.
        reason: String,
    },
    /// An input was touched while the run went on.
    InputChanged {
        /// Where the input lands.
        at: WorkspacePath,
    },
}

impl fmt::Display for RunFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingOutput { location } => {
                write!(formatter, "output `{location}` is missing")
            }
            Self::RefusedOutput { path, reason } => {
                write!(formatter, "output `{path}` is refused: {reason}")
            }
            Self::InputChanged { at } => {
                write!(formatter, "input `{at}` was touched while the run went on")
            }
        }
    }
}
