//! Code out of git objects: revisions, snapshots, what enters, and its export.

mod boot;
mod cache;
mod entry_index;
mod error;
mod export;
mod identity;
mod lfs;
mod loose_object;
mod object_hash;
mod objects;
mod ownership;
mod repository;
mod selected_tree;
mod selection;
mod snapshot;
mod submodule;
mod survey;
mod tree_object;
mod untracked;
mod work_file;

pub use cache::{CachedSource, SourceCache};
pub(crate) use entry_index::PathState;
pub use error::SourceError;
pub(crate) use export::{TIMES as FILE_TIMES, folders_of};
pub(crate) use ownership::Ownership;
pub use repository::{ReachableCommits, Repository};
pub use selected_tree::{SelectedEntry, SelectedTree};
pub use selection::Selection;
pub use snapshot::{Keep, Snapshot};
pub use survey::{UnusableExport, UnusableReason};
