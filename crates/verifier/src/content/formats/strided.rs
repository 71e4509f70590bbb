//! Arrays that are views of a storage: a slice of it where they can be, a copy where they cannot.

use std::io::{self, Read};
use std::ops::Range;

use super::dense;
use crate::content::unpacking::unpack;
use crate::content::{Array, Budget, ByteOrder, ContentError, ElementType, Format, Layout, Source};

/// As how many unpacked bytes an element counts that is read from a file by itself.
const SINGLE: u64 = 64;
/// The most bytes of a copy that is larger than what it is a view of: each element is read by itself.
const MOST_REPEATED: u64 = 32 << 20;

/// A view of a storage.
pub(super) struct View {
    /// The type of each element.
    pub(super) element: ElementType,
    /// Their byte order.
    pub(super) order: ByteOrder,
    /// Where the first element is, counted in elements.
    pub(super) offset: u64,
    /// The length of each dimension.
    pub(super) shape: Vec<u64>,
    /// How many elements lie between neighbours in each dimension.
    pub(super) strides: Vec<u64>,
}

impl View {
    /// The array that it shows.
    ///
    /// # Errors
    /// When it goes past the storage's end, or its copy is more than `budget` allows.
    pub(super) fn array(
        self,
        format: Format,
        storage: &Source,
        budget: &Budget,
    ) -> Result<Array, ContentError> {
        let bytes = dense::size(format, self.element, &self.shape)?;
        let end = self.end().ok_or(ContentError::Truncated)?;
        if self.strides.len() != self.shape.len() || end > storage.length() {
            return Err(ContentError::Truncated);
        }
        let layout = [Layout::RowMajor, Layout::ColumnMajor]
            .into_iter()
            .find(|layout| self.is_contiguous(*layout));
        let data = if bytes == 0 {
            Source::of_bytes([])
        } else if layout.is_some() {
            let start = self.offset * self.element.size();
            storage.slice(start, bytes).ok_or(ContentError::Truncated)?
        } else {
            self.copy(bytes, storage, budget)?
        };
        Ok(Array {
            element: self.element,
            order: self.order,
            shape: self.shape,
            layout: layout.unwrap_or(Layout::RowMajor),
            data,
        })
    }

    /// The bytes of the storage that it shows all of; `None` where its elements lie apart, or nowhere.
    pub(super) fn contiguous(&self) -> Option<Range<u64>> {
        let count = Array::count(&self.shape)?;
        let is_contiguous =
            self.is_contiguous(Layout::RowMajor) || self.is_contiguous(Layout::ColumnMajor);
        if count == 0 || self.strides.len() != self.shape.len() || !is_contiguous {
            return None;
        }
        let start = self.offset.checked_mul(self.element.size())?;
        let length = count.checked_mul(self.element.size())?;
        Some(start..start.checked_add(length)?)
    }

    /// Whether it has elements that do not lie in one piece.
    pub(super) fn lies_apart(&self) -> bool {
        self.contiguous().is_none() && !self.shape.contains(&0)
    }

    /// Where the last element ends, in bytes.
    fn end(&self) -> Option<u64> {
        if self.shape.contains(&0) {
            return Some(0);
        }
        let mut last = self.offset;
        for (length, stride) in self.shape.iter().zip(&self.strides) {
            last = last.checked_add((length - 1).checked_mul(*stride)?)?;
        }
        last.checked_add(1)?.checked_mul(self.element.size())
    }

    fn is_contiguous(&self, layout: Layout) -> bool {
        let mut expected: u64 = 1;
        let mut fits = |(length, stride): (&u64, &u64)| {
            let fits = *length == 1 || *stride == expected;
            expected = expected.saturating_mul(*length);
            fits
        };
        let mut dimensions = self.shape.iter().zip(&self.strides);
        match layout {
            Layout::RowMajor => dimensions.rev().all(&mut fits),
            Layout::ColumnMajor => dimensions.all(&mut fits),
        }
    }

    fn copy(&self, bytes: u64, storage: &Source, budget: &Budget) -> Result<Source, ContentError> {
        let limit = budget.limits().unpacked;
        if bytes > limit {
            return Err(ContentError::TooMuchPacked { limit });
        }
        if bytes > MOST_REPEATED && bytes > storage.length() {
            return Err(ContentError::Unsupported {
                what: "a view that repeats so many elements".to_owned(),
            });
        }
        if storage.file().is_some() {
            budget.unpack((bytes / self.element.size()).saturating_mul(SINGLE))?;
        }
        let reader = ViewReader {
            storage: storage.clone(),
            size: self.element.size(),
            at: self.offset,
            indexes: vec![0; self.shape.len()],
            view: self,
            left: bytes,
        };
        unpack(reader, budget)
    }
}

/// The elements of a view, one after another.
struct ViewReader<'a> {
    storage: Source,
    size: u64,
    at: u64,
    indexes: Vec<u64>,
    view: &'a View,
    left: u64,
}

impl ViewReader<'_> {
    fn go_on(&mut self) {
        for (dimension, index) in self.indexes.iter_mut().enumerate().rev() {
            let (length, stride) = (self.view.shape[dimension], self.view.strides[dimension]);
            *index += 1;
            if *index < length {
                self.at += stride;
                return;
            }
            self.at -= (length - 1) * stride;
            *index = 0;
        }
    }
}

impl Read for ViewReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = usize::try_from(self.size).map_err(io::Error::other)?;
        let mut filled = 0;
        for element in buffer.chunks_exact_mut(size) {
            if self.left == 0 {
                break;
            }
            if self.storage.read_at(self.at * self.size, element)? < size {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.left -= self.size;
            filled += size;
            self.go_on();
        }
        Ok(filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use resow_manifest::comparator::ComparatorKind;

    fn shown(
        offset: u64,
        shape: &[u64],
        strides: &[u64],
    ) -> Result<(Layout, Vec<u8>), ContentError> {
        let view = View {
            element: ElementType::Unsigned(1),
            order: ByteOrder::Little,
            offset,
            shape: shape.to_vec(),
            strides: strides.to_vec(),
        };
        let format = Format::of_kind(ComparatorKind::Torch).expect("a format");
        let storage = Source::of_bytes(*b"abcdefgh");
        let array = view.array(format, &storage, &Budget::default())?;
        Ok((array.layout, array.data.read_all(100)?))
    }

    #[test]
    fn views_are_slices_where_they_can_be() {
        let row = |bytes: &[u8]| (Layout::RowMajor, bytes.to_vec());
        assert_eq!(shown(2, &[2, 3], &[3, 1]).expect("inside"), row(b"cdefgh"));
        assert_eq!(shown(0, &[2, 2], &[4, 2]).expect("inside"), row(b"aceg"));
        assert_eq!(shown(7, &[3], &[0]).expect("inside"), row(b"hhh"));
        assert_eq!(shown(0, &[], &[]).expect("inside"), row(b"a"));
        let (layout, bytes) = shown(0, &[2, 3], &[1, 2]).expect("inside");
        assert_eq!((layout, &bytes[..]), (Layout::ColumnMajor, &b"abcdef"[..]));
    }

    #[test]
    fn what_lies_outside_or_never_ends_is_an_error() {
        for (offset, shape, strides) in [
            (3, &[2, 3][..], &[3, 1][..]),
            (u64::MAX, &[2], &[1]),
            (0, &[u64::MAX, u64::MAX], &[0, 0]),
            (0, &[1 << 40], &[0]),
            (0, &[2, 2], &[u64::MAX, u64::MAX]),
            (0, &[2, 2], &[1]),
        ] {
            assert!(shown(offset, shape, strides).is_err());
        }
    }
}
