//! The launcher: a process of its own between resow and bubblewrap, which does what needs a process of its own, and then
//! becomes bubblewrap.
//!
//! A namespace can be entered only by a process with one thread, and a user given up only once. The launcher takes its
//! order as JSON from the standard input.

mod identity;
mod launcher;
mod order;
mod stage;

pub use self::launcher::{LAUNCH, launch};
pub(super) use self::launcher::{NAMESPACES, OVERLAY};
pub(super) use self::order::{LaunchIdentity, LaunchOrder, OverlayMount, STAGE, Staged};
