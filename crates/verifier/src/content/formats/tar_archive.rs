//! Tar archives. Owners and times mean nothing; of two members of one name the later counts, as it does in unpacking.

use std::collections::BTreeMap;

use tar::{Archive, Entry, EntryType};

use super::members::Members;
use crate::content::metered::Metered;
use crate::content::parts::damage;
use crate::content::{Budget, ContentError, Format, Member, Source};

/// The most bytes of the headers of one member: names and attributes.
const LARGEST_HEADERS: u64 = 1 << 20;
const EXECUTABLE: u32 = 0o100;

/// The members of a tar archive: those that lie in it as they are are not copied.
///
/// # Errors
/// When it is no tar archive, or is more than `budget` allows.
pub(super) fn read(
    format: Format,
    source: &Source,
    budget: &Budget,
) -> Result<BTreeMap<String, Member>, ContentError> {
    let (reader, meter) = Metered::new(source);
    let mut archive = Archive::new(reader);
    let mut members = Members::new(format, budget);
    let mut seen = 0;
    let entries = archive.entries_with_seek();
    let mut entries = entries.map_err(|error| damage(format, error))?;
    loop {
        meter.allow(LARGEST_HEADERS);
        let Some(entry) = entries.next() else { break };
        let entry = entry.map_err(|error| damage(format, error))?;
        meter.allow(u64::MAX);
        seen += 1;
        let limit = budget.limits().members;
        if seen > limit {
            let what = "members";
            return Err(ContentError::TooMany { what, limit });
        }
        add(&mut members, entry, format, source, budget)?;
    }
    if seen == 0 && source.length() > 0 {
        check_empty(format, source)?;
    }
    members.finish()
}

/// An archive without members begins with a block of zeros.
fn check_empty(format: Format, source: &Source) -> Result<(), ContentError> {
    let head = source.head(512)?;
    if head.len() < 512 {
        return Err(ContentError::Truncated);
    }
    match head.iter().all(|byte| *byte == 0) {
        true => Ok(()),
        false => Err(ContentError::malformed(format, "it has no members")),
    }
}

fn add(
    members: &mut Members<'_>,
    mut entry: Entry<'_, Metered>,
    format: Format,
    source: &Source,
    budget: &Budget,
) -> Result<(), ContentError> {
    let kind = entry.header().entry_type();
    if kind.is_pax_global_extensions() {
        return Ok(());
    }
    refuse_sparse_attributes(&mut entry, format)?;
    let bytes = entry.path_bytes().into_owned();
    let name = members.name(&bytes)?;
    if name.is_empty() {
        return Ok(());
    }
    let mode = entry
        .header()
        .mode()
        .map_err(|error| damage(format, error))?;
    let executable = mode & EXECUTABLE != 0;
    if kind == EntryType::GNUSparse {
        let limit = budget.limits().unpacked;
        if entry.size() > limit {
            return Err(ContentError::TooMuchPacked { limit });
        }
        members.unpack(name, executable, entry)?;
        return Ok(());
    }
    let member = match kind {
        EntryType::Directory => Member::Folder,
        EntryType::Regular | EntryType::Continuous if bytes.ends_with(b"/") => Member::Folder,
        EntryType::Regular | EntryType::Continuous => Member::File {
            source: source
                .slice(entry.raw_file_position(), entry.size())
                .ok_or(ContentError::Truncated)?,
            executable,
        },
        EntryType::Symlink => Member::Link {
            target: target(members, &entry, format)?,
        },
        EntryType::Link => Member::Link {
            target: format!("{} (a hard link)", target(members, &entry, format)?),
        },
        EntryType::Char => special("a character device"),
        EntryType::Block => special("a block device"),
        EntryType::Fifo => special("a pipe"),
        _ => {
            return Err(ContentError::Unsupported {
                what: format!("members of a tar archive of type {}", kind.as_byte()),
            });
        }
    };
    members.add(name, member)?;
    Ok(())
}

fn special(what: &'static str) -> Member {
    Member::Special { what }
}

/// Where a link leads.
fn target(
    members: &Members<'_>,
    entry: &Entry<'_, Metered>,
    format: Format,
) -> Result<String, ContentError> {
    let target = entry.link_name_bytes();
    let target = target.ok_or_else(|| ContentError::malformed(format, "a link leads nowhere"))?;
    members.name(&target)
}

/// Holes that attributes describe instead of the header would be read as something else.
fn refuse_sparse_attributes(
    entry: &mut Entry<'_, Metered>,
    format: Format,
) -> Result<(), ContentError> {
    let broken = |error| damage(format, error);
    let Some(attributes) = entry.pax_extensions().map_err(broken)? else {
        return Ok(());
    };
    for attribute in attributes {
        let attribute = attribute.map_err(broken)?;
        if attribute.key_bytes().starts_with(b"GNU.sparse.") {
            return Err(ContentError::Unsupported {
                what: "sparse files of POSIX tar archives".to_owned(),
            });
        }
    }
    Ok(())
}
