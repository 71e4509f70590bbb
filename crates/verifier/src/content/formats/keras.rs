//! Keras archives: zip archives of a model's configuration and its weights, without the date on which they were saved.

use super::json::{self, quoted_length};
use super::zip_archive;
use crate::content::{Archive, Budget, ContentError, Format, MemberKind, Source, Value};

/// The member that says when, and by which Keras, the archive was saved.
const METADATA: &str = "metadata.json";
const DATE: &str = "date_saved";
/// The most bytes that it may have to be looked at.
const MOST_BYTES: u64 = 1 << 20;

/// The members of a Keras archive.
///
/// # Errors
/// When it is no zip archive, or is more than `budget` allows.
pub(super) fn read(
    format: Format,
    source: &Source,
    budget: &Budget,
) -> Result<Archive, ContentError> {
    let mut archive = zip_archive::read(format, source, budget)?;
    let metadata = archive.members.get_mut(METADATA);
    if let Some(MemberKind::File { source, .. }) = metadata.map(|member| &mut member.kind)
        && let Some(dateless) = without_date(format, source, budget)?
    {
        *source = dateless;
    }
    Ok(archive)
}

/// The metadata with an empty date, and else as they are; `None` where they are no JSON that holds one, in one place.
fn without_date(
    format: Format,
    source: &Source,
    budget: &Budget,
) -> Result<Option<Source>, ContentError> {
    if source.length() > MOST_BYTES {
        return Ok(None);
    }
    let Ok(Value::Map(metadata)) = json::read(format, source, budget) else {
        return Ok(None);
    };
    if !matches!(metadata.get(DATE), Some(Value::Text(_))) {
        return Ok(None);
    }
    let bytes = source.read_all(MOST_BYTES)?;
    let Ok(text) = String::from_utf8(bytes) else {
        return Ok(None);
    };
    let blanked = blanked(&text);
    Ok(blanked.map(|text| Source::of_bytes(text.into_bytes())))
}

/// The text without what stands behind the only key of this name.
fn blanked(text: &str) -> Option<String> {
    let key = format!("\"{DATE}\"");
    let (before, after) = text.split_once(&key)?;
    let rest = after.trim_start().strip_prefix(':')?.trim_start();
    if !rest.starts_with('"') || rest.contains(&key) {
        return None;
    }
    let rest = &rest[quoted_length(rest)?..];
    Some(format!("{before}{key}: \"\"{rest}"))
}
