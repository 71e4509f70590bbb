//! How far two elements are apart.

use super::distance::{Distance, units_between};
use super::element_number::{ElementNumber, Float};

impl ElementNumber {
    /// Whether both are the same number.
    #[inline]
    pub(super) fn is_same(self, other: Self) -> bool {
        match (self, other) {
            (Self::Integer(left), Self::Integer(right)) => left == right,
            (Self::Float(left), Self::Float(right)) => left.is_same(right),
            (Self::Complex(left, left_imaginary), Self::Complex(right, right_imaginary)) => {
                left.is_same(right) && left_imaginary.is_same(right_imaginary)
            }
            _ => false,
        }
    }

    /// Whether it is finite, in both parts.
    #[inline]
    pub(super) fn is_finite(self) -> bool {
        self.magnitude().is_some()
    }

    /// How far the other, of the same type, is from this one.
    #[inline]
    pub(super) fn distance(self, got: Self) -> Distance {
        match (self, got) {
            (Self::Integer(expected), Self::Integer(got)) => whole(expected, got),
            (Self::Float(expected), Self::Float(got)) => {
                Distance::between(expected.value, got.value, Some(units(expected, got)))
            }
            (Self::Complex(expected, expected_imaginary), Self::Complex(got, got_imaginary)) => {
                complex((expected, expected_imaginary), (got, got_imaginary))
            }
            _ => Distance {
                absolute: None,
                relative: None,
                units_in_last_place: None,
                is_near_zero: false,
            },
        }
    }
}

/// Whole numbers are subtracted as such: as floating-point ones, neighbours beyond 2 to the power of 53 would be equal.
fn whole(expected: i128, got: i128) -> Distance {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a distance needs no more digits"
    )]
    let (absolute, size) = (
        (expected - got).unsigned_abs() as f64,
        expected.unsigned_abs() as f64,
    );
    Distance {
        absolute: Some(absolute),
        relative: (expected != 0).then(|| absolute / size),
        units_in_last_place: None,
        is_near_zero: false,
    }
}

#[inline]
fn units(expected: Float, got: Float) -> u64 {
    let width = u32::try_from(expected.element.size()).unwrap_or(8);
    units_between(expected.bits, got.bits, width)
}

/// By the length of the difference as a vector; in last places, by the part that is further away.
fn complex(expected: (Float, Float), got: (Float, Float)) -> Distance {
    let apart = |expected: Float, got: Float| {
        if expected.is_same(got) {
            0.0
        } else {
            expected.value - got.value
        }
    };
    let absolute = apart(expected.0, got.0).hypot(apart(expected.1, got.1));
    let is_far = |expected: Float, got: Float| {
        !(expected.is_same(got) || expected.value.is_finite() && got.value.is_finite())
    };
    let absolute = (!is_far(expected.0, got.0) && !is_far(expected.1, got.1)).then_some(absolute);
    let size = expected.0.value.hypot(expected.1.value);
    let parts = [(expected.0, got.0), (expected.1, got.1)].into_iter();
    let furthest = parts
        .filter(|(expected, got)| absolute.is_some() && !expected.is_same(*got))
        .map(|(one, other)| Distance::between(one.value, other.value, Some(units(one, other))))
        .max_by_key(|part| part.units_in_last_place);
    Distance {
        absolute,
        relative: absolute
            .filter(|_| size != 0.0 && size.is_finite())
            .map(|absolute| absolute / size),
        units_in_last_place: furthest.and_then(|part| part.units_in_last_place),
        is_near_zero: furthest.is_some_and(|part| part.is_near_zero),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::ElementType;

    #[test]
    fn large_whole_numbers_are_one_apart() {
        let left = ElementNumber::Integer(i128::from(u64::MAX));
        let right = ElementNumber::Integer(i128::from(u64::MAX) - 1);
        assert_eq!(left.distance(right).absolute, Some(1.0));
        assert!(!left.is_same(right));
    }

    #[test]
    fn a_complex_number_is_as_far_as_the_vector_is_long() {
        let part = |value: f32| Float::of_bits(u64::from(value.to_bits()), ElementType::Float(4));
        let left = ElementNumber::Complex(part(3.0), part(4.0));
        let right = ElementNumber::Complex(part(0.0), part(0.0));
        let distance = left.distance(right);
        assert_eq!(
            (distance.absolute, distance.relative),
            (Some(5.0), Some(1.0))
        );
        let bad = ElementNumber::Complex(part(f32::NAN), part(4.0));
        assert_eq!(left.distance(bad).absolute, None);
        let worse = ElementNumber::Complex(part(f32::NAN), part(5.0));
        assert_eq!(bad.distance(worse).absolute, Some(1.0));
        assert!(bad.is_same(bad));
    }
}
