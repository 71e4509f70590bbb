//! `[claim]`: where a claim of the experiment holds.

use std::collections::BTreeSet;

use super::keys;
use super::log::FaultLog;
use super::section::Section;
use crate::host_fact::HostFact;

/// Reads `same`; `None` where it has a fault.
pub(super) fn read(root: &Section<'_>, log: &mut FaultLog) -> Option<BTreeSet<HostFact>> {
    let Some(section) = root.get("claim") else {
        return Some(BTreeSet::new());
    };
    let section = section.section(keys::CLAIM, log)?;
    let Some(setting) = section.get("same") else {
        return Some(BTreeSet::new());
    };
    let names = HostFact::ALL.map(HostFact::name);
    let mut facts = BTreeSet::new();
    for element in setting.list(log)? {
        let Some(fact) = element.one_of(&names, log) else {
            continue;
        };
        let fact: HostFact = fact.parse().ok()?;
        if !facts.insert(fact) {
            element.refuse(format!("`{fact}` is there twice"), None, log);
        }
    }
    Some(facts)
}
