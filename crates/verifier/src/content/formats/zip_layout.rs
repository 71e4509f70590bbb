//! Where the parts of a zip archive lie: one behind another, from the first byte to the last.

use std::io::Read;

use zip::read::ZipFile;

use super::zip_extra::add_extra;
use super::zip_mode::Mode;
use crate::content::{Attributes, ContentError, Format, Source};

/// The fixed parts of the header before a member, of one in the directory, and of the three records at the end.
const LOCAL: u64 = 30;
const CENTRAL: u64 = 46;
const END: u64 = 22;
const LARGE_END: u64 = 56;
const LARGE_END_PLACE: u64 = 20;
/// The flag of a member whose sizes stand behind it.
const HAS_DESCRIPTOR: u16 = 8;
/// The lengths of what stands there then: with a mark or without, with sizes of 4 bytes or of 8.
const DESCRIPTORS: [(u64, u64); 4] = [(0, 4), (4, 4), (0, 8), (4, 8)];
/// Flags that say how a member is packed and written, and not what it is.
const FLAGS_LEFT_ASIDE: u16 = 0x080e;
/// The flag of a member whose name and comment are UTF-8.
const IS_UTF_8: u16 = 0x0800;
/// The newest version of the format that there is: a member that needs more is not read by every program.
const NEWEST: u16 = 63;

/// The parts of an archive that were found so far.
pub(super) struct Layout<'a> {
    format: Format,
    source: &'a Source,
    directory: u64,
    members: Vec<Part>,
    headers: Vec<Part>,
}

/// A part of the archive, from its first byte to the one behind it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    start: u64,
    end: u64,
}

impl<'a> Layout<'a> {
    /// None of an archive whose directory begins at `directory`.
    pub(super) fn new(format: Format, source: &'a Source, directory: u64) -> Self {
        Self {
            format,
            source,
            directory,
            members: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// Adds a member, and gives what its headers say of it.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(super) fn add<R: Read>(
        &mut self,
        file: &ZipFile<'_, R>,
    ) -> Result<(Mode, Attributes), ContentError> {
        let mut attributes = Attributes::new();
        let start = file.header_start();
        let local = self.bytes(start, LOCAL)?;
        let name = u64::from(number(&local, 26));
        let extra = self.bytes(start + LOCAL + name, u64::from(number(&local, 28)))?;
        let sizes = [file.size(), file.compressed_size(), start];
        add_extra(&extra, "local extra field", sizes, &mut attributes);
        add_flags(number(&local, 6), "local flags", &mut attributes);
        add_version(number(&local, 4), "local version", &mut attributes);
        let data = file.data_start().ok_or(ContentError::Truncated)?;
        if data != start + LOCAL + name + extra.len() as u64 {
            return Err(self.broken());
        }
        let mut end = data + file.compressed_size();
        if number(&local, 6) & HAS_DESCRIPTOR != 0 {
            end += self.descriptor(end, file)?;
        }
        self.members.push(Part { start, end });
        let mode = self.add_central(file, sizes, number(&local, 6), &mut attributes)?;
        Ok((mode, attributes))
    }

    fn add_central<R: Read>(
        &mut self,
        file: &ZipFile<'_, R>,
        sizes: [u64; 3],
        local_flags: u16,
        attributes: &mut Attributes,
    ) -> Result<Mode, ContentError> {
        let start = file.central_header_start();
        let header = self.bytes(start, CENTRAL)?;
        // Parts on other disks.
        if number(&header, 34) != 0 {
            return Err(self.broken());
        }
        add_flags(number(&header, 8), "flags", attributes);
        add_version(number(&header, 6), "version", attributes);
        let name = self.bytes(start + CENTRAL, u64::from(number(&header, 28)))?;
        let after = start + CENTRAL + name.len() as u64;
        let extra = self.bytes(after, u64::from(number(&header, 30)))?;
        add_extra(&extra, "extra field", sizes, attributes);
        let after = after + extra.len() as u64;
        let comment = self.bytes(after, u64::from(number(&header, 32)))?;
        if !comment.is_empty() {
            let comment = comment.escape_ascii().to_string();
            attributes.insert("comment".to_owned(), comment);
        }
        let internal = number(&header, 36);
        if internal != 0 {
            let internal = format!("{internal:#x}");
            attributes.insert("internal attributes".to_owned(), internal);
        }
        let end = after + u64::from(number(&header, 32));
        self.headers.push(Part { start, end });
        let system = header[5];
        let is_ascii = name.is_ascii() && comment.is_ascii();
        let has_backslash = name.contains(&b'\\');
        if !is_ascii || has_backslash || name != file.name_raw() {
            // How programs read such a name depends on who wrote it.
            let flags = [number(&header, 8), local_flags].map(|flags| flags & IS_UTF_8 != 0);
            let writer = match flags {
                [true, true] if !has_backslash => "in UTF-8".to_owned(),
                [directory, member] if directory == member => format!("by system {system}"),
                _ => format!("by system {system}, in UTF-8 in one of two places"),
            };
            let name = name.escape_ascii().to_string();
            attributes.insert(format!("name as written {writer}"), name);
        }
        let external = file.external_attributes();
        Ok(Mode::of(file.name_raw(), system, external, attributes))
    }

    /// How long the checksum and the sizes behind a member are.
    fn descriptor<R: Read>(&self, start: u64, file: &ZipFile<'_, R>) -> Result<u64, ContentError> {
        for (mark, size) in DESCRIPTORS {
            let length = mark + 4 + 2 * size;
            let Ok(bytes) = self.bytes(start, length) else {
                continue;
            };
            let mut expected = Vec::new();
            if mark > 0 {
                expected.extend(b"PK\x07\x08");
            }
            expected.extend(file.crc32().to_le_bytes());
            for number in [file.compressed_size(), file.size()] {
                let fits = usize::try_from(size).unwrap_or(8);
                expected.extend(&number.to_le_bytes()[..fits]);
            }
            if bytes == expected && self.begins_part(start + length)? {
                return Ok(length);
            }
        }
        Err(self.broken())
    }

    /// Whether the header of a member or of the directory stands there.
    fn begins_part(&self, start: u64) -> Result<bool, ContentError> {
        let mark = self.bytes(start, 4)?;
        Ok(matches!(&mark[..], b"PK\x01\x02" | b"PK\x03\x04"))
    }

    /// Checks that all members, all of the directory and the end of the archive, whose comment has so many bytes, lie one
    /// behind another.
    ///
    /// # Errors
    /// When they do not.
    pub(super) fn check(mut self, comment: usize) -> Result<(), ContentError> {
        self.members.sort_unstable();
        self.headers.sort_unstable();
        let parts = self.members.iter().chain(&self.headers);
        let mut end = 0;
        for part in parts {
            if part.start != end {
                return Err(self.broken());
            }
            end = part.end;
        }
        if self.headers.first().map_or(0, |first| first.start) != self.directory {
            return Err(self.broken());
        }
        let directory = Directory {
            count: self.headers.len() as u64,
            size: end - self.directory,
            start: self.directory,
        };
        // Of archives with large sizes the end has two records more.
        let is_large = self.bytes(end, 4)? == b"PK\x06\x06";
        if is_large {
            let records = self.bytes(end, LARGE_END + LARGE_END_PLACE)?;
            let expected = directory.large_end(end);
            // Between them stand the versions of who wrote it and who may read it.
            if records[..12] != expected[..12] || records[16..] != expected[16..] {
                return Err(self.broken());
            }
            end += LARGE_END + LARGE_END_PLACE;
        }
        let record = self.bytes(end, END)?;
        let is_end = directory.is_told_by(&record, is_large);
        match is_end && end + END + comment as u64 == self.source.length() {
            true => Ok(()),
            false => Err(self.broken()),
        }
    }

    fn bytes(&self, start: u64, length: u64) -> Result<Vec<u8>, ContentError> {
        let part = self.source.slice(start, length);
        part.ok_or(ContentError::Truncated)?.read_all(length)
    }

    fn broken(&self) -> ContentError {
        ContentError::malformed(self.format, "it holds bytes that belong to no member")
    }
}

/// Where the directory lies, and how many members it lists.
struct Directory {
    count: u64,
    size: u64,
    start: u64,
}

impl Directory {
    /// The records that tell it where it is large, of which the first lies at `place`; without the versions.
    fn large_end(&self, place: u64) -> Vec<u8> {
        let numbers = [self.count, self.count, self.size, self.start];
        let parts = [
            &b"PK\x06\x06"[..],
            &(LARGE_END - 12).to_le_bytes(),
            &[0; 12],
            &numbers.map(u64::to_le_bytes).concat(),
            b"PK\x06\x07\0\0\0\0",
            &place.to_le_bytes(),
            &1_u32.to_le_bytes(),
        ];
        parts.concat()
    }

    /// Whether the record at the end tells it, or, behind larger records, that it is too large.
    fn is_told_by(&self, record: &[u8], is_large: bool) -> bool {
        let tells = |offset: usize, size: usize, expected: u64| {
            let told = &record[offset..offset + size];
            *told == expected.to_le_bytes()[..size]
                || (is_large && told.iter().all(|byte| *byte == 0xff))
        };
        record.starts_with(b"PK\x05\x06\0\0\0\0")
            && tells(8, 2, self.count)
            && tells(10, 2, self.count)
            && tells(12, 4, self.size)
            && tells(16, 4, self.start)
    }
}

/// Adds the flags that say more than how a member is packed.
fn add_flags(flags: u16, what: &str, attributes: &mut Attributes) {
    let flags = flags & !FLAGS_LEFT_ASIDE;
    if flags != 0 {
        attributes.insert(what.to_owned(), format!("{flags:#x}"));
    }
}

/// Adds the version that is needed to read a member, where there is none such.
fn add_version(version: u16, what: &str, attributes: &mut Attributes) {
    if version > NEWEST {
        attributes.insert(what.to_owned(), version.to_string());
    }
}

fn number(header: &[u8], offset: usize) -> u16 {
    match header.get(offset..offset + 2) {
        Some([low, high]) => u16::from_le_bytes([*low, *high]),
        _ => 0,
    }
}
