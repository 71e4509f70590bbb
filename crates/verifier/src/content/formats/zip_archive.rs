//! Zip archives. Times mean nothing; comments and further attributes do.

use std::io::Read as _;

use super::members::Members;
use super::zip_entries::{ZipEntry, zip_entries};
use crate::content::parts::damage;
use crate::content::{Archive, Budget, ContentError, Format, MemberKind, Source};

/// The longest target of a symbolic link, in bytes.
const LONGEST_TARGET: u64 = 4096;

/// The members of a zip archive: those that are stored as they are are not copied.
///
/// # Errors
/// When it is no zip archive, is encrypted, or is more than `budget` allows.
pub(super) fn read(
    format: Format,
    source: &Source,
    budget: &Budget,
) -> Result<Archive, ContentError> {
    let (entries, attributes) = zip_entries(format, source, budget)?;
    let mut members = Members::new(format, budget);
    for entry in entries {
        add(&mut members, entry, format)?;
    }
    members.finish(attributes)
}

fn add(members: &mut Members<'_>, mut entry: ZipEntry, format: Format) -> Result<(), ContentError> {
    let name = members.name(entry.name.as_bytes(), entry.mode.is_folder)?;
    let attributes = std::mem::take(&mut entry.attributes);
    if entry.mode.is_link {
        let target = target(&entry, format)?;
        let target = members.target(&target)?;
        return members.add(name, MemberKind::Link { target }, attributes);
    }
    if entry.mode.is_folder {
        if !entry.data.read_all(LONGEST_TARGET)?.is_empty() {
            return Err(ContentError::malformed(format, "a folder has content"));
        }
        return members.add(name, MemberKind::Folder, attributes);
    }
    let executable = entry.mode.executable;
    match entry.stored(format)? {
        Some(source) => {
            let file = MemberKind::File { source, executable };
            members.add(name, file, attributes)
        }
        None => entry.unpacked(format, |stream| {
            members.unpack(name, executable, stream, attributes)
        }),
    }
}

/// Where a symbolic link leads: its content.
fn target(entry: &ZipEntry, format: Format) -> Result<Vec<u8>, ContentError> {
    if let Some(source) = entry.stored(format)? {
        return source.read_all(LONGEST_TARGET);
    }
    entry.unpacked(format, |stream| {
        let mut target = Vec::new();
        let read = stream.take(LONGEST_TARGET + 1).read_to_end(&mut target);
        read.map_err(|error| damage(format, error))?;
        Ok(target)
    })
}
