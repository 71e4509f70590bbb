//! The members of a zip archive whose names are all that matters: those that are stored as slices, others unpacked.

use std::collections::BTreeMap;
use std::io::BufReader;

use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use crate::content::unpacking::unpack;
use crate::content::{Budget, ContentError, Format, Source};

/// The files in the archive by name.
///
/// # Errors
/// When it is none, holds more than `budget` allows, or two of its members have one name or share bytes.
pub(super) fn zip_members(
    format: Format,
    source: &Source,
    budget: &Budget,
) -> Result<BTreeMap<String, Source>, ContentError> {
    let broken = |error| damage(format, error);
    let mut archive = ZipArchive::new(BufReader::new(source.reader())).map_err(broken)?;
    let limit = budget.limits().members;
    if archive.len() > limit {
        return Err(ContentError::TooMany {
            what: "members",
            limit,
        });
    }
    if archive.has_duplicate_names() {
        return Err(ContentError::malformed(format, "two members have one name"));
    }
    // Members that share their bytes are how a small archive unpacks to a large one.
    if archive.has_overlapping_entries().map_err(broken)? {
        return Err(ContentError::malformed(format, "members overlap"));
    }
    let mut members = BTreeMap::new();
    for index in 0..archive.len() {
        let member = archive.by_index_raw(index).map_err(broken)?;
        let name = member.name().map_err(broken)?.into_owned();
        if member.is_dir() {
            continue;
        }
        let is_stored = member.compression() == CompressionMethod::Stored && !member.encrypted();
        let stored = is_stored.then(|| (member.data_start(), member.size()));
        drop(member);
        let data = match stored {
            Some((Some(start), size)) => {
                source.slice(start, size).ok_or(ContentError::Truncated)?
            }
            _ => unpack(archive.by_index(index).map_err(broken)?, budget)?,
        };
        members.insert(name, data);
    }
    Ok(members)
}

/// A failure of the file system is one; any other is of the archive.
fn damage(format: Format, error: ZipError) -> ContentError {
    match error {
        ZipError::Io(error) if error.raw_os_error().is_some() => ContentError::Read(error),
        other => ContentError::malformed(format, other),
    }
}
