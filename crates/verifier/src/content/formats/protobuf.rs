//! Messages of Protocol Buffers, field by field, without holding them in memory: long fields stay parts of the source.

use crate::content::{ContentError, Format, Source};

/// A message up to this length is read at once.
const IN_MEMORY: u64 = 1 << 20;
/// A tag and a number have at most ten bytes each.
const HEAD: usize = 20;

/// A field's value as it is written.
#[derive(Clone, Debug)]
pub(super) enum Wire {
    /// A whole number, or a truth value.
    Varint(u64),
    /// Eight bytes.
    Fixed64([u8; 8]),
    /// Four bytes.
    Fixed32([u8; 4]),
    /// Text, bytes, a message, or numbers one after another.
    Bytes(Source),
}

/// The fields of a message that are not read yet.
pub(super) struct Fields {
    format: Format,
    message: Source,
    offset: u64,
}

impl Fields {
    /// All fields of a message.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn of(format: Format, message: &Source) -> Result<Self, ContentError> {
        let message = if message.length() <= IN_MEMORY {
            Source::of_bytes(message.read_all(IN_MEMORY)?)
        } else {
            message.clone()
        };
        Ok(Self {
            format,
            message,
            offset: 0,
        })
    }

    /// The next field's number and value; `None` at the end.
    ///
    /// # Errors
    /// When it is none, or goes past the end.
    pub(super) fn next(&mut self) -> Result<Option<(u64, Wire)>, ContentError> {
        if self.offset == self.message.length() {
            return Ok(None);
        }
        let mut head = [0; HEAD];
        let read = self.message.read_at(self.offset, &mut head)?;
        let mut rest = &head[..read];
        let tag = self.varint(&mut rest)?;
        let wire = match tag & 7 {
            0 => Wire::Varint(self.varint(&mut rest)?),
            1 => Wire::Fixed64(fixed(&mut rest)?),
            2 => {
                let length = self.varint(&mut rest)?;
                let start = self.offset + (read - rest.len()) as u64;
                let part = self.message.slice(start, length);
                Wire::Bytes(part.ok_or(ContentError::Truncated)?)
            }
            5 => Wire::Fixed32(fixed(&mut rest)?),
            _ => return Err(self.broken("a field has a kind that there is not")),
        };
        self.offset += (read - rest.len()) as u64;
        if let Wire::Bytes(part) = &wire {
            self.offset += part.length();
        }
        match tag >> 3 {
            0 => Err(self.broken("a field has the number 0")),
            number => Ok(Some((number, wire))),
        }
    }

    fn varint(&self, rest: &mut &[u8]) -> Result<u64, ContentError> {
        match varint(rest) {
            Some(number) => Ok(number),
            None if rest.len() < 10 => Err(ContentError::Truncated),
            None => Err(self.broken("a number has more than ten bytes")),
        }
    }

    fn broken(&self, reason: &str) -> ContentError {
        ContentError::malformed(self.format, reason)
    }
}

/// A number of at most ten bytes, which are taken; `None` where it does not end, or has more than 64 bits.
pub(super) fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number: u64 = 0;
    for (index, byte) in rest.iter().enumerate().take(10) {
        if index == 9 && *byte > 1 {
            return None;
        }
        number |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            *rest = &rest[index + 1..];
            return Some(number);
        }
    }
    None
}

fn fixed<const SIZE: usize>(rest: &mut &[u8]) -> Result<[u8; SIZE], ContentError> {
    let (bytes, left) = rest.split_first_chunk().ok_or(ContentError::Truncated)?;
    *rest = left;
    Ok(*bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_to_their_last_byte() {
        for (bytes, expected) in [
            (&[0x01][..], Some(1)),
            (&[0xac, 0x02], Some(300)),
            (
                &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
                Some(u64::MAX),
            ),
            (&[0x80], None),
            (&[0xff; 11], None),
            (
                &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x03],
                None,
            ),
        ] {
            let mut rest = bytes;
            assert_eq!(varint(&mut rest), expected);
        }
    }
}
