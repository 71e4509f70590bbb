//! Structured values, whichever format they were written in.

use std::collections::BTreeMap;

use super::number::Number;

/// A structured value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text, or what a format writes as a date or time.
    Text(String),
    /// Values in order.
    List(Vec<Value>),
    /// Values by key, whose order means nothing. A key that is written twice is an error of the reader.
    Map(BTreeMap<String, Value>),
}
