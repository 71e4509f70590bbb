//! Where the bytes of a file go while it is hashed.

use std::convert::Infallible;

use resow_manifest::digest::Sha256Digest;

/// Takes the content of files, several at once.
pub trait BlobSink: Sync {
    /// Why content could not be taken.
    type Error: std::error::Error + Send + 'static;
    /// Takes the content of one file. Dropped without [`BlobWriter::finish`], it leaves nothing behind.
    type Writer: BlobWriter<Error = Self::Error>;

    /// Begins a file.
    ///
    /// # Errors
    /// When it cannot be stored.
    fn begin(&self) -> Result<Self::Writer, Self::Error>;
}

/// Takes the content of one file, piece by piece.
pub trait BlobWriter {
    /// Why content could not be taken.
    type Error;

    /// Takes the next piece.
    ///
    /// # Errors
    /// When it cannot be stored.
    fn write(&mut self, piece: &[u8]) -> Result<(), Self::Error>;

    /// Ends the file, whose digest is now known.
    ///
    /// # Errors
    /// When it cannot be stored.
    fn finish(self, digest: &Sha256Digest) -> Result<(), Self::Error>;
}

/// Stores nothing: only the digests are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct HashOnly;

impl BlobSink for HashOnly {
    type Error = Infallible;
    type Writer = Self;

    fn begin(&self) -> Result<Self, Infallible> {
        Ok(Self)
    }
}

impl BlobWriter for HashOnly {
    type Error = Infallible;

    fn write(&mut self, _piece: &[u8]) -> Result<(), Infallible> {
        Ok(())
    }

    fn finish(self, _digest: &Sha256Digest) -> Result<(), Infallible> {
        Ok(())
    }
}
