//! Zip archives. Times and comments mean nothing; what the directory and the files say of themselves must agree.

use std::collections::BTreeMap;

use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::members::Members;
use crate::content::metered::Metered;
use crate::content::parts::damage;
use crate::content::{Budget, ContentError, Format, Member, Source};

const EXECUTABLE: u32 = 0o100;
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
) -> Result<BTreeMap<String, Member>, ContentError> {
    let broken = |error| of_zip(format, error);
    let (reader, meter) = Metered::new(source);
    meter.allow(budget.limits().structured);
    let mut archive = ZipArchive::new(reader).map_err(broken)?;
    let limit = budget.limits().members;
    if archive.len() > limit {
        let what = "members";
        return Err(ContentError::TooMany { what, limit });
    }
    meter.allow(u64::MAX);
    // Names that stand there twice, members that overlap, and headers that say something else than the directory.
    archive.validate_header_consistency().map_err(broken)?;
    let mut members = Members::new(format, budget);
    for index in 0..archive.len() {
        add(&mut members, &mut archive, index, format, source)?;
    }
    members.finish()
}

/// What the directory says of a member.
struct Facts {
    name: String,
    is_folder: bool,
    is_link: bool,
    executable: bool,
    /// Where it lies as it is; `None` where it is compressed.
    stored: Option<Source>,
}

fn add(
    members: &mut Members<'_>,
    archive: &mut ZipArchive<Metered>,
    index: usize,
    format: Format,
    source: &Source,
) -> Result<(), ContentError> {
    let facts = facts(members, archive, index, format, source)?;
    if facts.is_link {
        let target = target(members, archive, index, &facts, format)?;
        return add_new(members, facts.name, Member::Link { target }, format);
    }
    match facts.stored {
        _ if facts.is_folder && facts.name.is_empty() => Ok(()),
        _ if facts.is_folder => add_new(members, facts.name, Member::Folder, format),
        Some(source) => {
            let executable = facts.executable;
            let file = Member::File { source, executable };
            add_new(members, facts.name, file, format)
        }
        None => {
            let file = archive.by_index(index);
            let file = file.map_err(|error| of_zip(format, error))?;
            match members.unpack(facts.name, facts.executable, file)? {
                true => Err(twice(format)),
                false => Ok(()),
            }
        }
    }
}

fn facts(
    members: &Members<'_>,
    archive: &mut ZipArchive<Metered>,
    index: usize,
    format: Format,
    source: &Source,
) -> Result<Facts, ContentError> {
    let broken = |error| of_zip(format, error);
    let file = archive.by_index_raw(index).map_err(broken)?;
    if file.encrypted() {
        return Err(ContentError::Unsupported {
            what: "encrypted zip archives".to_owned(),
        });
    }
    let stored = match file.compression() {
        CompressionMethod::Stored if file.size() != file.compressed_size() => {
            return Err(ContentError::malformed(
                format,
                "a stored member has two sizes",
            ));
        }
        CompressionMethod::Stored => {
            let start = file.data_start().ok_or(ContentError::Truncated)?;
            let slice = source.slice(start, file.size());
            Some(slice.ok_or(ContentError::Truncated)?)
        }
        _ => None,
    };
    Ok(Facts {
        name: members.name(file.name().map_err(broken)?.as_bytes())?,
        is_folder: file.is_dir(),
        is_link: file.is_symlink(),
        executable: file.unix_mode().is_some_and(|mode| mode & EXECUTABLE != 0),
        stored,
    })
}

/// Where a symbolic link leads: its content.
fn target(
    members: &Members<'_>,
    archive: &mut ZipArchive<Metered>,
    index: usize,
    facts: &Facts,
    format: Format,
) -> Result<String, ContentError> {
    use std::io::Read as _;
    let mut target = Vec::new();
    match &facts.stored {
        Some(source) => target = source.read_all(LONGEST_TARGET)?,
        None => {
            let file = archive.by_index(index);
            let file = file.map_err(|error| of_zip(format, error))?;
            let mut start = file.take(LONGEST_TARGET + 1);
            let read = start.read_to_end(&mut target);
            read.map_err(|error| damage(format, error))?;
        }
    }
    members.name(&target)
}

fn add_new(
    members: &mut Members<'_>,
    name: String,
    member: Member,
    format: Format,
) -> Result<(), ContentError> {
    match members.add(name, member)? {
        true => Err(twice(format)),
        false => Ok(()),
    }
}

fn twice(format: Format) -> ContentError {
    ContentError::malformed(format, "a name stands there twice")
}

fn of_zip(format: Format, error: ZipError) -> ContentError {
    match error {
        ZipError::Io(error) => damage(format, error),
        ZipError::UnsupportedArchive(what) => ContentError::Unsupported {
            what: format!("such zip archives: {what}"),
        },
        other => ContentError::malformed(format, other),
    }
}
