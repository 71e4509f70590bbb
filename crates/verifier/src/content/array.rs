//! Arrays: their form, and the bytes of their elements.

use std::fmt;

use serde::Serialize;

use super::source::Source;

/// An array. Its data has exactly as many bytes as its shape and element type say.
#[derive(Clone, Debug)]
pub struct Array {
    /// The type of each element.
    pub element: ElementType,
    /// The order of bytes in an element.
    pub order: ByteOrder,
    /// The length of each dimension; none for a single number.
    pub shape: Vec<u64>,
    /// The order of elements.
    pub layout: Layout,
    /// The elements, one after another.
    pub data: Source,
}

impl Array {
    /// How many elements there are; `None` where that does not fit.
    pub fn count(shape: &[u64]) -> Option<u64> {
        shape
            .iter()
            .try_fold(1_u64, |count, length| count.checked_mul(*length))
    }

    /// How many bytes the elements have; `None` where that does not fit.
    pub fn bytes(element: ElementType, shape: &[u64]) -> Option<u64> {
        Self::count(shape)?.checked_mul(element.size())
    }
}

/// The type of an array's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "String")]
pub enum ElementType {
    /// A truth value in a byte.
    Bool,
    /// A signed integer of 1, 2, 4 or 8 bytes.
    Signed(u8),
    /// An unsigned integer of 1, 2, 4 or 8 bytes.
    Unsigned(u8),
    /// IEEE 754 binary floating point of 2, 4 or 8 bytes.
    Float(u8),
    /// The upper half of a 4-byte floating-point number.
    BFloat16,
    /// Floating point in a byte, 4 bits of exponent and 3 of fraction, without infinities.
    Float8E4M3,
    /// Floating point in a byte, 5 bits of exponent and 2 of fraction.
    Float8E5M2,
    /// Two floating-point numbers of 4 or 8 bytes each, the real part first; the number is the size of one.
    Complex(u8),
    /// That many bytes of which only equality is known: text of a fixed width, records, dates.
    Opaque(u32),
}

impl ElementType {
    /// How many bytes an element has.
    pub fn size(self) -> u64 {
        match self {
            Self::Bool | Self::Float8E4M3 | Self::Float8E5M2 => 1,
            Self::Signed(size) | Self::Unsigned(size) | Self::Float(size) => u64::from(size),
            Self::BFloat16 => 2,
            Self::Complex(size) => 2 * u64::from(size),
            Self::Opaque(size) => u64::from(size),
        }
    }

    /// How many bytes stand together in an order: of a complex number, one part's.
    pub fn word(self) -> u64 {
        match self {
            Self::Complex(size) => u64::from(size),
            Self::Opaque(_) => 1,
            other => other.size(),
        }
    }
}

impl fmt::Display for ElementType {
    /// As NumPy and PyTorch call it: `float32`, `bfloat16`, `12 bytes`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => formatter.write_str("bool"),
            Self::Signed(size) => write!(formatter, "int{}", u32::from(*size) * 8),
            Self::Unsigned(size) => write!(formatter, "uint{}", u32::from(*size) * 8),
            Self::Float(size) => write!(formatter, "float{}", u32::from(*size) * 8),
            Self::BFloat16 => formatter.write_str("bfloat16"),
            Self::Float8E4M3 => formatter.write_str("float8_e4m3"),
            Self::Float8E5M2 => formatter.write_str("float8_e5m2"),
            Self::Complex(size) => write!(formatter, "complex{}", u32::from(*size) * 16),
            Self::Opaque(size) => write!(formatter, "{size} bytes"),
        }
    }
}

impl From<ElementType> for String {
    fn from(element: ElementType) -> Self {
        element.to_string()
    }
}

/// The order of bytes in an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ByteOrder {
    /// The least significant first; also where an element is one byte.
    Little,
    /// The most significant first.
    Big,
}

/// The order of elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// The last index runs fastest, as in C; also where there are fewer than two dimensions.
    RowMajor,
    /// The first index runs fastest, as in Fortran.
    ColumnMajor,
}

impl fmt::Display for Layout {
    /// `row by row` or `column by column`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::RowMajor => "row by row",
            Self::ColumnMajor => "column by column",
        })
    }
}
