//! Structured values, whichever format they were written in.

use std::collections::BTreeMap;
use std::fmt;

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
    /// A text.
    Text(String),
    /// Values in order.
    List(Vec<Value>),
    /// Values by key, whose order means nothing. A key that is written twice is an error of the reader.
    Map(BTreeMap<String, Value>),
    /// A value of a type of its own, which is told from all others.
    Typed(TypeName, Box<Value>),
}

/// The type of a value that is none of the others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TypeName {
    /// A date, a time or both, as the text that is written.
    Date,
    /// Bytes, as a text in which those that are no printable ASCII are escaped.
    Bytes,
    /// What some readers of the format take for a text, others for something else.
    Ambiguous,
    /// Several documents in one stream, as a list.
    Documents,
    /// What the format leads to instead of holding it here: an array of the same file, a widget.
    Reference,
    /// A type that the file itself names.
    Tag(String),
}

impl Value {
    /// The value as one of a type of its own.
    pub(crate) fn typed(self, name: TypeName) -> Self {
        Self::Typed(name, Box::new(self))
    }

    /// These bytes.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        Self::Text(bytes.escape_ascii().to_string()).typed(TypeName::Bytes)
    }
}

impl TypeName {
    /// What is hashed for it: no tag begins with a space.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Date => " date",
            Self::Bytes => " bytes",
            Self::Ambiguous => " ambiguous",
            Self::Documents => " documents",
            Self::Reference => " reference",
            Self::Tag(tag) => tag,
        }
    }
}

impl fmt::Display for TypeName {
    /// As it stands before a value: `date "2026-01-01"`, `!Point [1, 2]`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.text().trim_start())
    }
}
