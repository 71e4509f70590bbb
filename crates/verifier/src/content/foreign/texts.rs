//! Texts of any length as an array whose elements have one size.

use super::refusal::Refusal;
use super::sending::Sending;
use crate::content::ElementType;

/// The most bytes of texts that are held at once.
const MOST_BYTES: usize = 1 << 30;
/// The shortest element.
const SHORTEST: usize = 8;

/// Texts in order.
#[derive(Debug, Default)]
pub(super) struct Texts {
    bytes: Vec<u8>,
    lengths: Vec<u32>,
}

impl Texts {
    /// Adds a text.
    pub(super) fn push(&mut self, text: &[u8]) -> Result<(), Refusal> {
        let length = u32::try_from(text.len()).ok();
        let room = MOST_BYTES.checked_sub(self.bytes.len() + 4 * self.lengths.len());
        match (length, room) {
            (Some(length), Some(room)) if text.len() <= room => {
                self.bytes.extend_from_slice(text);
                self.lengths.push(length);
                Ok(())
            }
            _ => Err(Refusal::unsupported("more than 1 GiB of texts at once")),
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.lengths.len() as u64
    }

    /// Writes them as two arrays: `name`, each text filled up with zeros to the next power of two of the longest; and
    /// `name (lengths)`. Where that would take much more than the texts themselves, `name (bytes)` has them one after
    /// another instead.
    pub(super) fn send(
        &self,
        name: &str,
        shape: &[u64],
        output: &mut Sending<'_>,
    ) -> Result<(), Refusal> {
        let mut lengths = Vec::with_capacity(4 * self.lengths.len());
        for length in &self.lengths {
            lengths.extend(length.to_le_bytes());
        }
        let lengths_name = format!("{name} (lengths)");
        output.whole(&lengths_name, ElementType::Unsigned(4), shape, &lengths)?;
        let longest = self.lengths.iter().copied().max().unwrap_or(0);
        let width = (longest as usize).next_power_of_two().max(SHORTEST);
        let padded = width.saturating_mul(self.lengths.len());
        let most = self.bytes.len().saturating_mul(16).saturating_add(1 << 20);
        if padded > most {
            let count = self.bytes.len() as u64;
            let name = format!("{name} (bytes)");
            return output.whole(&name, ElementType::Unsigned(1), &[count], &self.bytes);
        }
        let size = u32::try_from(width).map_err(Refusal::unsupported)?;
        output.array(
            name,
            ElementType::Opaque(size),
            crate::content::ByteOrder::Little,
        )?;
        let mut rest = self.bytes.as_slice();
        let mut element = vec![0; width];
        for length in &self.lengths {
            let (text, others) = rest.split_at((*length as usize).min(rest.len()));
            rest = others;
            element.fill(0);
            element[..text.len()].copy_from_slice(text);
            output.elements(&element)?;
        }
        Ok(output.shape(shape)?)
    }
}
