//! `[resources]`: limits and the CPU set.

use super::keys;
use super::log::FaultLog;
use super::section::Section;
use crate::manifest::Resources;
use crate::quantity::ByteSize;

/// More processors than Linux can be built for (`NR_CPUS`, x86-64).
const MOST_PROCESSORS: i64 = 8192;

/// Reads the resources.
pub(super) fn read(root: &Section<'_>, log: &mut FaultLog) -> Option<Resources> {
    let mut resources = Resources::default();
    let Some(setting) = root.get("resources") else {
        return Some(resources);
    };
    let section = setting.section(keys::RESOURCES, log)?;
    if let Some(setting) = section.get("cpus")
        && let Some(cpus) = setting.integer(1..=MOST_PROCESSORS, log)
    {
        resources.cpus = u32::try_from(cpus).unwrap_or(u32::MAX);
    }
    let mut size = |key| -> Option<ByteSize> { section.get(key)?.quantity("16GiB", log) };
    resources.memory = size("memory");
    resources.shm = size("shm").unwrap_or(resources.shm);
    resources.scratch = size("scratch").unwrap_or(resources.scratch);
    if let Some(timeout) = section
        .get("timeout")
        .and_then(|setting| setting.quantity("3d", log))
    {
        resources.timeout = timeout;
    }
    if let Some(setting) = section.get("gpus")
        && setting.integer(0..=1024, log).is_some_and(|gpus| gpus > 0)
    {
        setting.not_yet("leave it out or write 0: runs see no GPU", log);
    }
    Some(resources)
}
