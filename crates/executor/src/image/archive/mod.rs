//! An image as a file: a tar that is an OCI image layout and that Docker loads, with the same bytes every time.
//!
//! Its entries, in this order: `blobs/`, `blobs/sha256/`, the layers from the lowest, each an uncompressed tar; the
//! configuration; the OCI manifest; `index.json`; `manifest.json` (Docker's); `oci-layout`.

mod description;
mod export;
mod reader;
#[cfg(test)]
mod tests;
pub(crate) mod writer;

pub use export::{ExportError, from_engine_export};
pub use reader::{ArchiveError, read_identity};
pub(crate) use reader::{LayerRegion, OpenArchive, open};
