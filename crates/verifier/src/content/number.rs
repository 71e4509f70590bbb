//! Numbers as they stand in structured data, exactly: no two that are written as different ones are the same.

use std::cmp::Ordering;

use super::decimal::Decimal;

/// A number.
#[derive(Clone, Debug, PartialEq)]
pub enum Number {
    /// A whole number.
    Integer(i128),
    /// A number with a fraction or an exponent that is the shortest text of this one; or no finite number.
    Float(f64),
    /// Any other, as a text: a whole number of more than 38 digits, without a plus sign and leading zeros; or one with
    /// more digits than the type can hold, or beyond its range, as digits and an exponent.
    Large(String),
}

impl Number {
    /// The number that a text of JSON or CSV writes; `None` where it is none. `1e3`, `1.0` and `.5` are floating-point
    /// numbers, and so is `-0`; `0x10`, `1_000`, `inf` and texts with spaces are no numbers here.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        if digits.is_empty() {
            return None;
        }
        if digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Self::whole(text, digits));
        }
        let plain = digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'-' | b'+'));
        if !plain {
            return None;
        }
        let float: f64 = text.parse().ok()?;
        let Some(decimal) = Decimal::parse(text) else {
            return Some(Self::Large(text.to_owned()));
        };
        // Beyond what the type can hold, different numbers would all be read as one.
        Some(match decimal.is_shortest_of(float) {
            true => Self::Float(float),
            false => Self::Large(decimal.to_string()),
        })
    }

    fn whole(text: &str, digits: &str) -> Self {
        match text.parse() {
            Ok(0) if text.starts_with('-') => Self::Float(-0.0),
            Ok(integer) => Self::Integer(integer),
            Err(_) => {
                let sign = if text.starts_with('-') { "-" } else { "" };
                Self::Large(format!("{sign}{}", digits.trim_start_matches('0')))
            }
        }
    }

    /// Whether it is a whole one that is written as such.
    pub(crate) fn is_whole(&self) -> bool {
        match self {
            Self::Integer(_) => true,
            Self::Float(_) => false,
            Self::Large(text) => !text.contains(['e', 'E', '.']),
        }
    }

    /// As a floating-point number: the nearest one.
    pub fn to_float(&self) -> f64 {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "the nearest is asked for")]
            Self::Integer(integer) => *integer as f64,
            Self::Float(float) => *float,
            Self::Large(digits) => digits.parse().unwrap_or(f64::NAN),
        }
    }

    /// Whether both are the same number, however they are written: `1` and `1.0` are. Negative zero is not zero, and
    /// not-a-number is itself.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Integer(left), Self::Integer(right)) => left == right,
            (Self::Large(left), Self::Large(right)) => left == right,
            (Self::Float(left), Self::Float(right)) => {
                left.total_cmp(right) == Ordering::Equal || (left.is_nan() && right.is_nan())
            }
            (Self::Integer(integer), Self::Float(float))
            | (Self::Float(float), Self::Integer(integer)) => is_exactly(*integer, *float),
            (Self::Large(_), _) | (_, Self::Large(_)) => false,
        }
    }
}

/// Whether the floating-point number is exactly this whole one.
fn is_exactly(integer: i128, float: f64) -> bool {
    // Beyond this every number of this type may have lost digits: 2 to the power of 53.
    const EXACT: i128 = 1 << 53;
    if integer == 0 {
        return float.total_cmp(&0.0) == Ordering::Equal;
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "it is below 2 to the power of 53"
    )]
    let same = integer.abs() <= EXACT && integer as f64 == float;
    same
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_as_numbers() {
        let same = |left: &str, right: &str| {
            let number = |text| Number::parse(text).expect("a number");
            number(left).is_same(&number(right))
        };
        assert!(same("1", "1.0") && same("1e3", "1000") && same("+7", "7"));
        assert!(same("0.1", "1e-1") && same("0.10", "+.1") && same("1e23", "10.0e22"));
        assert!(!same("0", "-0.0") && !same("0.0", "-0.0") && !same("0", "-0"));
        assert!(same("-0", "-0.0") && same("-0e7", "-0"));
        assert!(!same("18446744073709551617", "18446744073709551618"));
        assert!(!same("9007199254740993", "9007199254740992.0"));
        assert!(!same("1e400", "2e400") && !same("1e-400", "0.0") && same("0e400", "0.0"));
        // Each pair is one number in floating point.
        for (left, right) in [
            ("9007199254740993.0", "9007199254740992.0"),
            ("0.1", "0.1000000000000000055511151231257827"),
            ("0.3333333333333333333333", "0.3333333333333333333334"),
            ("1e-324", "2e-324"),
            ("1e309", "2e309"),
        ] {
            assert!(!same(left, right), "{left} {right}");
        }
        assert!(same(
            "1234567890.12345678901234",
            "123456789012345678901234e-14"
        ));
        let large = "1".repeat(60);
        assert!(same(&large, &format!("00{large}")));
        assert!(!same(&large, &format!("{large}0")));
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in [
            "", "-", "inf", "nan", "0x10", "1_000", " 1", "e", ".", "1-1",
        ] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
        assert_eq!(Number::parse(".5"), Some(Number::Float(0.5)));
    }
}
