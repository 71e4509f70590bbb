//! `[source]`: what enters from the commit.

use super::keys;
use super::log::FaultLog;
use super::section::Section;
use crate::manifest::IncludePattern;
use crate::output_location::OutputLocation;

/// Reads `include`; empty where everything enters.
pub(super) fn read(root: &Section<'_>, log: &mut FaultLog) -> Option<Vec<IncludePattern>> {
    let Some(section) = root.get("source") else {
        return Some(Vec::new());
    };
    let section = section.section(keys::SOURCE, log)?;
    let Some(setting) = section.get("include") else {
        return Some(Vec::new());
    };
    let elements = setting.list(log)?;
    if elements.is_empty() {
        let hint = "name files and folders, or leave it out: then everything tracked enters";
        setting.refuse("`source.include` is empty", Some(hint.to_owned()), log);
    }
    let mut patterns = Vec::new();
    for element in elements {
        let Some(location) = element.parsed::<OutputLocation>(log) else {
            continue;
        };
        match IncludePattern::new(location) {
            Some(pattern) => patterns.push(pattern),
            None => element.refuse("the standard output is no source", None, log),
        }
    }
    Some(patterns)
}
