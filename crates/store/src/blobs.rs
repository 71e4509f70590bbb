//! Blobs: content by its digest.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use resow_manifest::digest::Sha256Digest;

use crate::blob_reader::BlobReader;
use crate::error::StoreError;
use crate::store::Store;
use crate::writing::names;

impl Store {
    /// Whether the store has content of this digest and size. Its bytes are checked when they are read.
    pub fn has_blob(&self, digest: &Sha256Digest, size: u64) -> bool {
        fs::symlink_metadata(self.blob_path(digest))
            .is_ok_and(|metadata| metadata.is_file() && metadata.len() == size)
    }

    /// The content with this digest; the reader fails at the end where the bytes are not those.
    ///
    /// # Errors
    /// When the store does not have it.
    pub fn read_blob(&self, digest: &Sha256Digest) -> Result<BlobReader, StoreError> {
        let path = self.blob_path(digest);
        match File::open(&path) {
            Ok(file) => Ok(BlobReader::new(file, *digest)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(StoreError::MissingBlob { digest: *digest })
            }
            Err(error) => Err(StoreError::reading(&path, error)),
        }
    }

    /// Copies the content with this digest to `output`; how many bytes. What was written is only good where this
    /// succeeds.
    ///
    /// # Errors
    /// When the store does not have it, it is damaged, or `output` fails.
    pub fn copy_blob_to(
        &self,
        digest: &Sha256Digest,
        output: &mut impl Write,
    ) -> Result<u64, StoreError> {
        let mut reader = self.read_blob(digest)?;
        let path = self.blob_path(digest);
        io::copy(&mut reader, output).map_err(|error| match error.downcast::<StoreError>() {
            Ok(damage) => damage,
            Err(other) => StoreError::reading(&path, other),
        })
    }

    /// Checks that the content with this digest is there and whole.
    ///
    /// # Errors
    /// When the store does not have it, or it is damaged.
    pub fn check_blob(&self, digest: &Sha256Digest) -> Result<u64, StoreError> {
        self.copy_blob_to(digest, &mut io::sink())
    }

    /// Every blob in the store, sorted.
    ///
    /// # Errors
    /// When the blobs cannot be listed.
    pub fn blobs(&self) -> Result<Vec<Sha256Digest>, StoreError> {
        let base = self.folder("blobs");
        let mut found = Vec::new();
        for folder in names(&base)? {
            let names = names(&base.join(folder))?;
            let digests = names.iter().map(|name| Sha256Digest::from_hex(name));
            found.extend(digests.filter_map(Result::ok));
        }
        found.sort_unstable();
        Ok(found)
    }

    /// Where the content with this digest lies, where the store has it; whoever reads it checks it.
    pub fn blob_file(&self, digest: &Sha256Digest) -> Option<PathBuf> {
        let path = self.blob_path(digest);
        fs::symlink_metadata(&path)
            .is_ok_and(|metadata| metadata.is_file())
            .then_some(path)
    }

    pub(crate) fn blob_path(&self, digest: &Sha256Digest) -> PathBuf {
        let hex = digest.hex();
        self.folder("blobs").join(&hex[..2]).join(hex)
    }
}
