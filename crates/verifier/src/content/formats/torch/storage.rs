//! The storages of a PyTorch file: bytes that tensors are views of.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read as _};
use std::ops::Range;

use resow_manifest::digest::Sha256Digest;
use sha2::{Digest as _, Sha256};

use super::node::{Node, NodeId, Pickle};
use crate::content::{Budget, ByteOrder, ContentError, ElementType, Source, Value};

/// A storage that is brought into memory while views of it are copied; of a larger one each element is read by itself.
const IN_MEMORY: u64 = 256 << 20;

/// The storages of a file by key.
pub(super) struct Storages {
    /// The byte order of their elements.
    pub(super) order: ByteOrder,
    parts: BTreeMap<String, Source>,
    seen: RefCell<BTreeMap<String, Seen>>,
    /// The last one that was brought into memory, and its key.
    held: RefCell<Option<(String, Source)>>,
}

/// What tensors show of a storage.
#[derive(Default)]
struct Seen {
    /// Which bytes are those of a tensor.
    ranges: Vec<Range<u64>>,
    /// The types that its elements are taken for.
    types: BTreeSet<ElementType>,
    /// Whether something else makes of it what is not known.
    is_opaque: bool,
}

impl Storages {
    /// None yet.
    pub(super) fn new(order: ByteOrder) -> Self {
        Self {
            order,
            parts: BTreeMap::new(),
            seen: RefCell::default(),
            held: RefCell::default(),
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

    /// The one of this name, to be read element by element: in memory where that has room. What is read for that counts
    /// as unpacked.
    ///
    /// # Errors
    /// When it cannot be read, or is more than `budget` allows.
    pub(super) fn at_hand(&self, key: &str, budget: &Budget) -> Result<Source, ContentError> {
        let source = self.get(key).ok_or(ContentError::Truncated)?;
        if source.file().is_none() || source.length() > IN_MEMORY {
            return Ok(source.clone());
        }
        let mut held = self.held.borrow_mut();
        if let Some((of, bytes)) = &*held
            && of == key
        {
            return Ok(bytes.clone());
        }
        *held = None;
        budget.unpack(source.length())?;
        let bytes = Source::of_bytes(source.read_all(IN_MEMORY)?);
        *held = Some((key.to_owned(), bytes.clone()));
        Ok(bytes)
    }

    /// Notes that a storage's elements are taken for those of this type; `is_opaque` where something is made of them that
    /// is not known.
    pub(super) fn see_type(&self, name: &StorageName<'_>, element: ElementType, is_opaque: bool) {
        let mut all = self.seen.borrow_mut();
        let seen = all.entry(name.key.to_owned()).or_default();
        seen.types.insert(element);
        seen.types.extend(name.element);
        seen.is_opaque |= is_opaque;
    }

    /// Notes that these bytes of a storage are all those of a tensor.
    pub(super) fn see(&self, key: &str, bytes: Range<u64>) {
        let mut seen = self.seen.borrow_mut();
        seen.entry(key.to_owned()).or_default().ranges.push(bytes);
    }

    /// The digests of the bytes that are no tensor's, or not all of a row of them, by storage; of all of its bytes where
    /// they are taken for elements of several types: numbers that are the same in one need not be in another.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(super) fn unseen(&self) -> io::Result<BTreeMap<String, Value>> {
        let mut unseen = BTreeMap::new();
        let mut all = self.seen.borrow_mut();
        for (key, source) in &self.parts {
            let seen = all.remove(key).unwrap_or_default();
            let is_plain = seen.types.len() == 1 && !seen.is_opaque;
            let mut ranges = if is_plain { seen.ranges } else { Vec::new() };
            let mut is_all_seen = !ranges.is_empty();
            ranges.sort_unstable_by_key(|range| range.start);
            let mut state = Sha256::new();
            let mut end = 0;
            let rest = source.length()..u64::MAX;
            for range in ranges.into_iter().chain(std::iter::once(rest)) {
                if range.start > end {
                    is_all_seen = false;
                    add_part(source, end..range.start, &mut state)?;
                }
                end = end.max(range.end);
            }
            if !is_all_seen {
                let digest = Sha256Digest::from_bytes(state.finalize().into());
                unseen.insert(key.clone(), Value::Text(digest.to_string()));
            }
        }
        Ok(unseen)
    }
}

/// Hashes a part of a storage, after where it lies.
fn add_part(source: &Source, part: Range<u64>, state: &mut Sha256) -> io::Result<()> {
    state.update(part.start.to_le_bytes());
    state.update(part.end.to_le_bytes());
    let Some(source) = source.slice(part.start, part.end - part.start) else {
        return Err(io::ErrorKind::UnexpectedEof.into());
    };
    let mut reader = source.reader();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(()),
            read => state.update(&buffer[..read]),
        }
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
            Node::Text(text) => Some(text.as_ref()),
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
