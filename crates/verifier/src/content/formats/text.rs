//! UTF-8 text, checked as it streams past.

use std::io::Read as _;

use crate::content::{ContentError, Format, Source};

const BUFFER: usize = 64 << 10;

/// Checks that all of the file is UTF-8.
///
/// # Errors
/// When it is not, or cannot be read.
pub(super) fn check(format: Format, source: &Source) -> Result<(), ContentError> {
    let mut reader = source.reader();
    let mut buffer = vec![0; BUFFER];
    // The bytes of a character that the last buffer cut.
    let mut kept = 0;
    let mut offset = 0;
    loop {
        let read = reader.read(&mut buffer[kept..])?;
        let filled = &buffer[..kept + read];
        let valid = match std::str::from_utf8(filled) {
            Ok(text) => text.len(),
            Err(error) if error.error_len().is_none() && read > 0 => error.valid_up_to(),
            Err(error) => return Err(invalid(format, offset + error.valid_up_to() as u64)),
        };
        if read == 0 {
            return Ok(());
        }
        offset += valid as u64;
        kept = filled.len() - valid;
        buffer.copy_within(valid..valid + kept, 0);
    }
}

/// These bytes as text.
///
/// # Errors
/// When they are no UTF-8.
pub(super) fn decoded(format: Format, bytes: &[u8]) -> Result<&str, ContentError> {
    std::str::from_utf8(bytes).map_err(|error| invalid(format, error.valid_up_to() as u64))
}

fn invalid(format: Format, offset: u64) -> ContentError {
    ContentError::malformed(
        format,
        format!("the byte at {offset} begins no UTF-8 character"),
    )
}

#[cfg(test)]
mod tests {
    use resow_manifest::comparator::ComparatorKind;

    use super::*;

    fn checked(bytes: &[u8]) -> Result<(), ContentError> {
        let format = Format::of_kind(ComparatorKind::Text).expect("a format");
        check(format, &Source::of_bytes(bytes))
    }

    #[test]
    fn a_character_may_lie_across_two_buffers() {
        for shift in 0..4 {
            let mut text = "x".repeat(BUFFER - shift);
            text.push_str("\u{1f600}end");
            checked(text.as_bytes()).expect("UTF-8");
        }
    }

    #[test]
    fn the_first_wrong_byte_is_named() {
        let mut bytes = "ä".repeat(BUFFER).into_bytes();
        bytes.push(0xff);
        bytes.extend(b"more");
        let error = checked(&bytes).expect_err("no UTF-8").to_string();
        assert!(error.contains("byte at 131072"), "{error}");
        let error = checked("ä".repeat(3).as_bytes().split_last().expect("bytes").1);
        let error = error.expect_err("cut").to_string();
        assert!(error.contains("byte at 4"), "{error}");
    }
}
