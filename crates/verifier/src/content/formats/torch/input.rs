//! The bytes of a pickle, taken from the front.

/// The bytes that are not read yet.
pub(super) struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    /// All of the bytes.
    pub(super) fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    /// The next bytes; `None` where there are not as many.
    pub(super) fn take(&mut self, length: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(usize::try_from(length).ok()?)?;
        self.rest = rest;
        Some(taken)
    }

    /// The next byte.
    pub(super) fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    /// A number of `size` bytes, at most eight, the least significant first.
    pub(super) fn number(&mut self, size: usize) -> Option<u64> {
        let bytes = self.take(size as u64)?;
        let mut word = [0; 8];
        word.get_mut(..size)?.copy_from_slice(bytes);
        Some(u64::from_le_bytes(word))
    }

    /// Bytes behind their length, which is a number of `size` bytes.
    pub(super) fn counted(&mut self, size: usize) -> Option<&'a [u8]> {
        let length = self.number(size)?;
        self.take(length)
    }

    /// The bytes up to the next line end, which is taken too.
    pub(super) fn line(&mut self) -> Option<&'a [u8]> {
        let end = self.rest.iter().position(|byte| *byte == b'\n')?;
        let line = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        Some(line)
    }
}
