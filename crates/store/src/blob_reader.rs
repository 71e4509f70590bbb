//! Reading a blob and checking it on the way.

use std::fs::File;
use std::io::{self, Read};

use resow_manifest::digest::Sha256Digest;
use sha2::{Digest as _, Sha256};

use crate::error::StoreError;

/// Reads a blob. At the end it fails where the bytes are not those of the digest: the error's source is
/// [`StoreError::Damaged`].
#[derive(Debug)]
pub struct BlobReader {
    file: File,
    hasher: Sha256,
    expected: Sha256Digest,
}

impl BlobReader {
    pub(crate) fn new(file: File, expected: Sha256Digest) -> Self {
        let hasher = Sha256::new();
        Self {
            file,
            hasher,
            expected,
        }
    }

    fn check(&self) -> io::Result<()> {
        let got = Sha256Digest::from_bytes(self.hasher.clone().finalize().into());
        if got == self.expected {
            return Ok(());
        }
        Err(io::Error::new(
            io::ErrorKind::InvalidData,
            StoreError::Damaged {
                what: format!("blob `{}`", self.expected.short()),
                expected: self.expected.to_string(),
                got: got.to_string(),
            },
        ))
    }
}

impl Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = self.file.read(buffer)?;
        if read == 0 {
            self.check()?;
        }
        self.hasher.update(&buffer[..read]);
        Ok(read)
    }
}
