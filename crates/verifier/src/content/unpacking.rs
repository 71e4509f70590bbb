//! What is packed in a file, unpacked: small parts into memory, larger ones into the one file of a budget.

use std::io::{self, Read};

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
    let mut larger = None;
    loop {
        let read = match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(damage(error)),
        };
        budget.unpack(read as u64)?;
        let part = &buffer[..read];
        match &mut larger {
            None if memory.len() + read <= IN_MEMORY => memory.extend_from_slice(part),
            None => {
                let mut start = budget.scratch().borrow_mut().begin()?;
                start.write(&memory)?;
                start.write(part)?;
                memory = Vec::new();
                larger = Some(start);
            }
            Some(larger) => larger.write(part)?,
        }
    }
    match larger {
        Some(larger) => Ok(budget.scratch().borrow_mut().finish(larger)),
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
    fn many_large_parts_take_one_file() {
        let budget = Budget::default();
        let open = || std::fs::read_dir("/proc/self/fd").expect("Linux").count();
        let before = open();
        let parts: Vec<Source> = (0..100_u8)
            .map(|byte| {
                let bytes = vec![byte; IN_MEMORY + 1];
                unpack(&bytes[..], &budget).expect("room")
            })
            .collect();
        // Other tests may have files open.
        assert!(open() < before + 50);
        for (byte, part) in (0..100_u8).zip(&parts) {
            assert_eq!(part.length(), IN_MEMORY as u64 + 1);
            assert_eq!(part.head(1).expect("a file"), [byte]);
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
