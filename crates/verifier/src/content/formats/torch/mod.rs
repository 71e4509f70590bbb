//! What `torch.save` writes: a zip archive of a pickle and the bytes of its storages. The pickle is read as data: what it
//! would call is a name here, and nothing is executed.

mod globals;
mod input;
mod keys;
mod machine;
mod node;
mod opcodes;
mod scalar;
mod stack;
mod state;
mod storage;
mod tensor;

use std::collections::BTreeMap;

use resow_manifest::digest::Sha256Digest;

use super::zip_members::zip_members;
use crate::content::{Arrays, Budget, ByteOrder, ContentError, Format, Source, Value};
use state::State;
use storage::Storages;

/// The most bytes of what says how a file is written.
const LONGEST_TEXT: u64 = 1 << 10;
/// One byte more than `little`.
const LONGEST_ORDER: usize = 7;

/// The tensors in a PyTorch file, and all else that its pickle says as metadata.
///
/// # Errors
/// When it is none, is of the kind before PyTorch 1.6, is TorchScript, or names what would execute something.
pub(super) fn read(
    format: Format,
    source: &Source,
    budget: &Budget,
) -> Result<Arrays, ContentError> {
    // A pickle that stands by itself is what older versions wrote.
    if source.head(1)? == [0x80] {
        return Err(ContentError::Unsupported {
            what: "pickles outside a zip archive".to_owned(),
        });
    }
    let members = zip_members(format, source, budget)?;
    let root = members
        .files
        .keys()
        .find_map(|name| name.strip_suffix("/data.pkl"))
        .filter(|root| !root.contains('/'))
        .ok_or_else(|| ContentError::malformed(format, "it has no `data.pkl`"))?
        .to_owned();
    let mut storages = Storages::new(ByteOrder::Little);
    let mut pickle = None;
    let mut besides = BTreeMap::new();
    if let Some(attributes) = members.attributes {
        besides.insert("zip".to_owned(), attributes);
    }
    for (name, data) in members.files {
        let inner = name
            .strip_prefix(&root)
            .and_then(|name| name.strip_prefix('/'));
        match inner {
            Some("data.pkl") => pickle = Some(data),
            // It counts as well: nothing is read by it of elements whose type is not known.
            Some("byteorder") => {
                storages.order = byte_order(format, &data)?;
                let order = Value::of_bytes(&data.head(LONGEST_ORDER)?);
                besides.insert("byteorder".to_owned(), order);
            }
            // A hash of names and checksums, that of the root folder among them.
            Some(".data/serialization_id") => {}
            Some(inner @ ("version" | ".format_version" | ".storage_alignment")) => {
                let text = data.read_all(LONGEST_TEXT)?;
                besides.insert(inner.to_owned(), Value::of_bytes(&text));
            }
            Some(inner) => match inner.strip_prefix("data/") {
                Some(key) => storages.insert(key, data),
                None => return Err(unknown_member(&name)),
            },
            None => return Err(unknown_member(&name)),
        }
    }
    let pickle = pickle.ok_or(ContentError::Truncated)?;
    let text = pickle.read_all(budget.limits().structured)?;
    let pickle = machine::read(format, &text, budget)?;
    let mut found = State::new(format, &pickle, &storages, budget, source.length()).arrays()?;
    let unseen = storages.unseen()?;
    if !unseen.is_empty() {
        besides.insert("bytes of no tensor".to_owned(), Value::Map(unseen));
    }
    found.metadata = with_besides(with_digest(found.metadata, &text), besides);
    Ok(found)
}

/// The metadata with what the file says beside its pickle.
fn with_besides(metadata: Value, besides: BTreeMap<String, Value>) -> Value {
    match metadata {
        Value::Map(mut values) => {
            // As for the digest: where a dictionary has such a key itself, it gives way.
            values.insert("the file".to_owned(), Value::Map(besides));
            Value::Map(values)
        }
        other => other,
    }
}

/// The metadata with the digest of the pickle's bytes. What a pickle makes when it is loaded is more than is read of it
/// here (classes, flags of tensors, calls whose result is dropped), so that only equal pickles say the same for certain.
fn with_digest(metadata: Value, pickle: &[u8]) -> Value {
    let digest = Value::Text(Sha256Digest::of(pickle).to_string());
    let mut values = match metadata {
        Value::Map(values) => values,
        Value::Null => BTreeMap::new(),
        other => BTreeMap::from([(String::new(), other)]),
    };
    // Where a dictionary has such a key itself, it gives way: its bytes are in the digest.
    values.insert("bytes of data.pkl".to_owned(), digest);
    Value::Map(values)
}

fn unknown_member(name: &str) -> ContentError {
    ContentError::Unsupported {
        what: format!("the member `{}` of a PyTorch file", name.escape_debug()),
    }
}

fn byte_order(format: Format, data: &Source) -> Result<ByteOrder, ContentError> {
    match &data.head(LONGEST_ORDER)?[..] {
        b"little" => Ok(ByteOrder::Little),
        b"big" => Ok(ByteOrder::Big),
        _ => Err(ContentError::malformed(format, "its byte order is none")),
    }
}
