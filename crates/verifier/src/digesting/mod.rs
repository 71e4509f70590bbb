//! Digests of files that an untrusted command made: in one pass while they are stored, several at once, without
//! following a link or waiting for a writer.

mod budget;
mod error;
mod file;
mod folder;
mod opening;
mod options;
mod refusal;
mod sink;
mod tree;
mod twins;

pub use error::DigestError;
pub use file::{Content, DigestedFile};
pub use folder::{digest_folder, digest_folder_but};
pub use options::{DigestOptions, Limits};
pub use refusal::{Refusal, RefusalReason};
pub use sink::{BlobSink, BlobWriter, HashOnly};
pub use tree::{Digested, digest_files};
pub use twins::twins;
