//! Keras archives: zip archives of a model's configuration and its weights, without the date on which they were saved.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::zip_archive;
use crate::content::{Budget, ContentError, Format, Member, Source};

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
) -> Result<BTreeMap<String, Member>, ContentError> {
    let mut members = zip_archive::read(format, source, budget)?;
    if let Some(Member::File { source, .. }) = members.get_mut(METADATA)
        && let Some(dateless) = without_date(source)?
    {
        *source = dateless;
    }
    Ok(members)
}

/// The metadata without its date; `None` where they are no such JSON, and are left as they are.
fn without_date(source: &Source) -> Result<Option<Source>, ContentError> {
    if source.length() > MOST_BYTES {
        return Ok(None);
    }
    let bytes = source.read_all(MOST_BYTES)?;
    let Ok(Json::Object(mut metadata)) = serde_json::from_slice(&bytes) else {
        return Ok(None);
    };
    if metadata.remove(DATE).is_none() {
        return Ok(None);
    }
    let bytes = Json::Object(metadata).to_string().into_bytes();
    Ok(Some(Source::of_bytes(bytes)))
}
