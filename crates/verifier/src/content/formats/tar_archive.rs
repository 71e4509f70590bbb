//! Tar archives. Owners, times and permissions mean nothing, but for the permission to execute; all else that is said of a
//! member is one of its attributes.

use tar::{Archive as Reader, Entry, EntryType, PaxExtensions};

use super::members::Members;
use super::tar_headers::Headers;
use crate::content::metered::Metered;
use crate::content::parts::damage;
use crate::content::{Archive, Attributes, Budget, ContentError, Format, MemberKind, Source};

/// The most bytes of the headers of one member: names and attributes.
const LARGEST_HEADERS: u64 = 1 << 20;
const EXECUTABLE: u32 = 0o100;
const PERMISSIONS: u32 = 0o777;
/// What is said in the header of a member as well, and that twice would be two things.
const IN_HEADERS: [&[u8]; 3] = [b"path", b"linkpath", b"size"];
/// Owners and times.
const LEFT_ASIDE: [&[u8]; 8] = [
    b"uid",
    b"gid",
    b"uname",
    b"gname",
    b"mtime",
    b"atime",
    b"ctime",
    b"LIBARCHIVE.creationtime",
];

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
    fn add(&mut self, mut entry: Entry<'_, Metered>) -> Result<(), ContentError> {
        self.headers.check(&entry)?;
        let kind = entry.header().entry_type();
        if kind.is_pax_global_extensions() {
            return self.add_global(&entry);
        }
        self.has_members = true;
        let mut attributes = self.extensions(&mut entry)?;
        self.add_bits(&entry, &mut attributes)?;
        self.add_unused(&entry, &mut attributes)?;
        let bytes = entry.path_bytes().into_owned();
        let name = self.members.name(&bytes)?;
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
        if kind.is_file() || kind.is_contiguous() {
            // Before POSIX a folder was a file of this name; whoever reads it as a file reads its bytes.
            let is_old = entry.header().as_bytes()[156] == 0;
            return match name.ends_with(b"/") {
                true if is_old && entry.size() == 0 => Ok(MemberKind::Folder),
                true => Err(unsupported(
                    "files of tar archives whose names end as folders do",
                )),
                false => self.file(entry, kind, attributes),
            };
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
            EntryType::Directory => MemberKind::Folder,
            EntryType::Symlink => MemberKind::Link { target: target()? },
            EntryType::Link => MemberKind::Link {
                target: format!("{} (a hard link)", target()?),
            },
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

    /// What the extended headers of a member say that its header does not.
    fn extensions(&self, entry: &mut Entry<'_, Metered>) -> Result<Attributes, ContentError> {
        let broken = |error| damage(self.format, error);
        match entry.pax_extensions().map_err(broken)? {
            Some(extensions) => self.attributes(extensions, false),
            None => Ok(Attributes::new()),
        }
    }

    /// Keeps what is said of all members: at the start of the archive, since it holds for those that follow.
    fn add_global(&mut self, entry: &Entry<'_, Metered>) -> Result<(), ContentError> {
        if self.has_members || !self.attributes.is_empty() {
            return Err(unsupported("global headers amid a tar archive"));
        }
        let start = entry.raw_file_position();
        let text = self.source.slice(start, entry.size());
        let text = text
            .ok_or(ContentError::Truncated)?
            .read_all(LARGEST_HEADERS)?;
        self.attributes = self.attributes(PaxExtensions::new(&text), true)?;
        Ok(())
    }

    fn attributes(
        &self,
        extensions: PaxExtensions<'_>,
        is_global: bool,
    ) -> Result<Attributes, ContentError> {
        let mut attributes = Attributes::new();
        let mut seen = Vec::new();
        for extension in extensions {
            let extension = extension.map_err(|error| damage(self.format, error))?;
            let key = extension.key_bytes();
            if key.starts_with(b"GNU.sparse.") {
                return Err(unsupported("sparse files of POSIX tar archives"));
            }
            if LEFT_ASIDE.contains(&key) {
                continue;
            }
            if IN_HEADERS.contains(&key) {
                if is_global || seen.contains(&key) {
                    return Err(unsupported(
                        "such names and sizes in headers of tar archives",
                    ));
                }
                seen.push(key);
                continue;
            }
            let value = extension.value_bytes().escape_ascii().to_string();
            let name = key.escape_ascii().to_string();
            if attributes.insert(name, value).is_some() {
                return Err(self.malformed("an attribute stands there twice"));
            }
        }
        Ok(attributes)
    }

    fn malformed(&self, reason: &str) -> ContentError {
        ContentError::malformed(self.format, reason)
    }
}

fn unsupported(what: &str) -> ContentError {
    ContentError::Unsupported {
        what: what.to_owned(),
    }
}
