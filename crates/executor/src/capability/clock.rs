//! Whether the clock can be right.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Before this (2026-01-01) there was no resow.
const FIRST: Duration = Duration::from_secs(1_767_225_600);

/// After this (2106-02-07) times do not fit where other programs keep them, in 32 bits.
const LAST: Duration = Duration::from_secs(u32::MAX as u64);

/// What the clock says, and whether that can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockFacts {
    /// The time.
    pub now: SystemTime,
    /// What is wrong with it.
    pub fault: Option<ClockFault>,
}

/// Why a time cannot be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClockFault {
    /// It is earlier than resow's first version.
    #[error("it stands before the first resow was made")]
    TooEarly,
    /// It is too far in the future.
    #[error("it stands after the year 2105")]
    TooLate,
    /// It is earlier than the time at which this resow was installed.
    #[error("it stands {} s before this resow was installed", .0.as_secs())]
    BeforeInstallation(Duration),
}

impl ClockFacts {
    /// Reads the clock, and when the program was installed.
    pub(super) fn probe(executable: Option<&Path>) -> Self {
        let installed = executable.and_then(|path| fs::metadata(path).ok()?.modified().ok());
        let now = SystemTime::now();
        Self {
            now,
            fault: fault(now, installed),
        }
    }
}

fn fault(now: SystemTime, installed: Option<SystemTime>) -> Option<ClockFault> {
    if now < SystemTime::UNIX_EPOCH + FIRST {
        return Some(ClockFault::TooEarly);
    }
    if now > SystemTime::UNIX_EPOCH + LAST {
        return Some(ClockFault::TooLate);
    }
    let ahead = installed?.duration_since(now).ok()?;
    // File times are coarse.
    (ahead > Duration::from_secs(2)).then_some(ClockFault::BeforeInstallation(ahead))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_cannot_be_are_told() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let today = at(1_800_000_000);
        assert_eq!(fault(today, Some(at(1_799_999_999))), None);
        assert_eq!(fault(today, None), None);
        assert_eq!(fault(at(0), None), Some(ClockFault::TooEarly));
        assert_eq!(fault(at(5_000_000_000), None), Some(ClockFault::TooLate));
        let later = Some(at(1_800_000_100));
        let expected = ClockFault::BeforeInstallation(Duration::from_secs(100));
        assert_eq!(fault(today, later), Some(expected));
    }
}
