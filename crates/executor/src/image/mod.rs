//! Images as content: recipes, their locks, building without a daemon, and archives.

pub mod identity;
