//! Tar archives. Owners, times and permissions mean nothing, but for the permission to execute; all else that is said of a
//! member is one of its attributes.

use tar::{Archive as Reader, Entry, EntryType};

use super::members::Members;
use super::tar_headers::{Before, Headers};
use super::tar_records::Records;
use crate::content::metered::Metered;
use crate::content::parts::damage;
use crate::content::{Archive, Attributes, Budget, ContentError, Format, MemberKind, Source};

/// The most bytes of the headers of one member: names and attributes.
const LARGEST_HEADERS: u64 = 1 << 20;
const EXECUTABLE: u32 = 0o100;
const PERMISSIONS: u32 = 0o777;
/// The largest size that a header holds as octal digits.
const LARGEST_IN_OCTAL: u64 = 0o77_777_777_777;

/// The members of a tar archive: those that lie in it as they are are not copied.
///
/// # Errors
/// When it is no tar archive, holds bytes that belong to no member, or is more than `budget` allows.
pub(super) fn read(
    format: Format,
    source: &Source,
    budget: &Budget,
) -> Result<Archive, ContentError> {
    let (reader, meter) = Metered::new(source);
    let mut archive = Reader::new(reader);
    let mut reading = Reading {
        format,
        source,
        members: Members::new(format, budget),
        headers: Headers::new(format, source),
        attributes: Attributes::new(),
        has_members: false,
    };
    let mut seen = 0;
    let entries = archive.entries_with_seek();
    let mut entries = entries.map_err(|error| damage(format, error))?;
    loop {
        meter.allow(LARGEST_HEADERS);
        let Some(entry) = entries.next() else { break };
        let entry = entry.map_err(|error| damage(format, error))?;
        seen += 1;
        budget.part()?;
        let limit = budget.limits().members;
        if seen > limit {
            let what = "members";
            return Err(ContentError::TooMany { what, limit });
        }
        reading.add(entry)?;
    }
    reading.headers.check_end()?;
    reading.members.finish(reading.attributes)
}

struct Reading<'a> {
    format: Format,
    source: &'a Source,
    members: Members<'a>,
    headers: Headers<'a>,
    /// What global headers say.
    attributes: Attributes,
    has_members: bool,
}

impl Reading<'_> {
    fn add(&mut self, entry: Entry<'_, Metered>) -> Result<(), ContentError> {
        let before = self.headers.check(&entry)?;
        if entry.header().entry_type().is_pax_global_extensions() {
            return self.add_global(&entry, &before);
        }
        self.has_members = true;
        let mut attributes = self.extensions(&entry, &before)?;
        self.add_bits(&entry, &mut attributes)?;
        self.add_unused(&entry, &mut attributes)?;
        let bytes = entry.path_bytes();
        let name = self.members.name(&bytes, is_folder(&entry, &bytes))?;
        let kind = self.kind(&entry, &bytes, &mut attributes)?;
        self.members.add(name, kind, attributes)
    }

    fn kind(
        &self,
        entry: &Entry<'_, Metered>,
        name: &[u8],
        attributes: &mut Attributes,
    ) -> Result<MemberKind, ContentError> {
        let kind = entry.header().entry_type();
        if is_folder(entry, name) && entry.size() == 0 {
            return Ok(MemberKind::Folder);
        }
        if kind.is_file() || kind.is_contiguous() {
            return self.file(entry, kind, attributes);
        }
        if entry.size() > 0 {
            return Err(unsupported(
                "bytes of members of tar archives that are no files",
            ));
        }
        let target = || {
            let target = entry.link_name_bytes();
            let target = target.ok_or_else(|| self.malformed("a link leads nowhere"))?;
            self.members.target(&target)
        };
        Ok(match kind {
            EntryType::Symlink => MemberKind::Link { target: target()? },
            // It is the name of a member, and written as such.
            EntryType::Link => {
                let target = target()?;
                let target = target.strip_prefix("./").unwrap_or(&target).to_owned();
                MemberKind::HardLink { target }
            }
            EntryType::Char => self.device("character", entry)?,
            EntryType::Block => self.device("block", entry)?,
            EntryType::Fifo => MemberKind::Special {
                what: "a pipe".to_owned(),
            },
            _ => {
                let kind = kind.as_byte();
                return Err(unsupported(&format!(
                    "members of a tar archive of type {kind}"
                )));
            }
        })
    }

    fn file(
        &self,
        entry: &Entry<'_, Metered>,
        kind: EntryType,
        attributes: &mut Attributes,
    ) -> Result<MemberKind, ContentError> {
        if kind.is_contiguous() {
            attributes.insert("contiguous".to_owned(), String::new());
        }
        let source = self.source.slice(entry.raw_file_position(), entry.size());
        Ok(MemberKind::File {
            source: source.ok_or(ContentError::Truncated)?,
            executable: self.mode(entry)? & EXECUTABLE != 0,
        })
    }

    fn device(&self, what: &str, entry: &Entry<'_, Metered>) -> Result<MemberKind, ContentError> {
        Ok(MemberKind::Special {
            what: format!("a {what} device, {}", self.number(entry)?),
        })
    }

    /// The number of a device.
    fn number(&self, entry: &Entry<'_, Metered>) -> Result<String, ContentError> {
        let broken = |error| damage(self.format, error);
        let is_blank = |byte: &u8| matches!(byte, 0 | b' ');
        if entry.header().as_bytes()[329..345].iter().all(is_blank) {
            return Ok("0:0".to_owned());
        }
        let major = entry.header().device_major().map_err(broken)?.unwrap_or(0);
        let minor = entry.header().device_minor().map_err(broken)?.unwrap_or(0);
        Ok(format!("{major}:{minor}"))
    }

    fn mode(&self, entry: &Entry<'_, Metered>) -> Result<u32, ContentError> {
        let mode = entry.header().mode();
        mode.map_err(|error| damage(self.format, error))
    }

    /// Adds the bits of the mode that are no permissions: set-user-ID, set-group-ID, sticky.
    fn add_bits(
        &self,
        entry: &Entry<'_, Metered>,
        attributes: &mut Attributes,
    ) -> Result<(), ContentError> {
        let bits = self.mode(entry)? & !PERMISSIONS;
        if bits != 0 {
            attributes.insert("mode".to_owned(), format!("{bits:o}"));
        }
        Ok(())
    }

    /// Adds where a member leads that is no link, and the number of one that is no device.
    fn add_unused(
        &self,
        entry: &Entry<'_, Metered>,
        attributes: &mut Attributes,
    ) -> Result<(), ContentError> {
        let kind = entry.header().entry_type();
        let target = entry.link_name_bytes().filter(|target| !target.is_empty());
        if let (false, Some(target)) = (kind.is_symlink() || kind.is_hard_link(), target) {
            let target = target.escape_ascii().to_string();
            attributes.insert("link name".to_owned(), target);
        }
        let number = self.number(entry)?;
        let is_device = kind.is_character_special() || kind.is_block_special();
        if !is_device && number != "0:0" {
            attributes.insert("device".to_owned(), number);
        }
        Ok(())
    }

    /// What the headers before a member say that its own does not.
    fn extensions(
        &self,
        entry: &Entry<'_, Metered>,
        before: &Before,
    ) -> Result<Attributes, ContentError> {
        let Some(text) = &before.records else {
            return Ok(Attributes::new());
        };
        let records = Records::read(self.format, &text.read_all(LARGEST_HEADERS)?)?;
        if records.names && before.has_long_text {
            return Err(unsupported("members of tar archives with two long names"));
        }
        // Not every reader takes the size of the record for that of the header.
        if let Some(size) = records.size.filter(|size| *size <= LARGEST_IN_OCTAL) {
            let own = entry.header().entry_size();
            if own.map_err(|error| damage(self.format, error))? != size {
                return Err(self.malformed("a member has two sizes"));
            }
        }
        Ok(records.attributes)
    }

    /// Keeps what is said of all members: at the start of the archive, since it holds for those that follow.
    fn add_global(
        &mut self,
        entry: &Entry<'_, Metered>,
        before: &Before,
    ) -> Result<(), ContentError> {
        let is_alone = before.records.is_none() && !before.has_long_text;
        if self.has_members || !self.attributes.is_empty() || !is_alone {
            return Err(unsupported("global headers amid a tar archive"));
        }
        let text = self.source.slice(entry.raw_file_position(), entry.size());
        let text = text.ok_or(ContentError::Truncated)?;
        let records = Records::read(self.format, &text.read_all(LARGEST_HEADERS)?)?;
        if records.names || records.size.is_some() {
            return Err(unsupported(
                "names and sizes in global headers of tar archives",
            ));
        }
        self.attributes = records.attributes;
        Ok(())
    }

    fn malformed(&self, reason: &str) -> ContentError {
        ContentError::malformed(self.format, reason)
    }
}

/// Whether a member is a folder: before POSIX a file was one whose name ends so.
fn is_folder(entry: &Entry<'_, Metered>, name: &[u8]) -> bool {
    let is_old = entry.header().as_bytes()[156] == 0;
    entry.header().entry_type().is_dir() || (is_old && entry.size() == 0 && name.ends_with(b"/"))
}

fn unsupported(what: &str) -> ContentError {
    ContentError::Unsupported {
        what: what.to_owned(),
    }
}
