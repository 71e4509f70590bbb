//! The bytes of one layer in an archive: read once, from front to back, counted and hashed.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt as _;

use resow_manifest::digest::Sha256Digest;
use sha2::{Digest as _, Sha256};

use super::error::LayerError;
use crate::image::archive::LayerRegion;

/// How much is read at a time, in bytes.
const STEP: usize = 256 << 10;

/// Reads a layer, and hashes all of it whatever is passed over.
pub(super) struct RegionReader<'a> {
    file: &'a File,
    region: LayerRegion,
    /// How much of it is in or before the buffer, in bytes.
    filled: u64,
    buffer: Vec<u8>,
    used: usize,
    hasher: Sha256,
    /// Is told how many bytes were read more; whether to go on.
    tick: &'a mut dyn FnMut(u64) -> bool,
}

impl<'a> RegionReader<'a> {
    pub(super) fn new(
        file: &'a File,
        region: LayerRegion,
        tick: &'a mut dyn FnMut(u64) -> bool,
    ) -> Self {
        Self {
            file,
            region,
            filled: 0,
            buffer: Vec::new(),
            used: 0,
            hasher: Sha256::new(),
            tick,
        }
    }

    /// How much was taken, in bytes from the layer's start.
    pub(super) fn position(&self) -> u64 {
        self.filled - (self.buffer.len() - self.used) as u64
    }

    /// How much is left, in bytes.
    pub(super) fn remaining(&self) -> u64 {
        self.region.size - self.position()
    }

    /// Where in the archive the next byte lies.
    pub(super) fn offset(&self) -> u64 {
        self.region.offset + self.position()
    }

    /// Up to `most` bytes; empty only at the end.
    pub(super) fn take(&mut self, most: u64) -> Result<&[u8], LayerError> {
        if self.used == self.buffer.len() {
            self.fill()?;
        }
        let left = self.buffer.len() - self.used;
        let count = usize::try_from(most).unwrap_or(usize::MAX).min(left);
        let from = self.used;
        self.used += count;
        Ok(&self.buffer[from..from + count])
    }

    /// Fills `bytes`.
    ///
    /// # Errors
    /// When the layer ends before.
    pub(super) fn exactly(&mut self, bytes: &mut [u8]) -> Result<(), LayerError> {
        let mut done = 0;
        while done < bytes.len() {
            let taken = self.take((bytes.len() - done) as u64)?;
            if taken.is_empty() {
                return Err(LayerError::Read(io::ErrorKind::UnexpectedEof.into()));
            }
            let count = taken.len();
            bytes[done..done + count].copy_from_slice(taken);
            done += count;
        }
        Ok(())
    }

    /// Passes over `count` bytes, which must be there.
    pub(super) fn skip(&mut self, count: u64) -> Result<(), LayerError> {
        let mut left = count;
        while left > 0 {
            let taken = self.take(left)?.len() as u64;
            if taken == 0 {
                return Err(LayerError::Read(io::ErrorKind::UnexpectedEof.into()));
            }
            left -= taken;
        }
        Ok(())
    }

    /// Reads what is left, and compares the digest of all with the image's.
    pub(super) fn finish(mut self) -> Result<(), LayerError> {
        let left = self.remaining();
        self.skip(left)?;
        let found = Sha256Digest::from_bytes(self.hasher.finalize().into());
        if found == self.region.digest {
            Ok(())
        } else {
            Err(LayerError::Damaged(found))
        }
    }

    fn fill(&mut self) -> Result<(), LayerError> {
        let left = usize::try_from(self.region.size - self.filled).unwrap_or(usize::MAX);
        self.buffer.resize(STEP.min(left), 0);
        self.used = 0;
        let at = self.region.offset + self.filled;
        let count = self.buffer.len();
        self.file.read_exact_at(&mut self.buffer, at)?;
        self.hasher.update(&self.buffer);
        self.filled += count as u64;
        if (self.tick)(count as u64) {
            Ok(())
        } else {
            Err(LayerError::Interrupted)
        }
    }
}

/// Reads a part of a file that others may be reading.
pub(super) struct PartReader<'a> {
    pub(super) file: &'a File,
    pub(super) offset: u64,
    pub(super) remaining: u64,
}

impl Read for PartReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.remaining).unwrap_or(usize::MAX);
        let most = most.min(buffer.len());
        let count = self.file.read_at(&mut buffer[..most], self.offset)?;
        self.offset += count as u64;
        self.remaining -= count as u64;
        Ok(count)
    }
}
