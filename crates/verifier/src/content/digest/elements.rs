//! The elements of an array in the one form that is hashed.

use sha2::{Digest as _, Sha256};

use crate::content::{Array, ByteOrder, ContentError, ElementType, Layout};

/// How much is read at once.
const BUFFER: usize = 1 << 20;
/// The most bytes of an array that is brought from columns to rows, in memory.
const MOST_REORDERED: u64 = 256 << 20;

/// The hash of all elements: row by row, the least significant byte first, each not-a-number as one.
///
/// # Errors
/// When they cannot be read, are fewer than the shape says, or too many to be brought into rows.
pub(super) fn hash(array: &Array) -> Result<[u8; 32], ContentError> {
    let bytes = Array::bytes(array.element, &array.shape).ok_or(ContentError::Truncated)?;
    if array.data.length() < bytes {
        return Err(ContentError::Truncated);
    }
    let mut state = Sha256::new();
    let is_long = |length: &&u64| **length > 1;
    if array.layout == Layout::ColumnMajor && array.shape.iter().filter(is_long).count() > 1 {
        hash_columns(array, bytes, &mut state)?;
    } else {
        hash_rows(array, bytes, &mut state)?;
    }
    Ok(state.finalize().into())
}

fn hash_rows(array: &Array, bytes: u64, state: &mut Sha256) -> Result<(), ContentError> {
    // Words are whole in a buffer: those that have an order have 1, 2, 4 or 8 bytes.
    let mut buffer = vec![0; BUFFER];
    let mut offset = 0;
    while offset < bytes {
        let left = usize::try_from(bytes - offset).unwrap_or(BUFFER);
        let part = &mut buffer[..left.min(BUFFER)];
        if array.data.read_at(offset, part)? < part.len() {
            return Err(ContentError::Truncated);
        }
        normalise(array, part);
        state.update(&*part);
        offset += part.len() as u64;
    }
    Ok(())
}

fn hash_columns(array: &Array, bytes: u64, state: &mut Sha256) -> Result<(), ContentError> {
    let data = array.data.slice(0, bytes).ok_or(ContentError::Truncated)?;
    let mut data = data.read_all(MOST_REORDERED)?;
    normalise(array, &mut data);
    let fits = |length: u64| usize::try_from(length).map_err(|_| ContentError::Truncated);
    let size = fits(array.element.size())?;
    let shape: Vec<usize> = (array.shape.iter().copied().map(fits)).collect::<Result<_, _>>()?;
    if data.is_empty() || size == 0 {
        return Ok(());
    }
    let mut index = vec![0; shape.len()];
    for _ in 0..data.len() / size {
        let place = (index.iter().zip(&shape)).rev();
        let place = place.fold(0, |place, (index, length)| place * length + index);
        state.update(&data[place * size..(place + 1) * size]);
        for (index, length) in index.iter_mut().zip(&shape).rev() {
            *index += 1;
            if *index < *length {
                break;
            }
            *index = 0;
        }
    }
    Ok(())
}

/// Brings whole words into the form that is hashed.
fn normalise(array: &Array, bytes: &mut [u8]) {
    let word = usize::try_from(array.element.word()).unwrap_or(1).max(1);
    if array.order == ByteOrder::Big && word > 1 {
        bytes.chunks_exact_mut(word).for_each(<[u8]>::reverse);
    }
    if let Some(nan) = NotANumber::of(array.element) {
        bytes
            .chunks_exact_mut(word)
            .for_each(|word| nan.unify(word));
    }
}

/// How not-a-number is written in a type.
struct NotANumber {
    /// The bits without the sign.
    magnitude: u64,
    /// What those are greater than of not-a-number: the bits of infinity.
    infinity: u64,
    /// The bits of the one that stands for all.
    one: u64,
}

impl NotANumber {
    fn of(element: ElementType) -> Option<Self> {
        let (magnitude, infinity, one) = match element {
            ElementType::Float(2) => (0x7fff, 0x7c00, 0x7e00),
            ElementType::BFloat16 => (0x7fff, 0x7f80, 0x7fc0),
            ElementType::Float(4) | ElementType::Complex(4) => {
                (0x7fff_ffff, 0x7f80_0000, 0x7fc0_0000)
            }
            ElementType::Float(8) | ElementType::Complex(8) => (
                0x7fff_ffff_ffff_ffff,
                0x7ff0_0000_0000_0000,
                0x7ff8_0000_0000_0000,
            ),
            ElementType::Float8E4M3 => (0x7f, 0x7e, 0x7f),
            ElementType::Float8E5M2 => (0x7f, 0x7c, 0x7e),
            _ => return None,
        };
        Some(Self {
            magnitude,
            infinity,
            one,
        })
    }

    /// Writes the one that stands for all over any not-a-number.
    fn unify(&self, word: &mut [u8]) {
        let mut bits = [0; 8];
        bits[..word.len()].copy_from_slice(word);
        if u64::from_le_bytes(bits) & self.magnitude > self.infinity {
            word.copy_from_slice(&self.one.to_le_bytes()[..word.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Source;

    fn array(element: ElementType, order: ByteOrder, layout: Layout, bytes: &[u8]) -> Array {
        let count = bytes.len() as u64 / element.size();
        Array {
            element,
            order,
            shape: vec![2, count / 2],
            layout,
            data: Source::of_bytes(bytes),
        }
    }

    fn hashed(element: ElementType, order: ByteOrder, layout: Layout, bytes: &[u8]) -> [u8; 32] {
        hash(&array(element, order, layout, bytes)).expect("in memory")
    }

    #[test]
    fn byte_order_and_layout_do_not_matter() {
        let rows = b"aAbBcCdDeEfF";
        let columns = b"AaDdBbEeCcFf";
        let kind = ElementType::Unsigned(2);
        assert_eq!(
            hashed(kind, ByteOrder::Little, Layout::RowMajor, rows),
            hashed(kind, ByteOrder::Big, Layout::ColumnMajor, columns)
        );
        let expected: [u8; 32] = Sha256::digest(rows).into();
        assert_eq!(
            hashed(kind, ByteOrder::Little, Layout::RowMajor, rows),
            expected
        );
    }

    #[test]
    fn not_a_number_is_one_and_zero_has_a_sign() {
        let of = |numbers: [f32; 2]| {
            let bytes: Vec<u8> = numbers.iter().flat_map(|one| one.to_be_bytes()).collect();
            hashed(
                ElementType::Float(4),
                ByteOrder::Big,
                Layout::RowMajor,
                &bytes,
            )
        };
        let other = f32::from_bits(0xff80_0001);
        assert_eq!(of([f32::NAN, 1.0]), of([other, 1.0]));
        assert_ne!(of([f32::NAN, 1.0]), of([f32::INFINITY, 1.0]));
        assert_ne!(of([0.0, 1.0]), of([-0.0, 1.0]));
        let of = |bytes: [u8; 2]| {
            hashed(
                ElementType::Float8E4M3,
                ByteOrder::Little,
                Layout::RowMajor,
                &bytes,
            )
        };
        assert_eq!(of([0x7f, 0x7e]), of([0xff, 0x7e]));
        assert_ne!(of([0x7f, 0x7e]), of([0x7e, 0x7e]));
    }

    #[test]
    fn fewer_elements_than_the_shape_says_have_no_hash() {
        let mut array = array(
            ElementType::Bool,
            ByteOrder::Little,
            Layout::RowMajor,
            b"ab",
        );
        for shape in [vec![3], vec![u64::MAX], vec![u64::MAX, 3]] {
            array.shape = shape;
            assert!(matches!(hash(&array), Err(ContentError::Truncated)));
        }
    }
}
