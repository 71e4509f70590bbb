//! Where two files differ, byte by byte, in flat memory.

mod bytes;

pub use bytes::{ByteDifference, byte_difference};
