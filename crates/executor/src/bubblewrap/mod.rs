//! The engine that needs no daemon and no root: bubblewrap, with limits and a system call filter of resow's own.
//!
//! The way of a run: the `engine` is asked, `execution` starts the threads, `job` goes through the steps:
//! `preparation` and `arguments` say what the sandbox is, the `launch`er makes it, `beginning` limits it and has
//! `read_back` what came of it, `following` has it `watch`ed to its end, and its control groups are removed.

mod arguments;
pub mod availability;
mod beginning;
mod control_group;
mod disk_watch;
mod engine;
mod execution;
mod following;
mod job;
mod launch;
mod launched;
mod memory_file_systems;
mod memory_watch;
mod mounts_in_force;
pub mod namespace_setting;
mod preparation;
mod processors;
mod read_back;
mod shell_fallback;
mod status;
mod tracing;
mod watch;

pub use self::control_group::{ControlGroupError, Controller, Delegation, Layout, delegated};
pub use self::engine::{Bubblewrap, BubblewrapSettings};
pub use self::launch::{LAUNCH, launch};
#[cfg(test)]
pub(crate) use self::processors::allowed as allowed_processors;
