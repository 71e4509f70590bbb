//! Bytes of outputs, of which those of foreign formats can be read.

use std::io;
use std::sync::Arc;

use resow_manifest::digest::Sha256Digest;
use resow_verifier::content::{Foreign, Source};
use resow_verifier::verdict::Bytes;

use super::reader;

/// Bytes from where they are had, of which those of foreign formats can be read.
#[derive(Debug)]
pub(crate) struct WithReader<'a, B>(pub(crate) &'a B);

impl<B: Bytes> Bytes for WithReader<'_, B> {
    fn source(&self, digest: &Sha256Digest, size: u64) -> io::Result<Option<Source>> {
        self.0.source(digest, size)
    }

    fn foreign(&self) -> Option<Arc<dyn Foreign>> {
        reader()
    }
}
