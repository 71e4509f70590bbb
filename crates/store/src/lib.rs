//! What persists under `.resow/`: records, blobs, images, and the results folder.

mod blob_reader;
mod blob_sink;
mod blobs;
mod bytes;
pub mod checking;
mod diagnoses;
mod error;
mod identity;
mod images;
mod lock;
mod records;
pub mod repair;
mod results;
mod runs;
mod store;
mod temporary;
mod writing;

pub use blob_reader::BlobReader;
pub use blob_sink::{StoreSink, StoreWriter};
pub use diagnoses::DiagnosisFolder;
pub use error::StoreError;
pub use identity::StoreId;
pub use records::Records;
pub use runs::RunFolder;
pub use store::Store;
pub use temporary::TemporaryFolder;
