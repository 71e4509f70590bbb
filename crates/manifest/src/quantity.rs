//! Quantities with units: sizes in bytes and durations.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A size in bytes, written with a unit: `16GiB`, `500MB`, `1024B`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ByteSize(u64);

/// A duration in whole seconds, written with a unit: `90s`, `15m`, `6h`, `3d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeSpan(u64);

/// Why a text is not a quantity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// It does not begin with a whole number, is zero, or is 8 EiB or more.
    #[error("`{0}` is not a whole number from 1 up with a unit, or is too large")]
    Number(String),
    /// It is a number alone.
    #[error("`{text}` has no unit: use one of {known}")]
    NoUnit {
        /// The quantity as written.
        text: String,
        /// The units that are known.
        known: &'static str,
    },
    /// The unit is not known.
    #[error("`{text}` has the unknown unit `{unit}`: use one of {known}")]
    Unit {
        /// The quantity as written.
        text: String,
        /// The unit as written.
        unit: String,
        /// The units that are known.
        known: &'static str,
    },
}

const SIZE_UNITS: &[(&str, u64)] = &[
    ("B", 1),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];
const TIME_UNITS: &[(&str, u64)] = &[("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)];

/// Reads a whole number and one of the units.
pub(crate) fn parse(
    text: &str,
    units: &[(&str, u64)],
    known: &'static str,
) -> Result<u64, QuantityError> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let malformed = || QuantityError::Number(text.to_owned());
    let number: u64 = number.parse().map_err(|_| malformed())?;
    let unit = unit.trim_start();
    if unit.starts_with(['.', ',', '_']) {
        return Err(malformed());
    }
    if unit.is_empty() {
        return Err(QuantityError::NoUnit {
            text: text.to_owned(),
            known,
        });
    }
    let factor = units
        .iter()
        .find_map(|(name, factor)| (*name == unit).then_some(*factor))
        .ok_or_else(|| QuantityError::Unit {
            text: text.to_owned(),
            unit: unit.to_owned(),
            known,
        })?;
    let value = number.checked_mul(factor).ok_or_else(malformed)?;
    // Engines take signed 64-bit numbers.
    if value == 0 || value > i64::MAX as u64 {
        return Err(malformed());
    }
    Ok(value)
}

/// Writes it in the largest unit of which it is a whole number.
pub(crate) fn write(
    value: u64,
    units: &[(&str, u64)],
    formatter: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let (name, factor) = units
        .iter()
        .filter(|(_, factor)| value.is_multiple_of(*factor))
        .max_by_key(|(_, factor)| *factor)
        .unwrap_or(&units[0]);
    write!(formatter, "{}{name}", value / factor)
}

impl ByteSize {
    /// A size of this many bytes.
    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// The number of bytes.
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

impl TimeSpan {
    /// A span of this many seconds.
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds)
    }

    /// As a [`Duration`].
    pub const fn duration(self) -> Duration {
        Duration::from_secs(self.0)
    }
}

macro_rules! quantity {
    ($name:ident, $units:ident, $known:literal) => {
        impl FromStr for $name {
            type Err = QuantityError;

            fn from_str(text: &str) -> Result<Self, QuantityError> {
                parse(text, $units, $known).map(Self)
            }
        }

        impl fmt::Display for $name {
            /// With the largest unit that leaves a whole number.
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write(self.0, $units, formatter)
            }
        }

        impl TryFrom<String> for $name {
            type Error = QuantityError;

            fn try_from(text: String) -> Result<Self, QuantityError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(quantity: $name) -> Self {
                quantity.to_string()
            }
        }
    };
}

quantity!(
    ByteSize,
    SIZE_UNITS,
    "B, kB, MB, GB, TB, KiB, MiB, GiB, TiB"
);
quantity!(TimeSpan, TIME_UNITS, "s, m, h, d");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_those_of_the_standards() {
        assert_eq!("16GiB".parse(), Ok(ByteSize::from_bytes(16 << 30)));
        assert_eq!("2 MB".parse(), Ok(ByteSize::from_bytes(2_000_000)));
        assert_eq!("3d".parse(), Ok(TimeSpan::from_seconds(259_200)));
    }

    #[test]
    fn what_is_no_quantity_is_refused() {
        for text in [
            "",
            "GiB",
            "16",
            "16GIB",
            "16gb",
            "-1GiB",
            "1.5GiB",
            "0B",
            "99999999TiB",
        ] {
            assert!(text.parse::<ByteSize>().is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn sizes_round_trip(bytes in 1_u64..=i64::MAX as u64) {
            let size = ByteSize::from_bytes(bytes);
            proptest::prop_assert_eq!(size.to_string().parse::<ByteSize>(), Ok(size));
        }
    }
}
