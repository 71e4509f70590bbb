//! What is packed in a file, unpacked: small parts into memory, larger ones into a file without a name.

use std::fs::File;
use std::io::{self, Read, Write};

use super::budget::Budget;
use super::error::ContentError;
use super::source::Source;

/// What is held in memory; more goes into a file.
const IN_MEMORY: usize = 1 << 20;
const BUFFER: usize = 64 << 10;

/// Reads all that `reader` gives, counted while it comes.
///
/// # Errors
/// When it cannot be read, is no such data, or is more than `budget` allows.
pub(crate) fn unpack(mut reader: impl Read, budget: &Budget) -> Result<Source, ContentError> {
    let mut buffer = vec![0; BUFFER];
    let mut memory = Vec::new();
    let mut file: Option<File> = None;
    loop {
        let read = match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(damage(error)),
        };
        budget.unpack(read as u64)?;
        let part = &buffer[..read];
        match &mut file {
            Some(file) => file.write_all(part)?,
            None if memory.len() + read <= IN_MEMORY => memory.extend_from_slice(part),
            None => {
                let mut larger = tempfile::tempfile()?;
                larger.write_all(&memory)?;
                larger.write_all(part)?;
                memory = Vec::new();
                file = Some(larger);
            }
        }
    }
    match file {
        Some(file) => Ok(Source::of_file(file)?),
        None => Ok(Source::of_bytes(memory)),
    }
}

/// A failure of the file system is one; any other is of the packed data.
fn damage(error: io::Error) -> ContentError {
    match error.kind() {
        _ if error.raw_os_error().is_some() => ContentError::Read(error),
        io::ErrorKind::UnexpectedEof => ContentError::Truncated,
        _ => ContentError::Unsupported {
            what: format!("packed data that is damaged: {error}"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Limits;

    #[test]
    fn small_and_large_parts_are_what_was_packed() {
        for length in [0, 1, IN_MEMORY, IN_MEMORY + 1, 3 * IN_MEMORY + 7] {
            let bytes: Vec<u8> = (0..length).map(|index| index.to_le_bytes()[0]).collect();
            let source = unpack(&bytes[..], &Budget::default()).expect("little");
            assert_eq!(source.read_all(8 << 20).expect("all of it"), bytes);
        }
    }

    #[test]
    fn what_never_ends_is_stopped() {
        let limits = Limits {
            unpacked: 3 << 20,
            ..Limits::default()
        };
        let error = unpack(io::repeat(7), &Budget::new(limits)).expect_err("no end");
        assert!(matches!(
            error,
            ContentError::TooMuchPacked { limit: 3_145_728 }
        ));
    }
}
