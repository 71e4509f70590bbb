//! The ordinary clients of package archives, run as child processes with folders of their own.

pub(crate) mod apt;
pub(crate) mod index;
pub(crate) mod pip;
pub mod process;
