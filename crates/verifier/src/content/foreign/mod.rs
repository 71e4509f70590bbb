//! Formats whose readers are not trusted with hostile files: HDF5 and Parquet. Their crates may panic, loop, or ask for
//! as much memory as a header promises, so they are run in a process of its own, which writes what it read as a plain
//! stream of arrays, and which whoever uses this library starts.

mod hdf5;
mod parquet;
mod receiving;
mod refusal;
mod sending;
mod texts;

use std::fmt::Debug;
use std::io::{self, Write};

use resow_manifest::comparator::ComparatorKind;

use super::{Arrays, Budget, ContentError, Format, Source};

pub use self::receiving::receive;
use self::refusal::Refusal;
use self::sending::Sending;

/// Starts a process that reads a file of a foreign format with [`send`], and reads its stream with [`receive`].
pub trait Foreign: Debug + Send + Sync {
    /// What the file holds.
    ///
    /// # Errors
    /// When the process failed in any way, or its stream is none, or is more than `budget` allows.
    fn read(
        &self,
        format: Format,
        source: &Source,
        budget: &Budget,
    ) -> Result<Arrays, ContentError>;
}

/// What a file of a foreign format holds.
///
/// # Errors
/// When nobody starts a process for it, or that failed.
pub(super) fn read(
    format: Format,
    source: &Source,
    budget: &Budget,
) -> Result<Arrays, ContentError> {
    match budget.foreign() {
        Some(foreign) => foreign.read(format, source, budget),
        None => Err(ContentError::Unsupported {
            what: format!("the content of {format} here"),
        }),
    }
}

/// Reads a file of a foreign format and writes what it holds as a stream, or why it cannot. To be called in a process of
/// its own, with little memory and time, and nothing else open: it may panic, and may not come back.
///
/// # Errors
/// When the stream cannot be written.
pub fn send(format: Format, source: &Source, output: &mut dyn Write) -> io::Result<()> {
    let mut sending = Sending::begin(output)?;
    let done = match format.kind() {
        ComparatorKind::Hdf5 => hdf5::send(source, &mut sending),
        ComparatorKind::Parquet => parquet::send(source, &mut sending),
        _ => Err(Refusal::unsupported(format!("{format} in another process"))),
    };
    match done {
        Ok(()) => sending.end(),
        Err(Refusal::Output(error)) => Err(error),
        Err(Refusal::Unsupported(what)) => sending.refuse(b'U', &what),
        Err(Refusal::Damaged(reason)) => sending.refuse(b'D', &reason),
    }
}
