//! Blobs as what verdicts look into.

use std::fs::File;
use std::io;

use resow_manifest::digest::Sha256Digest;
use resow_verifier::content::Source;
use resow_verifier::verdict::Bytes;

use crate::error::StoreError;
use crate::store::Store;

impl Bytes for Store {
    /// The blob with this digest, whole; an error's source is a [`StoreError`] where it is damaged.
    fn source(&self, digest: &Sha256Digest, size: u64) -> io::Result<Option<Source>> {
        if !self.has_blob(digest, size) {
            return Ok(None);
        }
        self.check_blob(digest).map_err(io::Error::other)?;
        let path = self.blob_path(digest);
        let file = File::open(&path)
            .map_err(|error| io::Error::other(StoreError::reading(&path, error)))?;
        Source::of_file(file).map(Some)
    }
}
