//! From a manifest to a run: resolving source, inputs and images, and executing plans in engines.

pub mod bubblewrap;
pub mod capability;
pub mod confinement;
mod container_user;
pub mod content_digest;
pub mod docker;
pub mod engine;
pub mod event;
pub mod execute;
pub mod host;
pub mod image;
pub mod input;
pub mod interrupt;
pub mod resolve;
pub mod root_file_system;
pub mod source;
mod system_calls;
#[cfg(test)]
mod test_program;
pub mod workspace;
