//! The number that the bytes of an element hold.

use crate::content::ElementType;

/// The number that an element holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum ElementNumber {
    /// A whole one.
    Integer(i128),
    /// A floating-point one.
    Float(Float),
    /// A complex one: the real and the imaginary part.
    Complex(Float, Float),
}

/// A floating-point number with its bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Float {
    /// Its value, which every narrower type's fits in.
    pub(super) value: f64,
    /// Its bits, as far as its type has them.
    pub(super) bits: u64,
    /// Its type: a float, never a complex one.
    pub(super) element: ElementType,
}

impl Float {
    /// The number of these bits.
    #[inline]
    pub(super) fn of_bits(bits: u64, element: ElementType) -> Self {
        let value = match element {
            ElementType::Float(2) => narrow(bits, 5, 10),
            ElementType::Float(4) => f64::from(f32::from_bits(low(bits))),
            ElementType::BFloat16 => f64::from(f32::from_bits(low(bits) << 16)),
            ElementType::Float8E4M3 if bits & 0x7f == 0x7f => f64::NAN,
            ElementType::Float8E4M3 => finite(bits, 4, 3),
            ElementType::Float8E5M2 => narrow(bits, 5, 2),
            _ => f64::from_bits(bits),
        };
        Self {
            value,
            bits,
            element,
        }
    }

    /// Whether both are the same number: not-a-number is itself, negative zero is not zero.
    #[inline]
    pub(super) fn is_same(self, other: Self) -> bool {
        self.bits == other.bits || (self.value.is_nan() && other.value.is_nan())
    }
}

impl ElementNumber {
    /// The number in these bytes, the least significant first; `None` where elements are no numbers.
    #[inline]
    pub(super) fn read(element: ElementType, bytes: &[u8]) -> Option<Self> {
        let bits = word(bytes);
        Some(match element {
            ElementType::Bool | ElementType::Opaque(_) => return None,
            ElementType::Unsigned(_) => Self::Integer(i128::from(bits)),
            ElementType::Signed(size) => {
                let unused = 64_u32.saturating_sub(8 * u32::from(size));
                Self::Integer(i128::from((bits << unused).cast_signed() >> unused))
            }
            ElementType::Complex(size) => {
                let (real, imaginary) = bytes.split_at_checked(usize::from(size))?;
                let part = |bytes| Float::of_bits(word(bytes), ElementType::Float(size));
                Self::Complex(part(real), part(imaginary))
            }
            float => Self::Float(Float::of_bits(bits, float)),
        })
    }

    /// The larger of its parts without its sign; `None` where one is not finite.
    #[inline]
    pub(super) fn magnitude(self) -> Option<f64> {
        match self {
            #[expect(
                clippy::cast_precision_loss,
                reason = "a magnitude needs no more digits"
            )]
            Self::Integer(integer) => Some(integer.unsigned_abs() as f64),
            Self::Float(float) => Some(float.value.abs()),
            Self::Complex(real, imaginary) => {
                let finite = real.value.is_finite() && imaginary.value.is_finite();
                finite.then(|| real.value.abs().max(imaginary.value.abs()))
            }
        }
        .filter(|magnitude| magnitude.is_finite())
    }
}

/// At most eight bytes, the least significant first.
#[inline]
fn word(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    let length = bytes.len().min(8);
    word[..length].copy_from_slice(&bytes[..length]);
    u64::from_le_bytes(word)
}

#[inline]
fn low(bits: u64) -> u32 {
    u32::try_from(bits & u64::from(u32::MAX)).unwrap_or(0)
}

/// A number of few bits by the rules of IEEE 754.
fn narrow(bits: u64, exponent_bits: u32, fraction_bits: u32) -> f64 {
    let largest = (1 << exponent_bits) - 1;
    if (bits >> fraction_bits) & largest != largest {
        return finite(bits, exponent_bits, fraction_bits);
    }
    if bits & ((1 << fraction_bits) - 1) != 0 {
        f64::NAN
    } else if bits >> (exponent_bits + fraction_bits) & 1 == 1 {
        f64::NEG_INFINITY
    } else {
        f64::INFINITY
    }
}

/// A finite number of few bits, all of whose exponents are ordinary ones.
fn finite(bits: u64, exponent_bits: u32, fraction_bits: u32) -> f64 {
    let exponent = i32::try_from((bits >> fraction_bits) & ((1 << exponent_bits) - 1)).unwrap_or(0);
    let fraction = u32::try_from(bits & ((1 << fraction_bits) - 1)).unwrap_or(0);
    let one = 1_u32 << fraction_bits;
    let significand = if exponent == 0 {
        fraction
    } else {
        one + fraction
    };
    let bias = (1 << (exponent_bits - 1)) - 1;
    let scale = exponent.max(1) - bias - i32::try_from(fraction_bits).unwrap_or(0);
    let magnitude = f64::from(significand) * 2_f64.powi(scale);
    if bits >> (exponent_bits + fraction_bits) & 1 == 1 {
        -magnitude
    } else {
        magnitude
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_numbers_are_what_their_types_say() {
        let value = |bits, element| Float::of_bits(bits, element).value;
        let half = ElementType::Float(2);
        assert!((value(0x3c00, half) - 1.0).abs() < f64::EPSILON);
        assert!((value(0x7bff, half) - 65504.0).abs() < f64::EPSILON);
        assert!((value(1, half) - 2_f64.powi(-24)).abs() < f64::EPSILON * 2_f64.powi(-24));
        assert!(value(0x7c00, half).is_infinite() && value(0x7c01, half).is_nan());
        assert!(value(0x8000, half).is_sign_negative());
        assert!((value(0x3f80, ElementType::BFloat16) - 1.0).abs() < f64::EPSILON);
        assert!((value(0x7e, ElementType::Float8E4M3) - 448.0).abs() < f64::EPSILON);
        assert!(value(0x7f, ElementType::Float8E4M3).is_nan());
        assert!((value(0x7b, ElementType::Float8E5M2) - 57344.0).abs() < f64::EPSILON);
        assert!(value(0xfc, ElementType::Float8E5M2).is_infinite());
    }

    #[test]
    fn whole_numbers_keep_their_sign() {
        let read = |element, bytes: &[u8]| ElementNumber::read(element, bytes);
        let integer = |value| Some(ElementNumber::Integer(value));
        assert_eq!(read(ElementType::Signed(1), &[0xff]), integer(-1));
        assert_eq!(read(ElementType::Unsigned(1), &[0xff]), integer(255));
        assert_eq!(
            read(ElementType::Signed(8), &i64::MIN.to_le_bytes()),
            integer(i128::from(i64::MIN))
        );
        assert_eq!(
            read(ElementType::Unsigned(8), &[0xff; 8]),
            integer(i128::from(u64::MAX))
        );
    }
}
