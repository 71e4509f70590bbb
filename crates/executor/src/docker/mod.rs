//! The Docker engine, through its API: images in and out, and containers from creation to removal.
//!
//! Everything public is synchronous. Each call runs its own single-threaded runtime, so one [`Docker`] may be used
//! from several threads.

mod address;
mod container_execution;
mod engine;
mod facts;
mod housekeeping;
mod images;
mod isolation;
mod job;
mod labels;
mod limits;
mod mounts;
mod outcome;
mod removal;
mod specification;
mod sweep;
mod system_calls;
mod transfer;
mod watch;

pub use engine::Docker;
