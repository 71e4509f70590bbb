//! Forms of arrays that nobody vouches for, held against the bytes that are there.

use crate::content::{Array, ByteOrder, ContentError, ElementType, Format, Layout, Source};

/// The most dimensions that NumPy and PyTorch know.
const MOST_DIMENSIONS: usize = 64;

/// How many bytes an array of this form has.
///
/// # Errors
/// When that is more than a number can tell, or it has more dimensions than any library reads.
pub(super) fn size(
    format: Format,
    element: ElementType,
    shape: &[u64],
) -> Result<u64, ContentError> {
    if shape.len() > MOST_DIMENSIONS {
        let reason = format!("an array has {} dimensions", shape.len());
        return Err(ContentError::malformed(format, reason));
    }
    // Each product on the way must fit as well: a zero further on would hide the others.
    let lengths: Vec<u64> = shape.iter().map(|length| (*length).max(1)).collect();
    Array::bytes(element, &lengths)
        .and_then(|_| Array::bytes(element, shape))
        .ok_or_else(|| ContentError::malformed(format, "an array is larger than any can be"))
}

/// An array of this form whose elements are all of `data`.
///
/// # Errors
/// When there are more or fewer bytes than the form says.
pub(super) fn array(
    format: Format,
    element: ElementType,
    order: ByteOrder,
    shape: Vec<u64>,
    data: Source,
) -> Result<Array, ContentError> {
    let bytes = size(format, element, &shape)?;
    if data.length() < bytes {
        return Err(ContentError::Truncated);
    }
    if data.length() > bytes {
        let reason = format!("{} bytes stand after an array", data.length() - bytes);
        return Err(ContentError::malformed(format, reason));
    }
    Ok(Array {
        element,
        order,
        shape,
        layout: Layout::RowMajor,
        data,
    })
}
