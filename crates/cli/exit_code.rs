//! Exit codes: few, documented in the README, stable.

use std::process::ExitCode;

/// How a command ended, as the shell sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, or identical, equivalent, within tolerance.
    Done,
    /// Outputs differ.
    Different,
    /// Bad usage, or a manifest with faults.
    Usage,
    /// Incomparable, stale, nothing to compare with, or the run failed.
    Incomparable,
    /// An engine, image, commit, input or resource cannot be had.
    Unavailable,
    /// Evidence is damaged.
    Damaged,
    /// Interrupted.
    Interrupted,
}

impl Exit {
    /// The number that the shell sees.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Different => 1,
            Self::Usage => 2,
            Self::Incomparable => 3,
            Self::Unavailable => 4,
            Self::Damaged => 5,
            Self::Interrupted => 130,
        }
    }

    /// Of two, the one that counts: 130, 5, 4, 2, 1, 3, 0, the first that applies.
    pub(crate) fn and(self, other: Self) -> Self {
        let rank = |exit: Self| match exit {
            Self::Interrupted => 0,
            Self::Damaged => 1,
            Self::Unavailable => 2,
            Self::Usage => 3,
            Self::Different => 4,
            Self::Incomparable => 5,
            Self::Done => 6,
        };
        if rank(self) <= rank(other) {
            self
        } else {
            other
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_the_documented_one_counts() {
        let order = [
            Exit::Interrupted,
            Exit::Damaged,
            Exit::Unavailable,
            Exit::Usage,
            Exit::Different,
            Exit::Incomparable,
            Exit::Done,
        ];
        for (index, first) in order.iter().enumerate() {
            for second in &order[index..] {
                assert_eq!(first.and(*second), *first);
                assert_eq!(second.and(*first), *first);
            }
        }
    }
}
