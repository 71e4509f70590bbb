//! The value of a parameter, as TOML and JSON both can say it.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};

/// A parameter's value. Numbers are finite; dates are refused when a manifest is read, since JSON has none.
///
/// Two are equal where all their bits are: whole and decimal numbers differ, and so do `0.0` and `-0.0`.
#[derive(Clone, Debug, serde::Serialize)]
#[serde(untagged)]
pub enum ParameterValue {
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A finite floating-point number.
    Float(f64),
    /// A text.
    String(String),
    /// A list.
    Array(Vec<ParameterValue>),
    /// Named values.
    Table(BTreeMap<String, ParameterValue>),
}

impl PartialEq for ParameterValue {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Boolean(left), Self::Boolean(right)) => left == right,
            (Self::Integer(left), Self::Integer(right)) => left == right,
            (Self::Float(left), Self::Float(right)) => left.to_bits() == right.to_bits(),
            (Self::String(left), Self::String(right)) => left == right,
            (Self::Array(left), Self::Array(right)) => left == right,
            (Self::Table(left), Self::Table(right)) => left == right,
            _ => false,
        }
    }
}

impl Eq for ParameterValue {}

impl fmt::Display for ParameterValue {
    /// As it is filled into a command: texts as they are, lists and tables as JSON.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(text) => formatter.write_str(text),
            other => other.write_json(formatter),
        }
    }
}

impl ParameterValue {
    /// As JSON: texts in quotes, so that no two different values look alike.
    pub fn to_json(&self) -> String {
        struct Json<'v>(&'v ParameterValue);
        impl fmt::Display for Json<'_> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.write_json(formatter)
            }
        }
        Json(self).to_string()
    }

    fn write_json(&self, output: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => write!(output, "{value}"),
            Self::Integer(value) => write!(output, "{value}"),
            // Rust's shortest form that reads back as the same number, with `.0` where it is whole.
            Self::Float(value) => write!(output, "{value:?}"),
            Self::String(text) => write_json_string(text, output),
            Self::Array(values) => {
                output.write_str("[")?;
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        output.write_str(", ")?;
                    }
                    value.write_json(output)?;
                }
                output.write_str("]")
            }
            Self::Table(values) => {
                output.write_str("{")?;
                for (index, (key, value)) in values.iter().enumerate() {
                    if index > 0 {
                        output.write_str(", ")?;
                    }
                    write_json_string(key, output)?;
                    output.write_str(": ")?;
                    value.write_json(output)?;
                }
                output.write_str("}")
            }
        }
    }
}

fn write_json_string(text: &str, output: &mut fmt::Formatter<'_>) -> fmt::Result {
    output.write_str("\"")?;
    for character in text.chars() {
        match character {
            '"' => output.write_str("\\\"")?,
            '\\' => output.write_str("\\\\")?,
            control if control < ' ' => write!(output, "\\u{:04x}", u32::from(control))?,
            other => write!(output, "{other}")?,
        }
    }
    output.write_str("\"")
}

impl<'de> Deserialize<'de> for ParameterValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ParameterValueVisitor)
    }
}

struct ParameterValueVisitor;

/// The key under which the `toml` crate hands out a date.
const TOML_DATE: &str = "$__toml_private_datetime";

impl<'de> Visitor<'de> for ParameterValueVisitor {
    type Value = ParameterValue;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a truth value, a finite number, a text, a list or a table")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<ParameterValue, E> {
        Ok(ParameterValue::Boolean(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<ParameterValue, E> {
        Ok(ParameterValue::Integer(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<ParameterValue, E> {
        i64::try_from(value)
            .map(ParameterValue::Integer)
            .map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &self))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<ParameterValue, E> {
        if value.is_finite() {
            Ok(ParameterValue::Float(value))
        } else {
            Err(E::invalid_value(Unexpected::Float(value), &self))
        }
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<ParameterValue, E> {
        Ok(ParameterValue::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<ParameterValue, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = elements.next_element()? {
            values.push(value);
        }
        Ok(ParameterValue::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<ParameterValue, A::Error> {
        let mut values = BTreeMap::new();
        while let Some((key, value)) = entries.next_entry::<String, ParameterValue>()? {
            if key == TOML_DATE {
                return Err(A::Error::invalid_type(Unexpected::Other("a date"), &self));
            }
            if values.insert(key, value).is_some() {
                return Err(A::Error::custom("a key stands twice in a table"));
            }
        }
        Ok(ParameterValue::Table(values))
    }
}
