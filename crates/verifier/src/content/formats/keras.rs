//! Keras archives: zip archives of a model's configuration and its weights, without the date on which they were saved.

use std::ops::Range;

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

/// The metadata with an empty date, and else as they are; `None` where they are no JSON that holds one where Keras
/// writes it.
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
    if !matches!(metadata.get(DATE), Some(Value::Text(date)) if is_date(date)) {
        return Ok(None);
    }
    let bytes = source.read_all(MOST_BYTES)?;
    let Ok(mut text) = String::from_utf8(bytes) else {
        return Ok(None);
    };
    let Some(date) = place_of_date(&text) else {
        return Ok(None);
    };
    text.replace_range(date, "\"\"");
    Ok(Some(Source::of_bytes(text.into_bytes())))
}

/// Whether it is written as Keras writes dates: `2026-01-31@12:30:45`.
fn is_date(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_digit() || b"-@:".contains(&byte))
}

/// Where in a map, which is JSON, the value of the date stands, with its quotation marks: the one of the map itself, not
/// of what is in it.
fn place_of_date(text: &str) -> Option<Range<usize>> {
    let (mut offset, mut depth) = (0, 0_usize);
    while let Some(byte) = text.as_bytes().get(offset) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            b'"' => {
                let end = offset + quoted_length(&text[offset..])?;
                let value = text[end..].trim_start().strip_prefix(':');
                if let Some(value) = value.map(str::trim_start)
                    && depth == 1
                    && text[offset + 1..end - 1] == *DATE
                {
                    let start = text.len() - value.len();
                    return Some(start..start + quoted_length(value)?);
                }
                offset = end;
                continue;
            }
            _ => {}
        }
        offset += 1;
    }
    None
}
