//! NumPy arrays by name: `.npz`, a zip archive of npy files.

use std::collections::BTreeMap;

use super::npy;
use super::zip_members::zip_members;
use crate::content::{
    Array, Arrays, Budget, ByteOrder, ContentError, ElementType, Format, Layout, Source, Value,
};

/// The ending of a member that is an array.
const ENDING: &str = ".npy";

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
    let members = zip_members(format, source, budget)?;
    let mut besides: BTreeMap<String, Value> = BTreeMap::new();
    for (member, data) in members.files {
        let name = member.strip_suffix(ENDING).unwrap_or(&member).to_owned();
        let mut said = BTreeMap::new();
        let array = if npy::is_npy(&data)? {
            let (array, metadata) = npy::read_array(format, &data)?;
            if let Value::Map(metadata) = metadata {
                said.extend(metadata);
            }
            array
        } else {
            said.insert("format".to_owned(), Value::Text("bytes".to_owned()));
            bytes(data)
        };
        if name == member {
            said.insert("member".to_owned(), Value::Text(member.clone()));
        }
        if !said.is_empty() {
            besides.insert(name.clone(), Value::Map(said));
        }
        if arrays.insert(name, array).is_some() {
            let reason = format!("two members are called `{}`", member.escape_debug());
            return Err(ContentError::malformed(format, reason));
        }
    }
    let parts = [
        (
            "types",
            (!besides.is_empty()).then_some(Value::Map(besides)),
        ),
        ("zip", members.attributes),
    ];
    let parts = parts.into_iter();
    let parts = parts.filter_map(|(name, part)| Some((name.to_owned(), part?)));
    let metadata: BTreeMap<String, Value> = parts.collect();
    let metadata = match metadata.is_empty() {
        true => Value::Null,
        false => Value::Map(metadata),
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
