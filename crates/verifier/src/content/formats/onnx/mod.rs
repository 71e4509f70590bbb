//! ONNX models: initializers and constants as arrays, the graph as metadata.

mod schema;
mod tensor;
mod varints;

use std::collections::BTreeMap;

use super::counter::Counter;
use super::protobuf::{Fields, Wire, varint};
use crate::content::{
    Array, Arrays, Budget, ContentError, Format, Number, Source, TypeName, Value,
};
use schema::{Kind, MODEL, Schema};
use tensor::{Tensor, TensorData};

/// The arrays and the graph of an ONNX model.
///
/// # Errors
/// When it is none, or says more than `budget` allows.
pub(super) fn read(
    format: Format,
    source: &Source,
    budget: &Budget,
) -> Result<Arrays, ContentError> {
    let mut reading = Reading {
        format,
        budget,
        arrays: BTreeMap::new(),
        counter: Counter::new(budget),
        depth: 0,
    };
    let metadata = reading.message(&MODEL, source, "")?;
    let is_model = matches!(&metadata, Value::Map(fields) if fields.contains_key("graph"));
    if !is_model {
        return Err(ContentError::malformed(format, "it has no graph"));
    }
    Ok(Arrays {
        arrays: reading.arrays,
        metadata,
    })
}

struct Reading<'a> {
    format: Format,
    budget: &'a Budget,
    arrays: BTreeMap<String, Array>,
    /// Counts fields, messages, and texts that were copied.
    counter: Counter,
    depth: usize,
}

impl Reading<'_> {
    fn message(
        &mut self,
        schema: &Schema,
        message: &Source,
        place: &str,
    ) -> Result<Value, ContentError> {
        let nesting = self.budget.limits().nesting;
        if self.depth >= nesting {
            return Err(ContentError::Unsupported {
                what: format!("graphs that are nested more than {nesting} deep"),
            });
        }
        self.depth += 1;
        self.counter.take_map()?;
        let mut fields = Fields::of(self.format, message)?;
        let mut found: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        while let Some((number, wire)) = fields.next()? {
            self.counter.take(1)?;
            if schema.skipped.contains(&number) {
                continue;
            }
            let field = schema.fields.iter().find(|field| field.number == number);
            let Some(field) = field else {
                let value = self.unknown(wire)?;
                let name = format!("field {number}");
                let list = found.entry(name).or_default();
                if list.is_empty() {
                    self.counter.take_map()?;
                }
                list.push(value);
                continue;
            };
            let mut list = found.remove(field.name).unwrap_or_default();
            let place = join(place, field.name);
            if field.is_repeated {
                let place = format!("{place}[{}]", list.len());
                self.add(field.kind, wire, &place, &mut list)?;
            } else {
                self.add(field.kind, wire, &place, &mut list)?;
                // The later one holds for numbers and texts; of messages it would be both together.
                if list.len() != 1 {
                    let reason = format!("`{}` does not stand there once", field.name);
                    return Err(ContentError::malformed(self.format, reason));
                }
            }
            found.insert(field.name.to_owned(), list);
        }
        self.depth -= 1;
        let found = found.into_iter().map(|(name, mut list)| {
            let field = schema.fields.iter().find(|field| field.name == name);
            let value = match field {
                Some(field) if !field.is_repeated => list.pop().unwrap_or(Value::Null),
                Some(field) if field.is_set => in_order(list),
                _ => Value::List(list),
            };
            (name, value)
        });
        Ok(Value::Map(found.collect()))
    }

    /// Adds what a field holds: nothing of an initializer that became an array, several of numbers one after another.
    fn add(
        &mut self,
        kind: Kind,
        wire: Wire,
        place: &str,
        list: &mut Vec<Value>,
    ) -> Result<(), ContentError> {
        match (kind, wire) {
            (Kind::Integer, Wire::Varint(number)) => list.push(integer(number)),
            (Kind::Integer, Wire::Bytes(numbers)) => {
                let numbers = self.bytes(&numbers)?;
                let mut rest = &numbers[..];
                while !rest.is_empty() {
                    self.counter.take(1)?;
                    list.push(integer(varint(&mut rest).ok_or(ContentError::Truncated)?));
                }
            }
            (Kind::Float, Wire::Fixed32(bytes)) => list.push(float(bytes)),
            (Kind::Float, Wire::Bytes(numbers)) => {
                let numbers = self.bytes(&numbers)?;
                let (numbers, rest) = numbers.as_chunks::<4>();
                if !rest.is_empty() {
                    return Err(ContentError::Truncated);
                }
                for bytes in numbers {
                    self.counter.take(1)?;
                    list.push(float(*bytes));
                }
            }
            (Kind::Text, Wire::Bytes(text)) => list.push(self.text(&text)?),
            (Kind::Message(schema), Wire::Bytes(message)) => {
                list.push(self.message(schema, &message, place)?);
            }
            (Kind::Tensor, Wire::Bytes(message)) => self.tensor(&message, place, list)?,
            _ => {
                let reason = format!("`{place}` is written as another kind of value");
                return Err(ContentError::malformed(self.format, reason));
            }
        }
        Ok(())
    }

    /// An initializer of the model has its own name, any other tensor that of its place.
    fn tensor(
        &mut self,
        message: &Source,
        place: &str,
        list: &mut Vec<Value>,
    ) -> Result<(), ContentError> {
        let tensor = Tensor::read(self.format, message, self.budget, &mut self.counter)?;
        let initializer = place.strip_prefix("graph.initializer[");
        let is_initializer = initializer.is_some() && !tensor.name.is_empty();
        let name = match is_initializer {
            true => tensor.name.clone(),
            false => name_of(place, &tensor.name),
        };
        let mut said = BTreeMap::new();
        match tensor.data {
            TensorData::Array(array) => {
                let limit = self.budget.limits().members;
                if self.arrays.len() >= limit {
                    return Err(ContentError::TooMany {
                        what: "tensors",
                        limit,
                    });
                }
                self.counter.take_text(name.len() as u64)?;
                if self.arrays.insert(name.clone(), array).is_some() {
                    let reason = format!("two tensors are called `{}`", name.escape_debug());
                    return Err(ContentError::malformed(self.format, reason));
                }
            }
            TensorData::Other(value) => _ = said.insert("tensor".to_owned(), value),
        }
        if !tensor.properties.is_empty() {
            said.insert("metadata_props".to_owned(), Value::List(tensor.properties));
        }
        // An initializer is known by its name alone; what stands elsewhere leaves a trace of where it stood.
        if is_initializer && said.is_empty() {
            return Ok(());
        }
        self.counter.take_map()?;
        said.insert(
            "array".to_owned(),
            Value::Text(name).typed(TypeName::Reference),
        );
        said.insert("name".to_owned(), Value::Text(tensor.name));
        list.push(Value::Map(said));
        Ok(())
    }

    /// What a newer version of ONNX may mean something by.
    fn unknown(&mut self, wire: Wire) -> Result<Value, ContentError> {
        Ok(match wire {
            Wire::Varint(number) => integer(number),
            Wire::Fixed64(bytes) => fixed("fixed64", &bytes),
            Wire::Fixed32(bytes) => fixed("fixed32", &bytes),
            Wire::Bytes(bytes) => self.text(&bytes)?,
        })
    }

    fn text(&mut self, text: &Source) -> Result<Value, ContentError> {
        let bytes = self.bytes(text)?;
        Ok(match String::from_utf8(bytes) {
            Ok(text) => Value::Text(text),
            Err(error) => Value::of_bytes(error.as_bytes()),
        })
    }

    /// Bytes in memory, counted.
    fn bytes(&mut self, source: &Source) -> Result<Vec<u8>, ContentError> {
        self.counter.take_text(source.length())?;
        source.read_all(self.budget.limits().structured)
    }
}

/// Whole numbers of ONNX are signed ones of eight bytes.
fn integer(number: u64) -> Value {
    Value::Number(Number::Integer(i128::from(number.cast_signed())))
}

/// Bytes of a fixed number, which are no others: the kind of a field is content too.
fn fixed(kind: &str, bytes: &[u8]) -> Value {
    Value::of_bytes(bytes).typed(TypeName::Tag(kind.to_owned()))
}

fn float(bytes: [u8; 4]) -> Value {
    Value::Number(Number::Float(f64::from(f32::from_le_bytes(bytes))))
}

/// The name of a tensor by its place: in a list whose order means nothing, by its own name there.
fn name_of(place: &str, name: &str) -> String {
    let list = place.rsplit_once('[').map(|(list, _)| list);
    match list.filter(|list| list.ends_with("initializer") && place.ends_with(']')) {
        Some(list) => format!("{list}[{name}]"),
        None => place.to_owned(),
    }
}

/// A list whose order means nothing, in the one order that it is given here.
fn in_order(mut list: Vec<Value>) -> Value {
    list.sort_by_cached_key(|value| format!("{value:?}"));
    Value::List(list)
}

fn join(place: &str, name: &str) -> String {
    if place.is_empty() {
        name.to_owned()
    } else {
        format!("{place}.{name}")
    }
}
