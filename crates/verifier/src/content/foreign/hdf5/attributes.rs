//! Attributes: numbers as arrays, texts as values.

use hdf5_reader::group::Group;
use hdf5_reader::messages::attribute::AttributeMessage;
use hdf5_reader::messages::dataspace::DataspaceType;
use hdf5_reader::{Dataset, RawAttribute};

use super::super::refusal::Refusal;
use super::types::Form;
use super::{Value, Walk};
use crate::content::{Array, Number};

/// Whose attributes they are, and who finds the texts that lie elsewhere.
pub(super) enum Owner<'a> {
    Group(&'a Group),
    Dataset(&'a Dataset),
}

impl Owner<'_> {
    /// The text that a reference leads to.
    pub(super) fn text(&self, reference: &[u8]) -> Result<Vec<u8>, Refusal> {
        let text = match self {
            Self::Group(group) => group.resolve_vlen_reference_bytes(reference, 1)?,
            Self::Dataset(dataset) => dataset.resolve_vlen_reference_bytes(reference, 1)?,
        };
        let expected = match reference {
            [a, b, c, d, ..] => u32::from_le_bytes([*a, *b, *c, *d]) as usize,
            _ => 0,
        };
        match text.len() == expected {
            true => Ok(text),
            false => Err(Refusal::damaged("a text is not where it should be")),
        }
    }

    fn reference_size(&self) -> usize {
        match self {
            Self::Group(group) => 8 + usize::from(group.offset_size()),
            Self::Dataset(dataset) => dataset.vlen_reference_size(),
        }
    }
}

impl Walk<'_, '_> {
    /// Writes the attributes of the object at `path`.
    pub(super) fn attributes(
        &mut self,
        path: &str,
        attributes: Vec<RawAttribute>,
        owner: &Owner<'_>,
    ) -> Result<(), Refusal> {
        for attribute in attributes {
            let (message, encoded) = attribute.into_parts();
            let name = format!("{path}@{}", message.name);
            self.attribute(name, &message, &encoded, owner)?;
        }
        Ok(())
    }

    fn attribute(
        &mut self,
        name: String,
        message: &AttributeMessage,
        encoded: &[u8],
        owner: &Owner<'_>,
    ) -> Result<(), Refusal> {
        let form = Form::of(&message.datatype, encoded)?;
        let (is_text, array) = (form.is_text, form.array);
        if let Some(note) = form.note {
            let note = Value::Text(note);
            if self.beside.types.insert(name.clone(), note).is_some() {
                return Err(Refusal::damaged("two attributes have one name"));
            }
        }
        let space = &message.dataspace;
        if space.dataspace_type == DataspaceType::Null {
            return self.value(name, Value::Null);
        }
        let count = Array::count(&space.dims).ok_or_else(|| Refusal::damaged("a shape is none"))?;
        let size = match &array {
            Some(array) => Array::bytes(array.element, &array.inner),
            None => Some(owner.reference_size() as u64),
        };
        let length = size.and_then(|size| size.checked_mul(count));
        if length != Some(message.raw_data.len() as u64) {
            return Err(Refusal::damaged(
                "an attribute has not the size of its type",
            ));
        }
        match array {
            Some(array) if !is_text => {
                let mut shape = space.dims.clone();
                shape.extend(&array.inner);
                self.output.array(&name, array.element, array.order)?;
                self.output.elements(&message.raw_data)?;
                Ok(self.output.shape(&shape)?)
            }
            array => {
                let width = array.map_or(owner.reference_size() as u64, |one| one.element.size());
                let width = usize::try_from(width).map_err(Refusal::damaged)?;
                let is_fixed = width != owner.reference_size() || is_fixed(message);
                let mut texts = Vec::new();
                for element in message.raw_data.chunks(width.max(1)) {
                    let text = match is_fixed {
                        true => trimmed(element).to_vec(),
                        false => owner.text(element)?,
                    };
                    texts.push(value_of(text));
                }
                let single = space.dims.is_empty();
                match texts.pop() {
                    Some(text) if single && texts.is_empty() => self.value(name, text),
                    last => {
                        texts.extend(last);
                        let value = shaped(&space.dims, texts);
                        self.value(name, value)
                    }
                }
            }
        }
    }

    fn value(&mut self, name: String, value: Value) -> Result<(), Refusal> {
        match self.beside.attributes.insert(name, value) {
            None => Ok(()),
            Some(_) => Err(Refusal::damaged("two attributes have one name")),
        }
    }
}

/// Whether an attribute holds its texts itself.
fn is_fixed(message: &AttributeMessage) -> bool {
    use hdf5_reader::{Datatype, StringSize};
    matches!(
        &message.datatype,
        Datatype::String {
            size: StringSize::Fixed(_),
            ..
        }
    )
}

/// Without the zeros that fill it up; its type says how long it is with them.
fn trimmed(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|byte| *byte != 0);
    &text[..end.map_or(0, |last| last + 1)]
}

/// A text; what is no UTF-8 as its bytes.
fn value_of(text: Vec<u8>) -> Value {
    match String::from_utf8(text) {
        Ok(text) => Value::Text(text),
        Err(error) => {
            let bytes = error.as_bytes().iter();
            Value::List(
                bytes
                    .map(|byte| Value::Number(Number::Integer(i128::from(*byte))))
                    .collect(),
            )
        }
    }
}

/// Texts in one dimension as they are; in more, beside their shape.
fn shaped(dimensions: &[u64], texts: Vec<Value>) -> Value {
    if dimensions.len() == 1 {
        return Value::List(texts);
    }
    let shape = dimensions.iter();
    let shape = shape.map(|length| Value::Number(Number::Integer(i128::from(*length))));
    let parts = [
        ("shape", Value::List(shape.collect())),
        ("texts", Value::List(texts)),
    ];
    Value::Map(
        parts
            .map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .collect(),
    )
}
