//! The members of a zip archive whose names and bytes are what matters: those that are stored as slices, others unpacked
//! into one place.

use std::collections::BTreeMap;

use super::zip_entries::zip_entries;
use crate::content::parts::Parts;
use crate::content::{Attributes, Budget, ContentError, Format, Source, Value};

/// The files of an archive.
pub(super) struct ZipMembers {
    /// Their bytes by name.
    pub(super) files: BTreeMap<String, Source>,
    /// What is said of them and of the archive besides; `None` where nothing is.
    pub(super) attributes: Option<Value>,
}

/// The files in the archive by name.
///
/// # Errors
/// When it is none, holds more than `budget` allows, links or folders, or says two things of one member.
pub(super) fn zip_members(
    format: Format,
    source: &Source,
    budget: &Budget,
) -> Result<ZipMembers, ContentError> {
    let (entries, of_archive) = zip_entries(format, source, budget)?;
    let mut parts = Parts::new(format, budget);
    let mut packed = Vec::new();
    let mut files = BTreeMap::new();
    let mut said = BTreeMap::new();
    for mut entry in entries {
        if entry.mode.is_link || entry.mode.is_folder {
            return Err(ContentError::Unsupported {
                what: format!("links and folders in {format}"),
            });
        }
        let mut attributes = std::mem::take(&mut entry.attributes);
        if entry.mode.executable {
            attributes.insert("executable".to_owned(), String::new());
        }
        if !attributes.is_empty() {
            said.insert(entry.name.clone(), value(attributes));
        }
        match entry.stored(format)? {
            Some(source) => _ = files.insert(entry.name, source),
            None => {
                let range = entry.unpacked(format, |stream| parts.add(stream))?;
                packed.push((entry.name, range));
            }
        }
    }
    let unpacked = parts.finish()?;
    for (name, range) in packed {
        let part = unpacked.slice(range.start, range.end - range.start);
        files.insert(name, part.ok_or(ContentError::Truncated)?);
    }
    let mut besides = BTreeMap::new();
    if !of_archive.is_empty() {
        besides.insert("archive".to_owned(), value(of_archive));
    }
    if !said.is_empty() {
        besides.insert("members".to_owned(), Value::Map(said));
    }
    Ok(ZipMembers {
        files,
        attributes: (!besides.is_empty()).then_some(Value::Map(besides)),
    })
}

fn value(attributes: Attributes) -> Value {
    let attributes = attributes.into_iter();
    Value::Map(
        attributes
            .map(|(name, text)| (name, Value::Text(text)))
            .collect(),
    )
}
