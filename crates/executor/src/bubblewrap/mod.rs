//! The engine that needs no daemon and no root: bubblewrap, with limits and a system call filter of resow's own.

pub mod availability;
pub mod namespace_setting;
#[cfg_attr(
    not(test),
    expect(
        dead_code,
        unused_imports,
        reason = "the launcher of sandboxes comes next"
    )
)]
mod control_group;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the launcher of sandboxes comes next")
)]
mod memory_watch;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the launcher of sandboxes comes next")
)]
mod system_calls;

pub use self::control_group::{Controller, Delegation, Layout, delegated};
