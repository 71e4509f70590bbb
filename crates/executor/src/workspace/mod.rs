//! The workspace of one run: a fresh, writable copy of the source, and what the run changed in it.
//!
//! Whatever a run left is taken for hostile: links are never followed, FIFOs and devices never opened, and no path is
//! handed to the kernel as a whole, so that depth and length do not matter.

mod changes;
mod changes_walk;
mod copy;
mod error;
pub(crate) mod folder_walk;
mod mount;
mod mount_point;
mod opening;
mod removal;
mod usage;
mod workspace_folder;

pub use changes::{Changes, MadeFile, MadeKind};
pub use error::WorkspaceError;
pub use mount::WorkspaceMount;
pub(crate) use opening::open_to_owner;
pub use removal::remove_tree;
pub use workspace_folder::{Workspace, WorkspaceStyle};
