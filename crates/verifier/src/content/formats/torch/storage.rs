//! The storages of a PyTorch file: bytes that tensors are views of.

use std::collections::BTreeMap;

use super::node::{NodeId, Pickle};
use crate::content::{ByteOrder, ElementType, Source};

/// The storages of a file by key.
pub(super) struct Storages {
    /// The byte order of their elements.
    pub(super) order: ByteOrder,
    parts: BTreeMap<String, Source>,
}

impl Storages {
    /// None yet.
    pub(super) fn new(order: ByteOrder) -> Self {
        Self {
            order,
            parts: BTreeMap::new(),
        }
    }

    /// Adds the one of this key.
    pub(super) fn insert(&mut self, key: &str, data: Source) {
        self.parts.insert(key.to_owned(), data);
    }

    /// The one of this key.
    pub(super) fn get(&self, key: &str) -> Option<&Source> {
        self.parts.get(key)
    }
}

/// What a pickle says about a storage: `("storage", class, key, device, count)`. The device does not matter here.
pub(super) struct StorageName<'a> {
    /// The type of its elements; `None` where it has none of its own.
    pub(super) element: Option<ElementType>,
    /// Its key.
    pub(super) key: &'a str,
    /// How many elements it has, or bytes where they have no type.
    pub(super) count: u64,
}

impl<'a> StorageName<'a> {
    /// The name that the node holds, where it is one.
    pub(super) fn read(pickle: &'a Pickle, id: NodeId) -> Option<Self> {
        let [kind, class, key, _, count, ..] = pickle.tuple(id)? else {
            return None;
        };
        let text = |id| match pickle.node(id) {
            super::node::Node::Text(text) => Some(text.as_str()),
            _ => None,
        };
        if text(*kind)? != "storage" {
            return None;
        }
        let (_, class) = pickle.global(*class)?;
        let element = match class {
            "UntypedStorage" => None,
            class => Some(element_of(class.strip_suffix("Storage")?)?),
        };
        Some(Self {
            element,
            key: text(*key)?,
            count: pickle.natural(*count)?,
        })
    }
}

/// The element type that PyTorch calls so, in classes of storages (`Float`) or as a type (`float32`).
pub(super) fn element_of(name: &str) -> Option<ElementType> {
    Some(match name {
        "Bool" | "bool" => ElementType::Bool,
        "Byte" | "uint8" => ElementType::Unsigned(1),
        "uint16" => ElementType::Unsigned(2),
        "uint32" => ElementType::Unsigned(4),
        "uint64" => ElementType::Unsigned(8),
        "Char" | "int8" => ElementType::Signed(1),
        "Short" | "int16" => ElementType::Signed(2),
        "Int" | "int32" => ElementType::Signed(4),
        "Long" | "int64" => ElementType::Signed(8),
        "Half" | "float16" => ElementType::Float(2),
        "Float" | "float32" => ElementType::Float(4),
        "Double" | "float64" => ElementType::Float(8),
        "BFloat16" | "bfloat16" => ElementType::BFloat16,
        "float8_e4m3fn" => ElementType::Float8E4M3,
        "float8_e5m2" => ElementType::Float8E5M2,
        "ComplexFloat" | "complex64" => ElementType::Complex(4),
        "ComplexDouble" | "complex128" => ElementType::Complex(8),
        "QInt8" | "QUInt8" | "QUInt4x2" | "QUInt2x4" => ElementType::Opaque(1),
        "float8_e4m3fnuz" | "float8_e5m2fnuz" | "float8_e8m0fnu" => ElementType::Opaque(1),
        "QInt32" => ElementType::Opaque(4),
        _ => return None,
    })
}
