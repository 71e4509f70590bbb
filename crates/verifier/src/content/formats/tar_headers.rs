//! The blocks of a tar archive: that nothing stands where no reader looks, between texts, members and behind the last one.

use std::io::Read;

use tar::{Entry, Header};

use crate::content::{ContentError, Format, Source};

const BLOCK: u64 = 512;
/// Texts end with a NUL, or with the field.
const TEXTS: [std::ops::Range<usize>; 2] = [0..100, 157..257];
const OWNERS: [std::ops::Range<usize>; 2] = [265..297, 297..329];
/// The mode, the owner's, the size and the time; and numbers of devices, where there is room for them.
const NUMBERS: [std::ops::Range<usize>; 5] = [100..108, 108..116, 116..124, 124..136, 136..148];
const DEVICE: [std::ops::Range<usize>; 2] = [329..337, 337..345];
/// Two times that GNU's headers have.
const TIMES: [std::ops::Range<usize>; 2] = [345..357, 357..369];

/// The blocks up to the end of the last member that was looked at.
pub(super) struct Headers<'a> {
    format: Format,
    source: &'a Source,
    end: u64,
}

/// The headers before that of a member which say more of it.
#[derive(Default)]
pub(super) struct Before {
    /// Whether one of GNU's holds its name, or what it leads to.
    pub(super) has_long_text: bool,
    /// The records of the POSIX one.
    pub(super) records: Option<Source>,
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

    /// Checks all blocks up to the end of this member, which follows the last one; what stands before it.
    ///
    /// # Errors
    /// When one holds what no reader looks at.
    pub(super) fn check<R: Read>(&mut self, entry: &Entry<'_, R>) -> Result<Before, ContentError> {
        let last = entry.raw_header_position();
        let mut before = Before::default();
        while self.end < last {
            let header = self.header(self.end)?;
            let size = header.entry_size().map_err(|_| self.hidden())?;
            let start = self.end + BLOCK;
            match header.entry_type().is_pax_local_extensions() {
                true => before.records = self.source.slice(start, size),
                false => before.has_long_text = true,
            }
            self.finish(start, size)?;
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
        self.finish(entry.raw_file_position(), entry.size())?;
        Ok(before)
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
        let is_of_gnu = header.as_gnu().is_some();
        let (ends, prefix) = if header.as_ustar().is_some() {
            (500..512, Some(345..500))
        } else if is_of_gnu {
            (369..512, None)
        } else {
            (257..512, None)
        };
        let is_modern = ends.start != 257;
        let owners = OWNERS.into_iter().filter(|_| is_modern);
        let mut texts = TEXTS.into_iter().chain(owners).chain(prefix);
        let devices = DEVICE.into_iter().filter(|_| is_modern);
        let times = TIMES.into_iter().filter(|_| is_of_gnu);
        let mut numbers = NUMBERS.into_iter().chain(devices).chain(times);
        let bytes = header.as_bytes();
        let is_plain = texts.all(|text| is_filled(&bytes[text]))
            && numbers.all(|number| is_number(&bytes[number]))
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

/// Whether a field holds nothing but octal digits, or a number in binary of no more bytes than are read of it.
fn is_number(field: &[u8]) -> bool {
    if field[0] & 0x80 != 0 {
        return matches!(field[..4], [0x80, 0, 0, 0] | [0xff, 0xff, 0xff, 0xff]);
    }
    let start = field.iter().position(|byte| *byte != b' ');
    let digits = &field[start.unwrap_or(field.len())..];
    let end = digits.iter().position(|byte| !(b'0'..=b'7').contains(byte));
    let behind = &digits[end.unwrap_or(digits.len())..];
    behind.iter().all(|byte| matches!(byte, 0 | b' '))
}

/// Whether all bytes are zero.
fn is_zero(source: &Source) -> Result<bool, ContentError> {
    let mut reader = source.reader();
    let length = source.length().clamp(1, 64 << 10);
    let mut buffer = vec![0; usize::try_from(length).unwrap_or(1)];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(true),
            read if buffer[..read].iter().any(|byte| *byte != 0) => return Ok(false),
            _ => {}
        }
    }
}
