//! How far two numbers are apart, and how much of a tolerance that uses.
//!
//! Not-a-number is equal to itself, whatever its payload. An infinity is equal to the same one and beyond every tolerance
//! from anything else; so is not-a-number. Negative zero differs from zero, by nothing: any tolerance lets it pass, and
//! without one it is a difference.

use resow_manifest::comparator::Tolerance;
use serde::Serialize;

/// How far two numbers are apart that are not the same.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Distance {
    /// `|expected - got|`; `None` (in JSON `null`) where either is not finite.
    pub absolute: Option<f64>,
    /// `|expected - got| / |expected|`; `None` where either is not finite, or zero is expected.
    pub relative: Option<f64>,
    /// How many steps of the type lie between them; `None` for whole numbers and what is not finite.
    pub units_in_last_place: Option<u64>,
    /// Whether these steps say little: zero lies between the numbers or is one of them, or they are close to it.
    pub is_near_zero: bool,
}

impl Distance {
    /// The distance of two finite or other numbers, `units` steps of their type apart.
    #[inline]
    pub fn between(expected: f64, got: f64, units: Option<u64>) -> Self {
        let absolute = (expected - got).abs();
        let absolute = (expected.is_finite() && got.is_finite()).then_some(absolute);
        let relative = absolute
            .filter(|_| expected != 0.0)
            .map(|absolute| absolute / expected.abs());
        let units = units.filter(|_| absolute.is_some());
        Self {
            absolute,
            relative,
            units_in_last_place: units,
            is_near_zero: units.is_some_and(|units| units > 0) && are_near_zero(expected, got),
        }
    }

    /// The share of the tolerance that is used: 0 to 1, by the bound that it fits best; `None` where it is beyond all.
    #[inline]
    pub fn used(&self, tolerance: &Tolerance) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "a share needs no more digits")]
        let units = self
            .units_in_last_place
            .zip(tolerance.units_in_last_place)
            .map(|(distance, bound)| (distance as f64, bound as f64));
        [
            self.absolute.zip(tolerance.absolute),
            self.relative.zip(tolerance.relative),
            units,
        ]
        .into_iter()
        .flatten()
        .filter(|(distance, bound)| distance <= bound)
        .map(|(distance, bound)| {
            if distance == 0.0 {
                0.0
            } else {
                distance / bound
            }
        })
        .min_by(f64::total_cmp)
    }
}

/// Whether zero lies between two numbers or is one of them, or both are less than what rounding leaves of 1 where a sum
/// should be zero.
fn are_near_zero(left: f64, right: f64) -> bool {
    left * right <= 0.0 || left.abs().max(right.abs()) < f64::EPSILON
}

/// How many steps lie between two floating-point numbers of `width` bytes, given as their bits: 2, 4 or 8 bytes of
/// IEEE 754, or a `bfloat16`, whose bits are ordered alike. Zero and negative zero are no step apart.
#[inline]
pub fn units_between(left: u64, right: u64, width: u32) -> u64 {
    let sign = 1_u64 << (8 * width - 1);
    // Sign and magnitude, so that all numbers stand on one line, the zeros in its middle: after Bruce Dawson, "Comparing
    // Floating Point Numbers".
    let place = |bits: u64| {
        let magnitude = bits & (sign - 1);
        if bits & sign == 0 {
            sign + magnitude
        } else {
            sign - magnitude
        }
    };
    place(left).abs_diff(place(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tolerance(absolute: Option<f64>, relative: Option<f64>, units: Option<u64>) -> Tolerance {
        Tolerance {
            absolute,
            relative,
            units_in_last_place: units,
        }
    }

    #[test]
    fn neighbours_are_one_step_apart() {
        let bits = |value: f32| u64::from(value.to_bits());
        assert_eq!(units_between(bits(1.0), bits(1.0 + f32::EPSILON), 4), 1);
        assert_eq!(units_between(bits(0.0), bits(-0.0), 4), 0);
        assert_eq!(units_between(1, (1 << 31) | 1, 4), 2);
        assert_eq!(
            units_between(f64::MAX.to_bits(), f64::MIN.to_bits(), 8),
            2 * f64::MAX.to_bits()
        );
    }

    #[test]
    fn any_bound_suffices_and_the_best_fit_is_told() {
        let distance = Distance::between(100.0, 101.0, Some(7));
        assert_eq!(distance.used(&tolerance(Some(2.0), None, None)), Some(0.5));
        assert_eq!(
            distance.used(&tolerance(Some(0.5), Some(0.04), None)),
            Some(0.25)
        );
        assert_eq!(distance.used(&tolerance(None, None, Some(6))), None);
        assert_eq!(distance.used(&Tolerance::default()), None);
    }

    #[test]
    fn what_is_not_finite_is_beyond_every_tolerance() {
        let wide = tolerance(Some(f64::MAX), Some(f64::MAX), Some(u64::MAX));
        for (left, right) in [
            (f64::NAN, 1.0),
            (f64::INFINITY, f64::MAX),
            (1.0, f64::NEG_INFINITY),
        ] {
            assert_eq!(Distance::between(left, right, Some(1)).used(&wide), None);
        }
    }

    #[test]
    fn steps_across_zero_or_near_it_say_little() {
        let is_near = |left, right| Distance::between(left, right, Some(7)).is_near_zero;
        assert!(is_near(0.0, 0.5) && is_near(-1.0, 1.0) && is_near(3e-17, 1e-17));
        assert!(!is_near(0.25, 0.5) && !is_near(3e-9, 1e-9));
        assert!(!Distance::between(0.0, 0.5, None).is_near_zero);
        assert!(!Distance::between(0.0, -0.0, Some(0)).is_near_zero);
    }

    #[test]
    fn nothing_is_far_from_zero_by_a_share() {
        let distance = Distance::between(0.0, 1e-30, None);
        assert_eq!(distance.relative, None);
        assert_eq!(distance.used(&tolerance(None, Some(0.5), None)), None);
        assert_eq!(distance.used(&tolerance(Some(0.0), None, None)), None);
        assert_eq!(
            Distance::between(0.0, -0.0, Some(0)).used(&tolerance(Some(0.0), None, None)),
            Some(0.0)
        );
    }
}
