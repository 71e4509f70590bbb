//! One cause, and how sure it is.

use std::fmt;

use serde::Serialize;

/// Something that may have made a rerun differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// What.
    pub kind: CauseKind,
    /// How sure that is.
    pub certainty: Certainty,
    /// What points to it, in words.
    pub because: String,
    /// What would pin it; `None` where no setting does.
    pub pin: Option<String>,
}

/// What may make a rerun differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CauseKind {
    /// The same content in other bytes.
    Writing,
    /// The wall clock, or a duration that was measured.
    Clock,
    /// Entropy or another draw that is not under the seed.
    Draw,
    /// A program that the layer of determinism did not reach.
    UnreachedProgram,
    /// An operation without a deterministic version.
    Operation,
    /// Another image.
    Image,
    /// Another processor, or other instructions of it.
    Processor,
    /// Another number of threads or processors.
    Threads,
    /// An order that is not fixed: of a set, of a folder, of tasks that end.
    Order,
    /// Rounding: sums in another order.
    Rounding,
    /// Another kernel or engine.
    Platform,
}

impl CauseKind {
    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Writing => "how the file is written",
            Self::Clock => "the clock",
            Self::Draw => "a draw that is not under the seed",
            Self::UnreachedProgram => "a program that is not under the seed",
            Self::Operation => "an operation without a deterministic version",
            Self::Image => "another image",
            Self::Processor => "the processor",
            Self::Threads => "the number of threads",
            Self::Order => "an order that is not fixed",
            Self::Rounding => "rounding",
            Self::Platform => "another kernel or engine",
        }
    }
}

impl fmt::Display for CauseKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// How sure a cause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// It is seen in the files themselves.
    Certain,
    /// Something was seen that makes results differ, or differs in just the way that results do.
    Likely,
    /// It could be: nothing that was seen speaks against it.
    Possible,
}

impl fmt::Display for Certainty {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Certain => "certain",
            Self::Likely => "likely",
            Self::Possible => "possible",
        })
    }
}
