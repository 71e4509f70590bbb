//! A finite number as its decimal digits, whichever way it is written.

use std::fmt;

/// Up to as many digits, every number in the usual range is the shortest text of a floating-point one.
const ALWAYS_HELD: usize = 15;

/// A finite number: `0.digits` times ten to the power of `exponent`; no digits for zero.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    is_negative: bool,
    /// Without zeros before and behind.
    digits: String,
    exponent: i64,
}

impl Decimal {
    /// The number that a text writes which is one; `None` where its exponent fits no type.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let exponent: i64 = exponent.parse().ok()?;
        let is_negative = mantissa.starts_with('-');
        let mantissa = mantissa.trim_start_matches(['-', '+']);
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits = format!("{whole}{fraction}");
        let zeros = digits.len() - digits.trim_start_matches('0').len();
        digits.drain(..zeros);
        digits.truncate(digits.trim_end_matches('0').len());
        let point = i64::try_from(whole.len()).ok()? - i64::try_from(zeros).ok()?;
        let exponent = match digits.is_empty() {
            true => 0,
            false => exponent.checked_add(point)?,
        };
        Some(Self {
            is_negative,
            digits,
            exponent,
        })
    }

    /// Whether this is the shortest text that is read as `float`.
    pub(super) fn is_shortest_of(&self, float: f64) -> bool {
        if self.digits.is_empty() {
            return float == 0.0;
        }
        if self.digits.len() <= ALWAYS_HELD && float.is_normal() {
            return true;
        }
        float.is_finite() && Self::parse(&format!("{float:e}")).as_ref() == Some(self)
    }
}

impl fmt::Display for Decimal {
    /// `-12e-7`: all digits, then the power of ten.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_negative { "-" } else { "" };
        let digits = i128::try_from(self.digits.len()).unwrap_or(i128::MAX);
        let exponent = i128::from(self.exponent) - digits;
        write!(formatter, "{sign}{}e{exponent}", self.digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_has_one_form() {
        for (text, expected) in [
            ("1.50", "15e-1"),
            ("-0.0012", "-12e-4"),
            ("1e3", "1e3"),
            ("00120.0E+2", "12e3"),
            (".5", "5e-1"),
        ] {
            let decimal = Decimal::parse(text).expect(text);
            assert_eq!(decimal.to_string(), expected, "{text}");
        }
        assert_eq!(Decimal::parse("1e99999999999999999999"), None);
    }

    #[test]
    fn the_shortest_text_of_a_number_is_known() {
        for text in ["0.1", "1e23", "5e-324", "0.30000000000000004", "-0.0"] {
            let decimal = Decimal::parse(text).expect(text);
            assert!(decimal.is_shortest_of(text.parse().expect(text)), "{text}");
        }
        for text in ["9007199254740993.0", "3e-324", "1e309", "1e-400"] {
            let decimal = Decimal::parse(text).expect(text);
            assert!(!decimal.is_shortest_of(text.parse().expect(text)), "{text}");
        }
    }
}
