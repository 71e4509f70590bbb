//! Bytes that can be read from any place: a file, a part of one, or memory.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use super::error::ContentError;

/// Bytes that can be read from any place. Clones share what they read from.
#[derive(Clone)]
pub struct Source {
    bytes: Bytes,
    start: u64,
    length: u64,
}

#[derive(Clone)]
enum Bytes {
    File(Arc<File>),
    Memory(Arc<[u8]>),
}

impl Source {
    /// All of a file as long as it is now.
    ///
    /// # Errors
    /// When its length cannot be told: what the kernel makes up while it is read says that it is empty.
    pub fn of_file(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        if length == 0 && file.read_at(&mut [0], 0)? > 0 {
            return Err(io::Error::other(
                "its length is not known before it is read",
            ));
        }
        Ok(Self {
            bytes: Bytes::File(Arc::new(file)),
            start: 0,
            length,
        })
    }

    /// A part of a file that others read too.
    pub(crate) fn of_part(file: Arc<File>, start: u64, length: u64) -> Self {
        Self {
            bytes: Bytes::File(file),
            start,
            length,
        }
    }

    /// Bytes in memory.
    pub fn of_bytes(bytes: impl Into<Arc<[u8]>>) -> Self {
        let bytes = bytes.into();
        let length = bytes.len() as u64;
        Self {
            bytes: Bytes::Memory(bytes),
            start: 0,
            length,
        }
    }

    /// How many bytes there are.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The file that the bytes lie in, and where in it they begin; `None` where they are in memory.
    pub fn file(&self) -> Option<(&File, u64)> {
        match &self.bytes {
            Bytes::File(file) => Some((file, self.start)),
            Bytes::Memory(_) => None,
        }
    }

    /// The part of `length` bytes from `start` on; `None` where there are fewer.
    pub fn slice(&self, start: u64, length: u64) -> Option<Self> {
        let end = start.checked_add(length)?;
        (end <= self.length).then(|| Self {
            bytes: self.bytes.clone(),
            start: self.start + start,
            length,
        })
    }

    /// Reads as many bytes as there are at `offset`, until the buffer is full; how many.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.length.saturating_sub(offset);
        let wanted = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let buffer = &mut buffer[..wanted];
        // A stream may seek past the end.
        if wanted == 0 {
            return Ok(0);
        }
        match &self.bytes {
            Bytes::Memory(bytes) => {
                let Ok(start) = usize::try_from(self.start + offset) else {
                    return Ok(0);
                };
                buffer.copy_from_slice(&bytes[start..start + wanted]);
                Ok(wanted)
            }
            Bytes::File(file) => {
                let mut read = 0;
                while read < wanted {
                    match file.read_at(&mut buffer[read..], self.start + offset + read as u64) {
                        Ok(0) => break,
                        Ok(some) => read += some,
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        Err(error) => return Err(error),
                    }
                }
                Ok(read)
            }
        }
    }

    /// The first bytes, at most `length` of them.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn head(&self, length: usize) -> io::Result<Vec<u8>> {
        let length = usize::try_from(self.length).map_or(length, |own| own.min(length));
        let mut bytes = vec![0; length];
        let read = self.read_at(0, &mut bytes)?;
        bytes.truncate(read);
        Ok(bytes)
    }

    /// All bytes, in memory.
    ///
    /// # Errors
    /// When there are more than `limit`, or the file cannot be read or is shorter than it was.
    pub fn read_all(&self, limit: u64) -> Result<Vec<u8>, ContentError> {
        if self.length > limit {
            return Err(ContentError::TooLarge {
                size: self.length,
                limit,
            });
        }
        let length = usize::try_from(self.length).map_err(|_| ContentError::TooLarge {
            size: self.length,
            limit,
        })?;
        let bytes = self.head(length)?;
        if bytes.len() < length {
            return Err(ContentError::Truncated);
        }
        Ok(bytes)
    }

    /// A stream over the bytes, from the first on.
    pub fn reader(&self) -> SourceReader {
        SourceReader {
            source: self.clone(),
            offset: 0,
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Source({} bytes)", self.length)
    }
}

/// A stream over a source.
#[derive(Clone, Debug)]
pub struct SourceReader {
    source: Source,
    offset: u64,
}

impl Read for SourceReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read_at(self.offset, buffer)?;
        self.offset += read as u64;
        Ok(read)
    }
}

impl Seek for SourceReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(distance) => self.source.length.checked_add_signed(distance),
            SeekFrom::Current(distance) => self.offset.checked_add_signed(distance),
        };
        self.offset = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_read_past_the_end() {
        let source = Source::of_bytes(*b"abcd");
        let part = source.slice(1, 2).expect("inside");
        let mut buffer = [0; 4];
        assert_eq!(part.read_at(1, &mut buffer).expect("memory"), 1);
        for offset in [2, 3, 100, u64::MAX] {
            assert_eq!(part.read_at(offset, &mut buffer).expect("memory"), 0);
        }
    }
}
