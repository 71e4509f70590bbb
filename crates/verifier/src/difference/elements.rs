//! Two arrays of one type and shape, compared as they are read: equal parts at once, others element by element.

use resow_manifest::comparator::Tolerance;

use super::array_difference::ElementDifferences;
use super::element_number::ElementNumber;
use super::element_tally::ElementTally;
use super::numpy_type::NumpyType;
use super::reordering::Reordered;
use crate::content::{Array, ByteOrder, ContentError, ElementType, Layout, Source};

/// How much is read of each at once.
const BUFFER: u64 = 1 << 20;

/// What the comparison of all elements came to.
pub(super) enum Verdict {
    /// All are the same.
    Same,
    /// Some differ, none by more than the tolerance, of which this share is used.
    Within(Box<ElementDifferences>, f64),
    /// Some differ by more.
    Differ(Box<ElementDifferences>),
    /// Their order differs, and they are too many to be brought into the same.
    Unknown,
}

/// Compares two arrays of one type and shape; `types` tells their elements, where NumPy says more of them.
///
/// # Errors
/// When one cannot be read or is shorter than its shape.
pub(super) fn compare_elements(
    left: &Array,
    right: &Array,
    tolerance: &Tolerance,
    types: [Option<&NumpyType<'_>>; 2],
) -> Result<Verdict, ContentError> {
    let of = Array::count(&left.shape).ok_or(ContentError::Truncated)?;
    let bytes = Array::bytes(left.element, &left.shape).ok_or(ContentError::Truncated)?;
    if left.data.length() < bytes || right.data.length() < bytes {
        return Err(ContentError::Truncated);
    }
    if left.element.size() > BUFFER {
        return if effective_layout(left) == effective_layout(right) {
            compare_elements(
                &by_bytes(left, of),
                &by_bytes(right, of),
                tolerance,
                [None; 2],
            )
        } else {
            Ok(Verdict::Unknown)
        };
    }
    let layout = effective_layout(left);
    let right_data = if layout == effective_layout(right) {
        Elements::InOrder(&right.data)
    } else if bytes <= Reordered::MOST_BYTES {
        Elements::Reordered(Reordered::read(right, bytes)?)
    } else {
        return Ok(Verdict::Unknown);
    };
    let mut tally = ElementTally::new(left.element, &left.shape, layout, tolerance, types);
    let swaps = Swaps::new(left, right);
    walk(bytes, left, &right_data, &swaps, &mut tally)?;
    let near_zero = match tally.steepest() {
        Some(steepest) => is_near_zero(left, bytes, steepest)?,
        None => false,
    };
    Ok(match tally.finish(of, near_zero) {
        None => Verdict::Same,
        Some((found, used)) if found.beyond_tolerance == 0 => {
            Verdict::Within(Box::new(found), used)
        }
        Some((found, _)) => Verdict::Differ(Box::new(found)),
    })
}

/// An array whose elements are too long for a buffer, as one of bytes. Column by column, its elements are only counted.
fn by_bytes(array: &Array, count: u64) -> Array {
    let mut shape = match effective_layout(array) {
        Layout::RowMajor => array.shape.clone(),
        Layout::ColumnMajor => vec![count],
    };
    shape.push(array.element.size());
    Array {
        element: ElementType::Opaque(1),
        shape,
        layout: Layout::RowMajor,
        ..array.clone()
    }
}

/// Fewer than two dimensions that are longer than one have no order of elements.
fn effective_layout(array: &Array) -> Layout {
    if array.shape.iter().filter(|length| **length > 1).count() < 2 {
        Layout::RowMajor
    } else {
        array.layout
    }
}

/// Where elements are read from.
enum Elements<'a> {
    InOrder(&'a Source),
    Reordered(Reordered),
}

impl Elements<'_> {
    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), ContentError> {
        match self {
            Self::InOrder(source) => read_exactly(source, offset, buffer),
            Self::Reordered(reordered) => {
                reordered.fill(offset, buffer);
                Ok(())
            }
        }
    }
}

fn read_exactly(source: &Source, offset: u64, buffer: &mut [u8]) -> Result<(), ContentError> {
    if source.read_at(offset, buffer)? < buffer.len() {
        return Err(ContentError::Truncated);
    }
    Ok(())
}

/// What must be turned round for elements to be compared.
struct Swaps {
    /// Bytes that stand together in an order.
    word: usize,
    /// Whether both have another order.
    differ: bool,
    /// Whether the left one begins with the most significant.
    is_big: bool,
}

impl Swaps {
    fn new(left: &Array, right: &Array) -> Self {
        let word = usize::try_from(left.element.word()).unwrap_or(1).max(1);
        Self {
            word,
            differ: word > 1 && left.order != right.order,
            is_big: word > 1 && left.order == ByteOrder::Big,
        }
    }

    fn turn(&self, bytes: &mut [u8]) {
        for word in bytes.chunks_exact_mut(self.word) {
            word.reverse();
        }
    }
}

fn walk(
    bytes: u64,
    left: &Array,
    right: &Elements<'_>,
    swaps: &Swaps,
    tally: &mut ElementTally<'_>,
) -> Result<(), ContentError> {
    let size = left.element.size().max(1);
    let part = (BUFFER / size * size).min(bytes);
    let capacity = usize::try_from(part).map_err(|_| ContentError::Truncated)?;
    let (mut left_buffer, mut right_buffer) = (vec![0; capacity], vec![0; capacity]);
    let step = usize::try_from(size).map_err(|_| ContentError::Truncated)?;
    let mut offset = 0;
    while offset < bytes {
        let length = usize::try_from(bytes - offset).map_or(capacity, |rest| rest.min(capacity));
        let (one, other) = (&mut left_buffer[..length], &mut right_buffer[..length]);
        read_exactly(&left.data, offset, one)?;
        right.read(offset, other)?;
        if swaps.differ {
            swaps.turn(other);
        }
        if one != other {
            if swaps.is_big {
                swaps.turn(one);
                swaps.turn(other);
            }
            tally.add_differing(offset / size, step, one, other);
        }
        offset += length as u64;
    }
    Ok(())
}

/// Whether `small` is less than a millionth of the largest finite number of the array. Stops at the first such number.
fn is_near_zero(array: &Array, bytes: u64, small: f64) -> Result<bool, ContentError> {
    const NEAR: f64 = 1e-6;
    let swaps = Swaps::new(array, array);
    let size = usize::try_from(array.element.size().max(1)).map_err(|_| ContentError::Truncated)?;
    let mut buffer = vec![0; (64 << 10) / size * size];
    let mut largest: f64 = 0.0;
    let mut offset = 0;
    while offset < bytes {
        let length =
            usize::try_from(bytes - offset).map_or(buffer.len(), |rest| rest.min(buffer.len()));
        let part = &mut buffer[..length];
        read_exactly(&array.data, offset, part)?;
        if swaps.is_big {
            swaps.turn(part);
        }
        largest = part
            .chunks_exact(size)
            .filter_map(|bytes| ElementNumber::read(array.element, bytes)?.magnitude())
            .fold(largest, f64::max);
        if small < largest * NEAR {
            return Ok(true);
        }
        offset += length as u64;
    }
    Ok(false)
}
