//! Records: the facts of a run, as JSON.

mod error;
mod facts;
mod file;
mod image;
mod input;
mod plan;
mod version;

pub use error::RecordError;
pub use facts::{Provenance, Record, RecordedStream, WorkspaceReport};
pub use image::{RecordedImage, WrittenImage, WrittenImageError};
pub use input::{InputCheck, RecordedInput};
pub use plan::IdentifiedPlan;
pub use version::FormatVersion;
pub(crate) use version::Versioned;
