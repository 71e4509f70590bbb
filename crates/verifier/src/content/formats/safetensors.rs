//! Tensors by name: safetensors. Its own crate wants the whole file in memory; the header alone is JSON.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::dense;
use crate::content::{Arrays, Budget, ByteOrder, ContentError, ElementType, Format, Source, Value};

const METADATA: &str = "__metadata__";

/// The header: a map whose keys must not come twice.
struct Header {
    metadata: Option<Texts>,
    tensors: BTreeMap<String, Tensor>,
}

/// Texts by keys that must not come twice.
struct Texts(BTreeMap<String, String>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tensor {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(TextsVisitor)
    }
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Texts;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("texts by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Texts, A::Error> {
        let mut texts = BTreeMap::new();
        while let Some((name, text)) = map.next_entry::<String, String>()? {
            if texts.contains_key(&name) {
                return Err(twice(&name));
            }
            texts.insert(name, text);
        }
        Ok(Texts(texts))
    }
}

fn twice<E: serde::de::Error>(name: &str) -> E {
    E::custom(format!("`{}` stands there twice", name.escape_debug()))
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = Header;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("tensors by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
        let mut header = Header {
            metadata: None,
            tensors: BTreeMap::new(),
        };
        while let Some(name) = map.next_key::<String>()? {
            let before = if name == METADATA {
                header.metadata.replace(map.next_value()?).is_some()
            } else {
                let tensor = map.next_value()?;
                header.tensors.insert(name.clone(), tensor).is_some()
            };
            if before {
                return Err(twice(&name));
            }
        }
        Ok(header)
    }
}

/// The tensors in a safetensors file.
///
/// # Errors
/// When it is none: its tensors must cover all bytes behind the header once, as the format demands.
pub(super) fn read(
    format: Format,
    source: &Source,
    budget: &Budget,
) -> Result<Arrays, ContentError> {
    let (header, data) = header(format, source, budget)?;
    let limit = budget.limits().members;
    if header.tensors.len() > limit {
        return Err(ContentError::TooMany {
            what: "tensors",
            limit,
        });
    }
    check_cover(format, &header, data.length())?;
    let mut arrays = BTreeMap::new();
    let mut types = BTreeMap::new();
    for (name, tensor) in header.tensors {
        let element = element(&tensor.dtype)?;
        if let ElementType::Opaque(_) = element {
            types.insert(name.clone(), Value::Text(tensor.dtype));
        }
        let (start, end) = tensor.data_offsets;
        let part = data
            .slice(start, end - start)
            .ok_or(ContentError::Truncated)?;
        let array = dense::array(format, element, ByteOrder::Little, tensor.shape, part)?;
        arrays.insert(name, array);
    }
    let metadata = metadata(header.metadata, types);
    Ok(Arrays { arrays, metadata })
}

fn header(
    format: Format,
    source: &Source,
    budget: &Budget,
) -> Result<(Header, Source), ContentError> {
    let length = source.head(8)?;
    let length = length.try_into().map_err(|_| ContentError::Truncated)?;
    let length = u64::from_le_bytes(length);
    let header = source.slice(8, length).ok_or(ContentError::Truncated)?;
    let text = header.read_all(budget.limits().structured)?;
    let header = serde_json::from_slice(&text)
        .map_err(|error| ContentError::malformed(format, format!("its header: {error}")))?;
    let start = 8 + length;
    let data = source.slice(start, source.length() - start);
    Ok((header, data.ok_or(ContentError::Truncated)?))
}

/// Whether the tensors stand one after another, from the first byte to the last.
fn check_cover(format: Format, header: &Header, length: u64) -> Result<(), ContentError> {
    let mut parts: Vec<(u64, u64)> = header
        .tensors
        .values()
        .map(|one| one.data_offsets)
        .collect();
    parts.sort_unstable();
    let mut end = 0;
    for (start, stop) in parts {
        if start != end || stop < start {
            let reason = "its tensors overlap or leave gaps";
            return Err(ContentError::malformed(format, reason));
        }
        end = stop;
    }
    match end.cmp(&length) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(ContentError::Truncated),
        std::cmp::Ordering::Less => {
            let reason = "bytes stand after its tensors";
            Err(ContentError::malformed(format, reason))
        }
    }
}

fn metadata(texts: Option<Texts>, types: BTreeMap<String, Value>) -> Value {
    let texts = texts.map(|texts| {
        let texts = texts.0.into_iter();
        texts.map(|(key, text)| (key, Value::Text(text))).collect()
    });
    let types = (!types.is_empty()).then_some(types);
    let parts = [(METADATA, texts), ("dtype", types)].into_iter();
    let parts = parts.filter_map(|(name, part)| Some((name.to_owned(), Value::Map(part?))));
    let parts: BTreeMap<String, Value> = parts.collect();
    match parts.is_empty() {
        true => Value::Null,
        false => Value::Map(parts),
    }
}

fn element(name: &str) -> Result<ElementType, ContentError> {
    Ok(match name {
        "BOOL" => ElementType::Bool,
        "U8" => ElementType::Unsigned(1),
        "U16" => ElementType::Unsigned(2),
        "U32" => ElementType::Unsigned(4),
        "U64" => ElementType::Unsigned(8),
        "I8" => ElementType::Signed(1),
        "I16" => ElementType::Signed(2),
        "I32" => ElementType::Signed(4),
        "I64" => ElementType::Signed(8),
        "F16" => ElementType::Float(2),
        "F32" => ElementType::Float(4),
        "F64" => ElementType::Float(8),
        "BF16" => ElementType::BFloat16,
        "F8_E4M3" => ElementType::Float8E4M3,
        "F8_E5M2" => ElementType::Float8E5M2,
        "F8_E8M0" | "F8_E4M3FNUZ" | "F8_E5M2FNUZ" => ElementType::Opaque(1),
        "C64" => ElementType::Complex(4),
        "C128" => ElementType::Complex(8),
        other => {
            return Err(ContentError::Unsupported {
                what: format!("tensors of the type `{}`", other.escape_debug()),
            });
        }
    })
}
