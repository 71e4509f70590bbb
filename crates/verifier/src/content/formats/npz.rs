//! NumPy arrays by name: `.npz`, a zip archive of npy files.

use std::collections::BTreeMap;

use super::npy;
use super::zip_members::zip_members;
use crate::content::{
    Array, Arrays, Budget, ByteOrder, ContentError, ElementType, Format, Layout, Source, Value,
};

/// The arrays in an npz file. What is no npy file among its members is one of bytes, as NumPy gives it.
///
/// # Errors
/// When it is none, or holds Python objects.
pub(super) fn read(
    format: Format,
    source: &Source,
    budget: &Budget,
) -> Result<Arrays, ContentError> {
    let mut arrays = BTreeMap::new();
    let mut types = BTreeMap::new();
    for (member, data) in zip_members(format, source, budget)? {
        let name = member.strip_suffix(".npy").unwrap_or(&member).to_owned();
        let array = if npy::is_npy(&data)? {
            let (array, metadata) = npy::read_array(format, &data)?;
            if metadata != Value::Null {
                types.insert(name.clone(), metadata);
            }
            array
        } else {
            bytes(data)
        };
        if arrays.insert(name, array).is_some() {
            let reason = format!("two members are called `{}`", member.escape_debug());
            return Err(ContentError::malformed(format, reason));
        }
    }
    let metadata = if types.is_empty() {
        Value::Null
    } else {
        Value::Map(types)
    };
    Ok(Arrays { arrays, metadata })
}

fn bytes(data: Source) -> Array {
    Array {
        element: ElementType::Unsigned(1),
        order: ByteOrder::Little,
        shape: vec![data.length()],
        layout: Layout::RowMajor,
        data,
    }
}
