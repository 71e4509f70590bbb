//! The encoding that is hashed: how numbers, texts and collections become bytes.
//!
//! - a number is 8 bytes, unsigned, little-endian;
//! - a byte string is its length as a number, then its bytes; a text is its UTF-8 bytes so;
//! - a collection is its number of elements as a number, then the elements: maps as key then value,
//!   sets and maps sorted by the bytes of the key, lists in their order;
//! - a choice is a text that names the variant, then the variant's fields.
//!
//! Every element is length-prefixed or of fixed length, so no two values share an encoding.

use crate::digest::Sha256Digest;

/// Collects the bytes of one value.
#[derive(Default)]
pub struct Encoder {
    bytes: Vec<u8>,
}

impl Encoder {
    /// An encoder whose first element is the text `domain`, which says what is encoded and by which version.
    pub fn new(domain: &str) -> Self {
        let mut encoder = Self::default();
        encoder.text(domain);
        encoder
    }

    /// Appends a number.
    pub fn number(&mut self, value: u64) -> &mut Self {
        self.bytes.extend_from_slice(&value.to_le_bytes());
        self
    }

    /// Appends a byte string.
    pub fn byte_string(&mut self, bytes: &[u8]) -> &mut Self {
        self.number(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// Appends a text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.byte_string(text.as_bytes())
    }

    /// Appends the number of elements of a collection whose elements follow.
    pub fn count(&mut self, elements: usize) -> &mut Self {
        self.number(elements as u64)
    }

    /// The bytes so far.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The digest of the bytes.
    pub fn digest(&self) -> Sha256Digest {
        Sha256Digest::of(&self.bytes)
    }
}
