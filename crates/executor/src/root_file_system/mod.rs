//! Images unpacked once, as folders that every sandbox of this user shares.
//!
//! In the folder of all roots: `images/<image ID>.json` says which root an image has (see [`registration`]),
//! `roots/<random>/root` is one, with its index beside it, `roots/<random>.lock` is held by whoever makes or uses it,
//! `references/` remembers what was pulled from where, and `locks/` keeps two from unpacking one image at a time.
//! A root is never renamed and never changed: it is there once its registration is, and goes once nobody holds it.
//!
//! Layers are merged in memory first, with their digests checked, and only what is left of them is written, each name
//! once, into a new folder of this user's alone. So no symbolic link is ever followed and nothing ever overwritten.

mod attributes;
mod contents_check;
mod damage;
mod disk_guard;
mod error;
mod extended_header;
mod file_lock;
mod held_root;
mod index;
mod index_check;
mod layer_entry;
mod layer_path;
mod layer_reader;
mod merged_tree;
mod mount_points;
mod new_root;
mod region;
mod registration;
mod roots;
mod sealing;
mod sweep;
mod tree_writer;
mod unpacking;

pub use damage::{ContentsError, Damage};
pub use error::{LayerError, RootFileSystemError};
pub use held_root::{CheckedContents, HeldRoot};
pub use roots::RootFileSystems;
