//! The stream of arrays, written.
//!
//! `u32` and `u64` are numbers of 4 and 8 bytes, the least significant first; `text` is its length in bytes as `u32`, then
//! its UTF-8. One letter stands for the byte of that letter in ASCII.
//!
//! ```text
//! stream    "resow arrays 1\n", array …, M value, Z
//!           or broken off: array …, reason
//! reason    U text: what is not read, or D text: what is damaged
//! array     A text name, type, L or B: the order of bytes, part …, u32 0, u32 dimensions, u64 length …
//!           or broken off: A text name, type, L or B, part …, u32 4294967295, reason
//! part      u32 length, neither of these two; that many bytes of the elements, row by row
//! type      letter and u32 size in bytes: b 1 truth values, i signed, u unsigned, f floating point, c one part of a
//!           complex number, o bytes
//! value     N nothing, T true, F false
//!           I 16 bytes: a whole number in two's complement, the least significant first
//!           S text
//!           L u32 count, value …
//!           M u32 count, (text key, value) …
//! ```

use std::io::{self, Write};

use super::refusal::Refusal;
use crate::content::{ByteOrder, ElementType, Number, Value};

/// What a stream begins with.
pub(super) const MAGIC: &[u8] = b"resow arrays 1\n";
/// Stands for the length of a part where an array is broken off.
pub(super) const BROKEN_OFF: u32 = u32::MAX;
/// The longest part.
pub(super) const LONGEST_PART: usize = 1 << 20;
/// The longest reason.
const LONGEST_REASON: usize = 1000;

/// A stream while it is written.
pub(super) struct Sending<'a> {
    output: &'a mut dyn Write,
    /// Whether it is in the middle of an array.
    is_open: bool,
}

impl<'a> Sending<'a> {
    /// The start of a stream.
    pub(super) fn begin(output: &'a mut dyn Write) -> io::Result<Self> {
        output.write_all(MAGIC)?;
        let is_open = false;
        Ok(Self { output, is_open })
    }

    /// The end of a stream.
    pub(super) fn end(self) -> io::Result<()> {
        self.output.write_all(b"Z")?;
        self.output.flush()
    }

    /// Breaks off, with a reason.
    pub(super) fn refuse(mut self, letter: u8, reason: &str) -> io::Result<()> {
        let cut = (0..=LONGEST_REASON.min(reason.len())).rev();
        let end = cut.into_iter().find(|end| reason.is_char_boundary(*end));
        if self.is_open {
            self.output.write_all(&BROKEN_OFF.to_le_bytes())?;
        }
        self.output.write_all(&[letter])?;
        self.bytes(&reason.as_bytes()[..end.unwrap_or(0)])?;
        self.output.flush()
    }

    /// The start of an array.
    pub(super) fn array(
        &mut self,
        name: &str,
        element: ElementType,
        order: ByteOrder,
    ) -> Result<(), Refusal> {
        let (letter, size) = match element {
            ElementType::Bool => (b'b', 1),
            ElementType::Signed(size) => (b'i', u32::from(size)),
            ElementType::Unsigned(size) => (b'u', u32::from(size)),
            ElementType::Float(size) => (b'f', u32::from(size)),
            ElementType::Complex(size) => (b'c', u32::from(size)),
            ElementType::Opaque(size) => (b'o', size),
            other => return Err(Refusal::unsupported(format!("elements of {other}"))),
        };
        self.output.write_all(b"A")?;
        self.bytes(name.as_bytes())?;
        self.output.write_all(&[letter])?;
        self.output.write_all(&size.to_le_bytes())?;
        self.output.write_all(match order {
            ByteOrder::Little => b"L",
            ByteOrder::Big => b"B",
        })?;
        self.is_open = true;
        Ok(())
    }

    /// More elements of the array that was begun.
    pub(super) fn elements(&mut self, bytes: &[u8]) -> io::Result<()> {
        for part in bytes.chunks(LONGEST_PART) {
            self.bytes(part)?;
        }
        Ok(())
    }

    /// The end of the array that was begun.
    pub(super) fn shape(&mut self, shape: &[u64]) -> io::Result<()> {
        self.is_open = false;
        self.output.write_all(&0_u32.to_le_bytes())?;
        self.count(shape.len())?;
        for length in shape {
            self.output.write_all(&length.to_le_bytes())?;
        }
        Ok(())
    }

    /// An array whose elements are at hand, the least significant byte first.
    pub(super) fn whole(
        &mut self,
        name: &str,
        element: ElementType,
        shape: &[u64],
        bytes: &[u8],
    ) -> Result<(), Refusal> {
        self.array(name, element, ByteOrder::Little)?;
        self.elements(bytes)?;
        Ok(self.shape(shape)?)
    }

    /// What stands beside the arrays.
    pub(super) fn metadata(&mut self, value: &Value) -> Result<(), Refusal> {
        self.output.write_all(b"M")?;
        self.value(value)
    }

    fn value(&mut self, value: &Value) -> Result<(), Refusal> {
        match value {
            Value::Null => self.output.write_all(b"N")?,
            Value::Bool(true) => self.output.write_all(b"T")?,
            Value::Bool(false) => self.output.write_all(b"F")?,
            Value::Number(Number::Integer(integer)) => {
                self.output.write_all(b"I")?;
                self.output.write_all(&integer.to_le_bytes())?;
            }
            Value::Number(_) => return Err(Refusal::unsupported("such a number")),
            Value::Typed(..) => return Err(Refusal::unsupported("such a value")),
            Value::Text(text) => {
                self.output.write_all(b"S")?;
                self.bytes(text.as_bytes())?;
            }
            Value::List(items) => {
                self.output.write_all(b"L")?;
                self.count(items.len())?;
                for item in items {
                    self.value(item)?;
                }
            }
            Value::Map(items) => {
                self.output.write_all(b"M")?;
                self.count(items.len())?;
                for (key, item) in items {
                    self.bytes(key.as_bytes())?;
                    self.value(item)?;
                }
            }
        }
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.count(bytes.len())?;
        self.output.write_all(bytes)
    }

    fn count(&mut self, count: usize) -> io::Result<()> {
        let count = u32::try_from(count).map_err(|_| io::ErrorKind::InvalidInput)?;
        self.output.write_all(&count.to_le_bytes())
    }
}
