//! The parts of one file that are packed, unpacked one after another into one place: memory, or a file without a name.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write as _};
use std::ops::Range;

use super::budget::Budget;
use super::error::ContentError;
use super::format::Format;
use super::source::Source;

/// What is held in memory, of all parts; more goes into the file.
const IN_MEMORY: usize = 1 << 20;
const BUFFER: usize = 64 << 10;

/// Parts that are unpacked one after another. However many there are, they take one open file.
pub(crate) struct Parts<'budget> {
    format: Format,
    budget: &'budget Budget,
    buffer: Vec<u8>,
    memory: Vec<u8>,
    file: Option<File>,
    length: u64,
}

impl<'budget> Parts<'budget> {
    /// No part yet of a file of this format.
    pub(crate) fn new(format: Format, budget: &'budget Budget) -> Self {
        Self {
            format,
            budget,
            buffer: Vec::new(),
            memory: Vec::new(),
            file: None,
            length: 0,
        }
    }

    /// Unpacks a part; where it lies among all.
    ///
    /// # Errors
    /// When it cannot be unpacked, or is more than the budget allows.
    pub(crate) fn add(&mut self, mut reader: impl Read) -> Result<Range<u64>, ContentError> {
        let start = self.length;
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.resize(BUFFER, 0);
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => self.write(&buffer[..read])?,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(damage(self.format, error)),
            }
        }
        self.buffer = buffer;
        Ok(start..self.length)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ContentError> {
        self.budget.unpack(bytes.len() as u64)?;
        self.length += bytes.len() as u64;
        if self.file.is_none() {
            if self.memory.len() + bytes.len() <= IN_MEMORY {
                self.memory.extend_from_slice(bytes);
                return Ok(());
            }
            let mut file = tempfile::tempfile()?;
            file.write_all(&std::mem::take(&mut self.memory))?;
            self.file = Some(file);
        }
        match &mut self.file {
            Some(file) => Ok(file.write_all(bytes)?),
            None => Ok(()),
        }
    }

    /// All parts, one after another.
    ///
    /// # Errors
    /// When the file cannot be looked at.
    pub(crate) fn finish(self) -> Result<Source, ContentError> {
        match self.file {
            Some(file) => Ok(Source::of_file(file)?),
            None => Ok(Source::of_bytes(self.memory)),
        }
    }
}

/// A failure of the operating system is one of reading; any other is damage of what is packed.
pub(crate) fn damage(format: Format, error: io::Error) -> ContentError {
    if error.raw_os_error().is_some() {
        return ContentError::Read(error);
    }
    match error.kind() {
        ErrorKind::UnexpectedEof => ContentError::Truncated,
        _ => ContentError::malformed(format, error),
    }
}

#[cfg(test)]
mod tests {
    use resow_manifest::comparator::ComparatorKind;

    use super::*;
    use crate::content::Limits;

    fn format() -> Format {
        Format::of_kind(ComparatorKind::Zip).expect("a format")
    }

    #[test]
    fn parts_lie_one_after_another_in_memory_and_in_a_file() {
        let budget = Budget::default();
        for size in [10, IN_MEMORY - 3] {
            let mut parts = Parts::new(format(), &budget);
            let (first, second) = (vec![1; size], vec![2; 9]);
            assert_eq!(parts.add(&first[..]).expect("room"), 0..size as u64);
            let range = parts.add(&second[..]).expect("room");
            let all = parts.finish().expect("all");
            let slice = all.slice(range.start, range.end - range.start);
            assert_eq!(slice.expect("there").read_all(9).expect("9"), second);
            assert_eq!(all.length(), size as u64 + 9);
        }
    }

    #[test]
    fn no_more_is_unpacked_than_the_budget_allows() {
        let limits = Limits {
            unpacked: 3 << 20,
            ..Limits::default()
        };
        let budget = Budget::new(limits);
        let error = Parts::new(format(), &budget)
            .add(io::repeat(0))
            .expect_err("it has no end");
        assert!(matches!(error, ContentError::TooMuchPacked { .. }));
    }
}
