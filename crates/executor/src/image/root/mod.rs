//! A root file system in memory: which paths it has, merged from many packages, and how it becomes layers.
//!
//! Nothing is unpacked onto the host: contents lie in one spool file, and everything else is a map.

pub mod finishing;
pub(crate) mod layer;
pub mod path;
pub(crate) mod spool;
pub mod tree;
