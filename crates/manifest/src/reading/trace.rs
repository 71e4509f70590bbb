//! `[trace]`: what of a training is traced, and how often.

use super::keys;
use super::log::FaultLog;
use super::section::Section;
use crate::trace::{TraceDeclaration, TracedState};

/// Reads the section; `None` where there is none. What is wrong is noted, and stands as if it were not written.
pub(super) fn read(root: &Section<'_>, log: &mut FaultLog) -> Option<TraceDeclaration> {
    let section = root.get("trace")?.section(keys::TRACE, log)?;
    let mut declared = TraceDeclaration::default();
    if let Some(setting) = section.get("every")
        && let Some(every) = setting.integer(1..=i64::from(u32::MAX), log)
    {
        declared.every = u32::try_from(every).unwrap_or(u32::MAX);
    }
    if let Some(setting) = section.get("state")
        && let Some(elements) = setting.list(log)
    {
        let named = elements
            .iter()
            .filter_map(|element| element.one_of(TracedState::NAMES, log));
        declared.state = named.filter_map(TracedState::named).collect();
    }
    Some(declared)
}
