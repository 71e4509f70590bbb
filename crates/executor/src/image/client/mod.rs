//! The ordinary clients of package archives, run as child processes with folders of their own.

pub mod apt;
mod index;
pub mod pip;
pub mod process;
