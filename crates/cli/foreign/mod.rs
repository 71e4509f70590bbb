//! Files of foreign formats, read by a process of their own: this program once more, confined.

mod child;
mod deadline;
mod reader;
mod with_reader;

pub(crate) use self::child::{READ_CONTENT, read_content};
pub(crate) use self::reader::reader;
pub(crate) use self::with_reader::WithReader;

/// The most memory that the process has.
const MEMORY: u64 = 4 << 30;
/// Seconds of the processor's time that every file has, and one for each of so many bytes more.
const SECONDS: u64 = 60;
const BYTES_A_SECOND: u64 = 4 << 20;

/// How long the process may work on this many bytes, in seconds of the processor's time.
fn seconds(length: u64) -> u64 {
    SECONDS + length / BYTES_A_SECOND
}

/// How long it may take by the clock, in seconds: it may have to wait for a processor, or for who reads what it writes.
fn seconds_by_the_clock(length: u64) -> u64 {
    seconds(length).saturating_mul(4)
}
