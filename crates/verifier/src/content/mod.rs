//! What a file holds, read without executing any of it, in bounded memory and time.
//!
//! One way: a [`Source`] of bytes, by its [`Format`], becomes a [`Document`], whatever the format was; all that compares
//! documents is in [`crate::difference`].

mod array;
mod budget;
mod digest;
mod error;
mod format;
mod formats;
mod member_name;
mod metered;
mod number;
mod parts;
mod rows;
mod source;
mod unpacking;
mod value;

pub use array::{Array, ByteOrder, ElementType, Layout};
pub use budget::{Budget, Limits};
pub use digest::digest_of;
pub use error::ContentError;
pub use format::Format;
pub use formats::read;
pub(crate) use member_name::{join, name_of_format};
pub use number::Number;
pub(crate) use rows::{Row, Rows, number as cell_number};
pub use source::{Source, SourceReader};
pub use value::Value;

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
    /// Files by name. One that has no name, as in gzip, has the empty one.
    Archive(BTreeMap<String, Member>),
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

/// A file in an archive.
#[derive(Clone, Debug)]
pub enum Member {
    /// A file; its bytes are unpacked.
    File {
        /// Its content.
        source: Source,
        /// Whether its owner may execute it; `false` where the format does not say.
        executable: bool,
    },
    /// A symbolic or hard link.
    Link {
        /// The path that it holds.
        target: String,
    },
    /// A folder.
    Folder,
    /// A device or the like.
    Special {
        /// What, in words.
        what: &'static str,
    },
}
