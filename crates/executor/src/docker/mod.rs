//! The Docker engine, through its API: images in and out, and containers from creation to removal.
//!
//! Everything public is synchronous. Each call runs its own single-threaded runtime, so one [`Docker`] may be used
//! from several threads.

mod address;
mod cleanup;
mod engine;
mod error;
mod execution;
mod facts;
mod housekeeping;
mod images;
mod isolation;
mod job;
mod labels;
mod limits;
mod mounts;
mod outcome;
mod processors;
mod removal;
mod request;
mod specification;
mod supervision;
mod sweep;
mod transfer;
mod watch;

pub use cleanup::Cleanup;
pub use engine::Docker;
pub use error::{EngineError, EngineFailure};
pub use execution::{Execution, Supervise};
pub use facts::EngineInformation;
pub use images::{ImageSelector, TaggedImage};
pub use request::{BoundFile, BoundInput, ContainerLimits, ContainerRequest};
