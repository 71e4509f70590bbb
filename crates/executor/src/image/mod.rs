//! Images as content: recipes, their locks, building without a daemon, and archives.

pub mod archive;
pub mod assembly;
pub mod building;
pub mod client;
mod configuration;
pub mod debian;
pub mod downloads;
pub mod fetching;
pub mod identity;
pub mod lock;
pub mod locking;
pub mod recipe;
pub mod root;
pub mod sole_layer;
pub mod wheel;
