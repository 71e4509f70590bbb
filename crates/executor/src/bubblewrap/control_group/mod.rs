//! Limits by control groups, where this process may make some: version 1, version 2, or both side by side.
//!
//! Each controller is taken for itself: one that is not delegated holds nothing, and is no error. A run's groups are
//! called `resow-<owner>-<run>`.

mod advice;
mod controller;
mod delegation;
mod error;
mod group;
mod groups;
mod hierarchy;
mod limits;
mod membership;
mod mount;
mod name;
mod place;
mod readings;
mod sweep;
#[cfg(test)]
mod tests;

pub use self::controller::Controller;
pub(super) use self::delegation::layout;
pub use self::delegation::{Delegation, Layout, delegated};
pub use self::error::ControlGroupError;
pub(super) use self::groups::ControlGroups;
pub(super) use self::limits::GroupLimits;
pub(super) use self::readings::GroupReadings;
pub(super) use self::sweep::sweep;
