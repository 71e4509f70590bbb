//! Elements of an array, read in the other order of its dimensions.

use crate::content::{Array, ContentError, Layout};

/// An array in memory whose elements are read in the order that it does not have.
pub(super) struct Reordered {
    bytes: Vec<u8>,
    size: usize,
    /// Of each dimension, the one that runs fastest in the other order first: its length, and how many bytes lie between
    /// neighbours.
    steps: Vec<(u64, usize)>,
}

impl Reordered {
    /// The most bytes that are held in memory.
    pub(super) const MOST_BYTES: u64 = 256 << 20;

    /// Reads an array of so many bytes, no more than the most.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn read(array: &Array, bytes: u64) -> Result<Self, ContentError> {
        let data = array.data.slice(0, bytes).ok_or(ContentError::Truncated)?;
        let bytes = data.read_all(Self::MOST_BYTES)?;
        let size = usize::try_from(array.element.size()).map_err(|_| ContentError::Truncated)?;
        Ok(Self {
            bytes,
            size,
            steps: steps(&array.shape, array.layout, size),
        })
    }

    /// Fills the buffer with the elements from the one on that has `offset` in the other order.
    pub(super) fn fill(&self, offset: u64, buffer: &mut [u8]) {
        let mut left = offset / (self.size.max(1) as u64);
        let mut indexes: Vec<u64> = Vec::with_capacity(self.steps.len());
        for (length, _) in &self.steps {
            indexes.push(left % length.max(&1));
            left /= length.max(&1);
        }
        let mut from: usize = indexes
            .iter()
            .zip(&self.steps)
            .map(|(index, (_, step))| usize::try_from(*index).unwrap_or(0) * step)
            .sum();
        for element in buffer.chunks_exact_mut(self.size.max(1)) {
            element.copy_from_slice(&self.bytes[from..from + self.size]);
            for (index, (length, step)) in indexes.iter_mut().zip(&self.steps) {
                *index += 1;
                from += step;
                if *index < *length {
                    break;
                }
                from -= step * usize::try_from(*index).unwrap_or(0);
                *index = 0;
            }
        }
    }
}

/// How far neighbours are apart in each dimension, the one that runs fastest in the other order first.
fn steps(shape: &[u64], layout: Layout, size: usize) -> Vec<(u64, usize)> {
    let mut step = size;
    let mut steps = Vec::with_capacity(shape.len());
    let mut add = |length: &u64| {
        steps.push((*length, step));
        step = step.saturating_mul(usize::try_from(*length).unwrap_or(usize::MAX));
    };
    match layout {
        Layout::RowMajor => shape.iter().rev().for_each(&mut add),
        Layout::ColumnMajor => shape.iter().for_each(&mut add),
    }
    steps.reverse();
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::{ByteOrder, ElementType, Source};

    #[test]
    fn rows_become_columns_from_any_place_on() {
        let array = Array {
            element: ElementType::Unsigned(1),
            order: ByteOrder::Little,
            shape: vec![2, 3],
            layout: Layout::RowMajor,
            data: Source::of_bytes(*b"abcdef"),
        };
        let reordered = Reordered::read(&array, 6).expect("in memory");
        for start in 0..6 {
            let mut found = vec![0; 6 - start];
            reordered.fill(start as u64, &mut found);
            assert_eq!(found, b"adbecf"[start..]);
        }
    }
}
