//! What a file holds, read without executing any of it, in bounded memory and time.
//!
//! One way: a [`Source`] of bytes, by its [`Format`], becomes a [`Document`], whatever the format was; all that compares
//! documents is in [`crate::difference`].

mod archive;
mod array;
mod budget;
mod decimal;
mod digest;
mod error;
mod foreign;
mod format;
mod formats;
mod member_name;
mod metered;
mod number;
mod parts;
mod records;
mod rows;
mod scratch;
mod source;
mod unpacking;
mod value;

pub use archive::{Archive, Attributes, Member, MemberKind};
pub use array::{Array, ByteOrder, ElementType, Layout};
pub use budget::{Budget, Limits};
pub use digest::{digest_of, digest_with};
pub use error::ContentError;
pub use foreign::{Foreign, receive, send};
pub use format::Format;
pub use formats::read;
pub(crate) use member_name::{join, name_of_format};
pub use number::Number;
pub(crate) use rows::{Row, Rows, number as cell_number};
pub use source::{Source, SourceReader};
pub use value::{TypeName, Value};

use std::collections::BTreeMap;

/// What a file holds.
#[derive(Clone, Debug)]
pub enum Document {
    /// Nothing that resow can read: bytes alone.
    Bytes(Source),
    /// UTF-8 text, compared by lines.
    Text(Source),
    /// One structured value: JSON, TOML, YAML, a notebook.
    Tree(Value),
    /// Comma- or tab-separated values, read row by row while they are compared.
    Table(Table),
    /// Arrays by name, and what stands beside them.
    Arrays(Arrays),
    /// Files by name.
    Archive(Archive),
}

/// Comma- or tab-separated values.
#[derive(Clone, Debug)]
pub struct Table {
    /// The bytes.
    pub source: Source,
    /// What stands between two cells: a comma, a semicolon or a tab.
    pub delimiter: u8,
}

/// Arrays by name, and what stands beside them.
#[derive(Clone, Debug)]
pub struct Arrays {
    /// The arrays. One that has no name, as in npy, has the empty one.
    pub arrays: BTreeMap<String, Array>,
    /// Attributes, graphs, nesting: everything that is no array and means something. `Value::Null` where there is none.
    pub metadata: Value,
}
