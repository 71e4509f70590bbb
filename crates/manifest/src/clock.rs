//! Where the clocks of a run stand, or how they count.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::quantity::{self, QuantityError};

/// Where the clocks stand, or how they count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Clock {
    /// They go with the host's.
    Host,
    /// The wall clock stands at this instant; monotonic clocks run on.
    At(Timestamp),
    /// Every clock advances by a step at each read, counted in each thread by itself. Experimental.
    Counting {
        /// Where the wall clock begins in each process.
        start: Timestamp,
        /// By how much each read advances every clock.
        step: ClockStep,
    },
}

/// By how much a read advances the counting clocks: whole nanoseconds, from 1 to an hour, written with a unit: `500ns`,
/// `1us`, `20ms`, `1s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClockStep(u64);

const UNITS: &[(&str, u64)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
];
const LARGEST: u64 = 3600 * 1_000_000_000;

impl ClockStep {
    /// A step of this many nanoseconds, which is at least 1 and at most an hour.
    pub fn from_nanoseconds(nanoseconds: u64) -> Self {
        Self(nanoseconds.clamp(1, LARGEST))
    }

    /// How many nanoseconds it has.
    pub const fn nanoseconds(self) -> u64 {
        self.0
    }
}

impl FromStr for ClockStep {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let nanoseconds = quantity::parse(text, UNITS, "`ns`, `us`, `ms`, `s`")?;
        if nanoseconds > LARGEST {
            return Err(QuantityError::Number(text.to_owned()));
        }
        Ok(Self(nanoseconds))
    }
}

impl fmt::Display for ClockStep {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        quantity::write(self.0, UNITS, formatter)
    }
}

impl TryFrom<String> for ClockStep {
    type Error = QuantityError;

    fn try_from(text: String) -> Result<Self, QuantityError> {
        text.parse()
    }
}

impl From<ClockStep> for String {
    fn from(step: ClockStep) -> Self {
        step.to_string()
    }
}

/// Why a text is no clock.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is neither `host` nor a date and time since 1970 with its offset")]
pub struct ClockError {
    text: String,
}

/// An instant since 1970: programs take an earlier one for an error.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    let instant = text.parse::<Timestamp>().ok();
    instant.filter(|instant| *instant >= Timestamp::UNIX_EPOCH)
}

impl FromStr for Clock {
    type Err = ClockError;

    fn from_str(text: &str) -> Result<Self, ClockError> {
        if text == "host" {
            return Ok(Self::Host);
        }
        let counting = || {
            let (start, step) = text.strip_prefix("from ")?.split_once(" by ")?;
            let (start, step) = (instant(start)?, step.parse().ok()?);
            Some(Self::Counting { start, step })
        };
        instant(text)
            .map(Self::At)
            .or_else(counting)
            .ok_or_else(|| ClockError {
                text: text.to_owned(),
            })
    }
}

impl fmt::Display for Clock {
    /// As it is encoded and written: `host`, RFC 3339 in UTC, or `from 2026-01-01T00:00:00Z by 1us`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host => formatter.write_str("host"),
            Self::At(instant) => instant.fmt(formatter),
            Self::Counting { start, step } => write!(formatter, "from {start} by {step}"),
        }
    }
}

impl TryFrom<String> for Clock {
    type Error = ClockError;

    fn try_from(text: String) -> Result<Self, ClockError> {
        text.parse()
    }
}

impl From<Clock> for String {
    fn from(clock: Clock) -> Self {
        clock.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_read_as_they_are_written() {
        for text in [
            "host",
            "2026-01-31T12:00:00Z",
            "from 2026-01-01T00:00:00Z by 1us",
            "from 1970-01-01T00:00:00.5Z by 1500ns",
            "from 2026-01-01T00:00:00Z by 3600s",
        ] {
            let clock: Clock = text.parse().expect(text);
            assert_eq!(clock.to_string(), text);
        }
    }

    #[test]
    fn one_clock_has_one_text() {
        let clock: Clock = "from 2026-01-01T01:00:00+01:00 by 1000 us"
            .parse()
            .expect("a clock");
        assert_eq!(clock.to_string(), "from 2026-01-01T00:00:00Z by 1ms");
    }

    #[test]
    fn what_is_no_clock_is_refused() {
        for text in [
            "",
            "1969-12-31T23:59:59Z",
            "from 1969-12-31T23:59:59Z by 1us",
            "from 2026-01-01T00:00:00Z by 0us",
            "from 2026-01-01T00:00:00Z by 1",
            "from 2026-01-01T00:00:00Z by 1min",
            "from 2026-01-01T00:00:00Z by 3601s",
            "from 2026-01-01T00:00:00Z",
        ] {
            assert!(text.parse::<Clock>().is_err(), "{text}");
        }
    }
}
