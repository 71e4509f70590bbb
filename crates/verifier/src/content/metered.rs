//! A stream over a source of which no more is read at once than is allowed.

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

use super::source::{Source, SourceReader};

/// A stream that gives an error where more is read than is allowed: parsers that keep what they read stay small.
pub(crate) struct Metered {
    reader: SourceReader,
    left: Rc<Cell<u64>>,
}

/// How many bytes may be read of a metered stream.
pub(crate) struct Meter(Rc<Cell<u64>>);

impl Metered {
    /// A stream over the source, and what allows reading.
    pub(crate) fn new(source: &Source) -> (Self, Meter) {
        let left = Rc::new(Cell::new(0));
        let reader = source.reader();
        let meter = Meter(Rc::clone(&left));
        (Self { reader, left }, meter)
    }
}

impl Meter {
    /// Allows `bytes` from here on.
    pub(crate) fn allow(&self, bytes: u64) {
        self.0.set(bytes);
    }
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        match self.left.get().checked_sub(read as u64) {
            Some(left) => self.left.set(left),
            None => return Err(io::Error::other("its headers are too large")),
        }
        Ok(read)
    }
}

impl Seek for Metered {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.reader.seek(to)
    }
}
