//! ONNX models: initializers and constants as arrays, the graph as metadata.

mod schema;
mod tensor;
mod varints;

use std::collections::BTreeMap;

use super::protobuf::{Fields, Wire, varint};
use crate::content::{Array, Arrays, Budget, ContentError, Format, Number, Source, Value};
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
        seen: 0,
        text: 0,
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
    /// How many fields were read.
    seen: usize,
    /// How many bytes of text were copied.
    text: u64,
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
        let mut fields = Fields::of(self.format, message)?;
        let mut found: BTreeMap<String, Value> = BTreeMap::new();
        while let Some((number, wire)) = fields.next()? {
            self.count()?;
            if schema.skipped.contains(&number) {
                continue;
            }
            match schema.fields.iter().find(|field| field.number == number) {
                Some(field) if field.is_repeated => {
                    let list = found.remove(field.name);
                    let mut list = match list {
                        Some(Value::List(list)) => list,
                        _ => Vec::new(),
                    };
                    let place = format!("{}[{}]", join(place, field.name), list.len());
                    self.add(field.kind, wire, &place, &mut list)?;
                    found.insert(field.name.to_owned(), Value::List(list));
                }
                Some(field) => {
                    let mut list = Vec::new();
                    self.add(field.kind, wire, &join(place, field.name), &mut list)?;
                    if let Some(value) = list.pop() {
                        // The later one holds for numbers and texts; of messages it would be both together.
                        let before = found.insert(field.name.to_owned(), value);
                        if before.is_some() {
                            let reason = format!("`{}` stands there twice", field.name);
                            return Err(ContentError::malformed(self.format, reason));
                        }
                    }
                }
                None => {
                    let list = found
                        .entry(format!("field {number}"))
                        .or_insert_with(|| Value::List(Vec::new()));
                    let value = self.unknown(wire)?;
                    if let Value::List(list) = list {
                        list.push(value);
                    }
                }
            }
        }
        self.depth -= 1;
        Ok(Value::Map(found))
    }

    fn count(&mut self) -> Result<(), ContentError> {
        self.seen += 1;
        let limit = self.budget.limits().members.saturating_mul(16);
        if self.seen > limit {
            return Err(ContentError::TooMany {
                what: "values",
                limit,
            });
        }
        Ok(())
    }

    /// Adds what a field holds: nothing of a tensor that became an array, several of numbers one after another.
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
                    self.count()?;
                    list.push(integer(varint(&mut rest).ok_or(ContentError::Truncated)?));
                }
            }
            (Kind::Float, Wire::Fixed32(bytes)) => list.push(float(bytes)),
            (Kind::Float, Wire::Bytes(numbers)) => {
                let numbers = self.bytes(&numbers)?;
                for bytes in numbers.as_chunks::<4>().0 {
                    self.count()?;
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
        let tensor = Tensor::read(self.format, message, self.budget)?;
        // Tensors leave no trace in the list that they stand in, so that their order means nothing.
        let name = match place.strip_prefix("graph.initializer[") {
            Some(_) if !tensor.name.is_empty() => tensor.name.clone(),
            _ if place.ends_with(']') => {
                let list = place.rsplit_once('[').map_or(place, |(list, _)| list);
                format!("{list}[{}]", tensor.name)
            }
            _ => place.to_owned(),
        };
        match tensor.data {
            TensorData::Array(array) => {
                let limit = self.budget.limits().members;
                if self.arrays.len() >= limit {
                    return Err(ContentError::TooMany {
                        what: "tensors",
                        limit,
                    });
                }
                if self.arrays.insert(name.clone(), array).is_some() {
                    let reason = format!("two tensors are called `{}`", name.escape_debug());
                    return Err(ContentError::malformed(self.format, reason));
                }
            }
            TensorData::Other(value) => list.push(value),
        }
        Ok(())
    }

    /// What a newer version of ONNX may mean something by.
    fn unknown(&mut self, wire: Wire) -> Result<Value, ContentError> {
        Ok(match wire {
            Wire::Varint(number) => integer(number),
            Wire::Fixed64(bytes) => integer(u64::from_le_bytes(bytes)),
            Wire::Fixed32(bytes) => integer(u64::from(u32::from_le_bytes(bytes))),
            Wire::Bytes(bytes) => self.text(&bytes)?,
        })
    }

    fn text(&mut self, text: &Source) -> Result<Value, ContentError> {
        let bytes = self.bytes(text)?;
        Ok(Value::Text(match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => format!("b\"{}\"", error.as_bytes().escape_ascii()),
        }))
    }

    /// Bytes in memory, counted.
    fn bytes(&mut self, source: &Source) -> Result<Vec<u8>, ContentError> {
        let limit = self.budget.limits().structured;
        self.text = self.text.saturating_add(source.length());
        if self.text > limit {
            return Err(ContentError::TooLarge {
                size: self.text,
                limit,
            });
        }
        source.read_all(limit)
    }
}

/// Whole numbers of ONNX are signed ones of eight bytes.
fn integer(number: u64) -> Value {
    Value::Number(Number::Integer(i128::from(number.cast_signed())))
}

fn float(bytes: [u8; 4]) -> Value {
    Value::Number(Number::Float(f64::from(f32::from_le_bytes(bytes))))
}

fn join(place: &str, name: &str) -> String {
    if place.is_empty() {
        name.to_owned()
    } else {
        format!("{place}.{name}")
    }
}
