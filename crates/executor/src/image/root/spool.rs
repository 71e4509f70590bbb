//! Contents of files, one after another in one temporary file, so that memory stays flat.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use resow_manifest::digest::Sha256Digest;
use sha2::Digest as _;

/// Where in the spool a content lies, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) offset: u64,
    pub(crate) length: u64,
    pub(crate) digest: Sha256Digest,
}

/// Collects contents; unlinked from the start, so that nothing is left whatever happens.
pub(crate) struct Spool {
    file: BufWriter<File>,
    length: u64,
    limit: u64,
}

/// The most that an image's files may have together, in bytes: 64 GiB.
pub(crate) const LARGEST_IMAGE: u64 = 64 << 30;

impl Spool {
    /// An empty spool in `folder`, refusing to grow past `limit` bytes.
    pub(crate) fn new(folder: &Path, limit: u64) -> io::Result<Self> {
        Ok(Self {
            file: BufWriter::with_capacity(1 << 18, tempfile::tempfile_in(folder)?),
            length: 0,
            limit,
        })
    }

    /// Reads `content` to its end.
    ///
    /// # Errors
    /// [`io::ErrorKind::FileTooLarge`] where the limit is passed.
    pub(crate) fn store(&mut self, content: &mut dyn Read) -> io::Result<Content> {
        let offset = self.length;
        let mut hasher = sha2::Sha256::new();
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.length += count as u64;
            if self.length > self.limit {
                return Err(too_large(self.limit));
            }
            hasher.update(&buffer[..count]);
            self.file.write_all(&buffer[..count])?;
        }
        Ok(Content {
            offset,
            length: self.length - offset,
            digest: Sha256Digest::from_bytes(hasher.finalize().into()),
        })
    }

    /// Makes what was stored readable.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }

    /// The bytes of `content`, after a [`Self::flush`].
    pub(crate) fn read(&self, content: &Content) -> SpoolReader<'_> {
        SpoolReader {
            file: self.file.get_ref(),
            position: content.offset,
            remaining: content.length,
        }
    }

    /// The whole content in memory, for small files.
    pub(crate) fn bytes(&mut self, content: &Content) -> io::Result<Vec<u8>> {
        self.flush()?;
        let mut bytes = Vec::new();
        self.read(content).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// The error for what passes a limit of `limit` bytes.
pub(crate) fn too_large(limit: u64) -> io::Error {
    io::Error::new(
        io::ErrorKind::FileTooLarge,
        format!("more than {limit} bytes when unpacked"),
    )
}

/// Reads one content.
pub(crate) struct SpoolReader<'a> {
    file: &'a File,
    position: u64,
    remaining: u64,
}

impl Read for SpoolReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.remaining)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let count = self.file.read_at(&mut buffer[..wanted], self.position)?;
        self.position += count as u64;
        self.remaining -= count as u64;
        Ok(count)
    }
}

/// Passes bytes on up to a limit, and fails where a plain `take` would pretend that there is no more.
pub(crate) struct Limited<R> {
    inner: R,
    remaining: u64,
    limit: u64,
}

impl<R: Read> Limited<R> {
    pub(crate) const fn new(inner: R, limit: u64) -> Self {
        Self {
            inner,
            remaining: limit,
            limit,
        }
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.remaining = self
            .remaining
            .checked_sub(count as u64)
            .ok_or_else(|| too_large(self.limit))?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_read_back_and_the_limit_holds() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut spool = Spool::new(folder.path(), 8).expect("a spool");
        let first = spool.store(&mut &b"abc"[..]).expect("within the limit");
        let second = spool.store(&mut &b"defgh"[..]).expect("within the limit");
        assert_eq!(spool.bytes(&second).expect("readable"), b"defgh");
        assert_eq!(spool.bytes(&first).expect("readable"), b"abc");
        assert_eq!(first.digest, Sha256Digest::of(b"abc"));
        let error = spool.store(&mut &b"i"[..]).expect_err("past the limit");
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn a_limited_reader_fails_instead_of_ending() {
        let mut bytes = Vec::new();
        assert!(
            Limited::new(io::repeat(0), 10)
                .read_to_end(&mut bytes)
                .is_err()
        );
        assert!(
            Limited::new(&b"0123456789"[..], 10)
                .read_to_end(&mut Vec::new())
                .is_ok()
        );
    }
}
