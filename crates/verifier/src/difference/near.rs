//! How far two numbers of structured data are apart.

use super::distance::{Distance, units_between};
use crate::content::Number;

/// How far apart two numbers are that are not the same. Steps of the type are those of 8-byte floating point, and
/// between two such numbers alone.
pub(super) fn distance_of(expected: &Number, got: &Number) -> Distance {
    let (left, right) = (expected.to_float(), got.to_float());
    match (expected, got) {
        (Number::Float(_), Number::Float(_)) => {
            let units = units_between(left.to_bits(), right.to_bits(), 8);
            Distance::between(left, right, Some(units))
        }
        (Number::Integer(expected), Number::Integer(got)) => {
            let apart = expected.abs_diff(*got);
            #[expect(clippy::cast_precision_loss, reason = "the nearest is asked for")]
            at_least(apart as f64, left, right)
        }
        _ if expected.is_whole() && got.is_whole() => at_least(1.0, left, right),
        _ => Distance::between(left, right, None),
    }
}

/// The distance of two numbers of which it is known that they are at least `least` apart: long whole numbers may round
/// to one floating-point number.
fn at_least(least: f64, left: f64, right: f64) -> Distance {
    let distance = Distance::between(left, right, None);
    let absolute = distance.absolute.map(|absolute| absolute.max(least));
    Distance {
        absolute,
        relative: distance
            .relative
            .and(absolute)
            .map(|absolute| absolute / left.abs()),
        units_in_last_place: None,
        is_near_zero: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(left: &str, right: &str) -> Distance {
        let number = |text| Number::parse(text).expect("a number");
        distance_of(&number(left), &number(right))
    }

    #[test]
    fn steps_are_between_floating_point_numbers_alone() {
        assert_eq!(
            distance("1.0", "1.0000000000000002").units_in_last_place,
            Some(1)
        );
        assert_eq!(
            distance("1", "1.0000000000000002").units_in_last_place,
            None
        );
        assert_eq!(distance("-0.0", "0.0").units_in_last_place, Some(0));
    }

    #[test]
    fn long_whole_numbers_do_not_round_to_one() {
        let found = distance("18446744073709551616", "18446744073709551617");
        assert_eq!(found.absolute, Some(1.0));
        let digits = "7".repeat(50);
        let found = distance(&format!("{digits}1"), &format!("{digits}2"));
        assert_eq!(found.absolute, Some(1.0));
        assert_eq!(distance("1e-400", "2e-400").absolute, Some(0.0));
        let found = distance("9007199254740993.0", "9007199254740992.0");
        assert_eq!(
            (found.absolute, found.units_in_last_place),
            (Some(0.0), None)
        );
        let digits = "7".repeat(500);
        assert_eq!(distance(&digits, "1").absolute, None);
    }
}
