//! Tensors of ONNX: a form, and elements in one of many fields.

use std::collections::BTreeMap;

use super::super::counter::Counter;
use super::super::dense;
use super::super::protobuf::{Fields, Wire, varint};
use super::varints::Varints;
use crate::content::unpacking::unpack;
use crate::content::{
    Array, Budget, ByteOrder, ContentError, ElementType, Format, Number, Source, Value,
};

/// A dimension is a number of at most ten bytes, and there are few.
const MOST_DIMENSIONS: u64 = 1 << 10;
/// A text about a tensor: its name, a property, where its data lies.
const MOST_TEXT: u64 = 1 << 16;
/// The data type of texts.
const STRING: u64 = 8;
/// `data_type`, `name`, `raw_data` and `data_location`.
const SINGLE: [u64; 4] = [2, 8, 9, 14];
/// Properties of one tensor.
const MOST_PROPERTIES: usize = 1 << 10;
/// An element that is a text.
const MOST_STRING: u64 = 1 << 20;
/// As how many values a property counts.
const PROPERTY: usize = Counter::MAP + 4;

/// A tensor.
pub(super) struct Tensor {
    pub(super) name: String,
    pub(super) data: TensorData,
    /// Its `metadata_props`: keys and values.
    pub(super) properties: Vec<Value>,
}

/// What a tensor holds.
pub(super) enum TensorData {
    /// Its elements.
    Array(Array),
    /// What is none in this file: texts, or the place of another file.
    Other(Value),
}

/// The fields of `TensorProto` as they are read.
#[derive(Default)]
struct Parts {
    shape: Vec<u64>,
    data_type: u64,
    name: String,
    raw: Option<Source>,
    /// `float_data`, `int32_data`, `int64_data`, `double_data`, `uint64_data`, by number.
    typed: BTreeMap<u64, Source>,
    strings: Vec<Value>,
    external: Vec<Value>,
    is_external: bool,
    properties: Vec<Value>,
    /// The numbers of fields that must not come twice, as far as they came.
    seen: Vec<u64>,
}

impl Tensor {
    /// Reads a tensor.
    ///
    /// # Errors
    /// When it is none, or its elements are not as many as its form says.
    pub(super) fn read(
        format: Format,
        message: &Source,
        budget: &Budget,
        counter: &mut Counter,
    ) -> Result<Self, ContentError> {
        let mut parts = Parts::default();
        let mut fields = Fields::of(format, message)?;
        while let Some((number, wire)) = fields.next()? {
            parts.add(format, number, wire, counter)?;
        }
        let name = std::mem::take(&mut parts.name);
        let properties = std::mem::take(&mut parts.properties);
        let data = parts.data(format, budget)?;
        Ok(Self {
            name,
            data,
            properties,
        })
    }
}

impl Parts {
    fn add(
        &mut self,
        format: Format,
        number: u64,
        wire: Wire,
        counter: &mut Counter,
    ) -> Result<(), ContentError> {
        if SINGLE.contains(&number) {
            if self.seen.contains(&number) {
                return Err(ContentError::malformed(
                    format,
                    "a tensor says a thing twice",
                ));
            }
            self.seen.push(number);
        }
        match (number, wire) {
            (1, Wire::Varint(length)) => self.length(length)?,
            (1, Wire::Bytes(lengths)) => {
                let lengths = lengths.read_all(MOST_DIMENSIONS)?;
                let mut rest = &lengths[..];
                while !rest.is_empty() {
                    self.length(varint(&mut rest).ok_or(ContentError::Truncated)?)?;
                }
            }
            (2, Wire::Varint(data_type)) => self.data_type = data_type,
            (6, Wire::Bytes(text)) => {
                let text = text.read_all(MOST_STRING)?.escape_ascii().to_string();
                counter.take(1)?;
                counter.take_text(text.len() as u64)?;
                self.strings.push(Value::Text(text));
            }
            (8, Wire::Bytes(name)) => self.name = text(&name)?,
            (9, Wire::Bytes(raw)) => self.raw = Some(raw),
            (4 | 5 | 7 | 10 | 11, Wire::Bytes(numbers)) => {
                if self.typed.insert(number, numbers).is_some() {
                    return Err(unsupported("the elements of a tensor in several parts"));
                }
            }
            (4 | 5 | 7 | 10 | 11, _) => {
                return Err(unsupported("the elements of a tensor in several parts"));
            }
            (13, Wire::Bytes(entry)) if self.external.len() < 16 => {
                self.external.push(entry_of(format, &entry, counter)?);
            }
            (16, Wire::Bytes(entry)) if self.properties.len() < MOST_PROPERTIES => {
                self.properties.push(entry_of(format, &entry, counter)?);
            }
            (14, Wire::Varint(location @ 0..=1)) => self.is_external = location == 1,
            // Documentation.
            (12, _) => {}
            (3, _) => return Err(unsupported("tensors in segments")),
            _ => return Err(unsupported("a field of a tensor that is newer")),
        }
        Ok(())
    }

    fn length(&mut self, length: u64) -> Result<(), ContentError> {
        self.shape.push(length);
        // The form is checked as a whole later; here only that it does not grow on.
        if self.shape.len() as u64 > MOST_DIMENSIONS {
            return Err(unsupported("so many dimensions"));
        }
        Ok(())
    }

    fn data(self, format: Format, budget: &Budget) -> Result<TensorData, ContentError> {
        let kinds = [
            self.raw.is_some(),
            !self.typed.is_empty(),
            !self.strings.is_empty(),
            !self.external.is_empty(),
        ];
        let count = kinds.into_iter().filter(|is_there| *is_there).count();
        let is_text = self.data_type == STRING;
        if count > 1
            || self.is_external == self.external.is_empty()
            || (!self.strings.is_empty() && !is_text)
            || (is_text && (self.raw.is_some() || !self.typed.is_empty()))
        {
            return Err(unsupported("the elements of a tensor in several fields"));
        }
        if self.is_external {
            return Ok(TensorData::Other(
                self.described("external_data", Value::List(self.external.clone())),
            ));
        }
        if self.data_type == STRING {
            return Ok(TensorData::Other(
                self.described("strings", Value::List(self.strings.clone())),
            ));
        }
        let element = element(self.data_type)?;
        let size = dense::size(format, element, &self.shape)?;
        let data = match (self.raw, self.typed.len()) {
            (Some(raw), 0) => raw,
            (None, 0) => Source::of_bytes([]),
            (None, 1) => {
                let (field, numbers) = self
                    .typed
                    .into_iter()
                    .next()
                    .ok_or(ContentError::Truncated)?;
                if !holds(field, element) {
                    return Err(unsupported("elements in the field of another type"));
                }
                match field {
                    4 | 10 => numbers,
                    // Each number has a byte at least.
                    _ if size / element.size() > numbers.length() => {
                        return Err(ContentError::Truncated);
                    }
                    _ => unpack(Varints::new(&numbers, element), budget)?,
                }
            }
            _ => return Err(unsupported("the elements of a tensor in several fields")),
        };
        let array = dense::array(format, element, ByteOrder::Little, self.shape, data)?;
        Ok(TensorData::Array(array))
    }

    /// What there is to say of a tensor that is no array here.
    fn described(&self, name: &str, data: Value) -> Value {
        let number = |number: u64| Value::Number(Number::Integer(i128::from(number)));
        let shape = self.shape.iter().map(|length| number(*length)).collect();
        Value::Map(BTreeMap::from([
            ("data_type".to_owned(), number(self.data_type)),
            ("dims".to_owned(), Value::List(shape)),
            ("name".to_owned(), Value::Text(self.name.clone())),
            (name.to_owned(), data),
        ]))
    }
}

/// `StringStringEntryProto`: what stands at each of its fields.
fn entry_of(format: Format, entry: &Source, counter: &mut Counter) -> Result<Value, ContentError> {
    counter.take(PROPERTY)?;
    counter.take_text(entry.length())?;
    let mut fields = Fields::of(format, entry)?;
    let mut texts = BTreeMap::new();
    while let Some((number, wire)) = fields.next()? {
        let name = match number {
            1 => "key",
            2 => "value",
            _ => return Err(unsupported("an entry that is newer")),
        };
        let Wire::Bytes(part) = wire else {
            return Err(unsupported("an entry that is no text"));
        };
        if texts
            .insert(name.to_owned(), Value::Text(text(&part)?))
            .is_some()
        {
            return Err(unsupported("an entry that says a thing twice"));
        }
    }
    Ok(Value::Map(texts))
}

/// Whether the field of this number holds elements of the type, as `onnx.proto` says.
fn holds(field: u64, element: ElementType) -> bool {
    use ElementType::{BFloat16, Bool, Complex, Float, Float8E4M3, Float8E5M2, Signed, Unsigned};
    match field {
        4 => matches!(element, Float(4) | Complex(4)),
        5 => matches!(
            element,
            Signed(1 | 2 | 4)
                | Unsigned(1 | 2)
                | Bool
                | Float(2)
                | BFloat16
                | Float8E4M3
                | Float8E5M2
        ),
        7 => element == Signed(8),
        10 => matches!(element, Float(8) | Complex(8)),
        11 => matches!(element, Unsigned(4 | 8)),
        _ => false,
    }
}

fn text(source: &Source) -> Result<String, ContentError> {
    let bytes = source.read_all(MOST_TEXT)?;
    String::from_utf8(bytes).map_err(|_| unsupported("a name that is no UTF-8"))
}

fn unsupported(what: &str) -> ContentError {
    ContentError::Unsupported {
        what: what.to_owned(),
    }
}

/// By the numbers of `TensorProto.DataType`.
fn element(data_type: u64) -> Result<ElementType, ContentError> {
    Ok(match data_type {
        1 => ElementType::Float(4),
        2 => ElementType::Unsigned(1),
        3 => ElementType::Signed(1),
        4 => ElementType::Unsigned(2),
        5 => ElementType::Signed(2),
        6 => ElementType::Signed(4),
        7 => ElementType::Signed(8),
        9 => ElementType::Bool,
        10 => ElementType::Float(2),
        11 => ElementType::Float(8),
        12 => ElementType::Unsigned(4),
        13 => ElementType::Unsigned(8),
        14 => ElementType::Complex(4),
        15 => ElementType::Complex(8),
        16 => ElementType::BFloat16,
        17 => ElementType::Float8E4M3,
        19 => ElementType::Float8E5M2,
        other => {
            return Err(unsupported(&format!(
                "tensors of the ONNX data type {other}"
            )));
        }
    })
}
