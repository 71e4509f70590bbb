//! The blocks of a tar archive: that nothing stands where no reader looks, between texts, members and behind the last one.

use std::io::Read;

use tar::{Entry, Header};

use crate::content::{ContentError, Format, Source};

const BLOCK: u64 = 512;
/// Texts end with a NUL, or with the field.
const TEXTS: [std::ops::Range<usize>; 2] = [0..100, 157..257];
const OWNERS: [std::ops::Range<usize>; 2] = [265..297, 297..329];
const NUMBERS: [std::ops::Range<usize>; 3] = [100..108, 329..337, 337..345];

/// The blocks up to the end of the last member that was looked at.
pub(super) struct Headers<'a> {
    format: Format,
    source: &'a Source,
    end: u64,
}

impl<'a> Headers<'a> {
    /// The start of an archive.
    pub(super) fn new(format: Format, source: &'a Source) -> Self {
        Self {
            format,
            source,
            end: 0,
        }
    }

    /// Checks all blocks up to the end of this member, which follows the last one.
    ///
    /// # Errors
    /// When one holds what no reader looks at.
    pub(super) fn check<R: Read>(&mut self, entry: &Entry<'_, R>) -> Result<(), ContentError> {
        let last = entry.raw_header_position();
        while self.end < last {
            let header = self.header(self.end)?;
            let size = header.entry_size().map_err(|_| self.hidden())?;
            self.finish(self.end + BLOCK, size)?;
        }
        if self.end != last {
            return Err(self.hidden());
        }
        let header = self.header(last)?;
        if header.entry_type().is_gnu_sparse() {
            return Err(ContentError::Unsupported {
                what: "sparse files of tar archives".to_owned(),
            });
        }
        self.finish(entry.raw_file_position(), entry.size())
    }

    /// Checks that nothing follows the last member: a block of zeros at least, where there is no member at all.
    ///
    /// # Errors
    /// When something does.
    pub(super) fn check_end(&self) -> Result<(), ContentError> {
        let length = self.source.length();
        if self.end == 0 && length > 0 && length < BLOCK {
            return Err(ContentError::Truncated);
        }
        let rest = self.source.slice(self.end, length - self.end);
        match is_zero(&rest.ok_or(ContentError::Truncated)?)? {
            true => Ok(()),
            false => Err(self.hidden()),
        }
    }

    /// Goes to the end of bytes that are filled up to a block.
    fn finish(&mut self, start: u64, size: u64) -> Result<(), ContentError> {
        let end = start.checked_add(size).ok_or(ContentError::Truncated)?;
        if end > self.source.length() {
            return Err(ContentError::Truncated);
        }
        let next = end.next_multiple_of(BLOCK).min(self.source.length());
        let filling = self.source.slice(end, next - end);
        if !is_zero(&filling.ok_or(ContentError::Truncated)?)? {
            return Err(self.hidden());
        }
        self.end = next;
        Ok(())
    }

    fn header(&self, start: u64) -> Result<Header, ContentError> {
        let mut header = Header::new_old();
        let read = self.source.read_at(start, header.as_mut_bytes())?;
        if (read as u64) < BLOCK {
            return Err(ContentError::Truncated);
        }
        let (ends, prefix) = if header.as_ustar().is_some() {
            (500..512, Some(345..500))
        } else if header.as_gnu().is_some() {
            (369..512, None)
        } else {
            (257..512, None)
        };
        let is_modern = ends.start != 257;
        let owners = OWNERS.into_iter().filter(|_| is_modern);
        let mut texts = TEXTS.into_iter().chain(owners).chain(prefix);
        let bytes = header.as_bytes();
        let is_plain = texts.all(|text| is_filled(&bytes[text]))
            && NUMBERS.into_iter().all(|number| is_number(&bytes[number]))
            && (header.entry_type().is_gnu_sparse() || bytes[ends].iter().all(|byte| *byte == 0));
        match is_plain {
            true => Ok(header),
            false => Err(self.hidden()),
        }
    }

    fn hidden(&self) -> ContentError {
        ContentError::malformed(self.format, "it holds bytes that belong to no member")
    }
}

/// Whether nothing but NULs follows the first one.
fn is_filled(text: &[u8]) -> bool {
    let end = text.iter().position(|byte| *byte == 0);
    text[end.unwrap_or(text.len())..]
        .iter()
        .all(|byte| *byte == 0)
}

/// Whether a field holds octal digits, or a number in binary.
fn is_number(field: &[u8]) -> bool {
    field[0] & 0x80 != 0 || field.iter().all(|byte| b"01234567 \0".contains(byte))
}

/// Whether all bytes are zero.
fn is_zero(source: &Source) -> Result<bool, ContentError> {
    let mut reader = source.reader();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(true),
            read if buffer[..read].iter().any(|byte| *byte != 0) => return Ok(false),
            _ => {}
        }
    }
}
