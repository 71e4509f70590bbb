//! The value of a parameter, as TOML and JSON both can say it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A parameter's value. Numbers are finite; dates are refused when a manifest is read, since JSON has none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)] // Records and claims are written by resow alone: no hand-written text meets this error message.
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
