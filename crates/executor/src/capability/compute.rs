//! The processors and the memory that this process may use: what the host has, less what is kept from it.

use std::fs;
use std::path::Path;

use resow_manifest::determinism::InstructionSet;
use rustix::thread::sched_getaffinity;

use super::control_groups::groups_around;
use crate::host::HostFacts;

/// The processors and the memory that this process may use.
#[derive(Clone, Debug, PartialEq)]
pub struct ComputeFacts {
    /// The processor's model.
    pub cpu_model: String,
    /// The most that libraries may choose from on it: what plans can ask for in `instruction_set`.
    pub instruction_set: InstructionSet,
    /// How many processors the host has online.
    pub cores: u32,
    /// On how many of them this process may run.
    pub usable_cores: u32,
    /// How many processors' worth of time its control groups allow; `None` for as much as there is.
    pub processor_quota: Option<f64>,
    /// The host's memory in bytes.
    pub memory: u64,
    /// How much of it its control groups allow, in bytes; the host's where they allow all.
    pub usable_memory: u64,
    /// How much memory is free for use now, in bytes.
    pub available_memory: u64,
}

/// A bound that stands in a group's files; `None` for none.
type Bound<T> = fn(&Path) -> Option<T>;

impl ComputeFacts {
    /// Reads what the host has, what this process may run on, and what the groups around it allow.
    pub(super) fn probe() -> Self {
        let host = HostFacts::read().ok();
        let cores = host.as_ref().map_or(0, |host| host.cores);
        let memory = host.as_ref().map_or(0, |host| host.memory);
        let limit = smallest("memory", memory_limit);
        let features = host.as_ref().map(|host| host.cpu_features.as_slice());
        Self {
            instruction_set: InstructionSet::of_processor(features.unwrap_or_default()),
            cpu_model: host.map_or_else(String::new, |host| host.cpu_model),
            cores,
            usable_cores: sched_getaffinity(None).map_or(cores, |set| set.count()),
            processor_quota: smallest("cpu", processor_quota)
                .filter(|quota| *quota < f64::from(cores)),
            memory,
            usable_memory: limit.map_or(memory, |limit| limit.min(memory)),
            available_memory: available_memory(),
        }
    }
}

/// The tightest bound of the groups that hold this process.
fn smallest<T: PartialOrd>(controller: &str, bound: Bound<T>) -> Option<T> {
    let groups = groups_around(controller);
    let bounds = groups.iter().filter_map(|group| bound(group));
    bounds.reduce(|left, right| if right < left { right } else { left })
}

/// `memory.max` of version 2, `memory.limit_in_bytes` of version 1.
fn memory_limit(group: &Path) -> Option<u64> {
    number(group, "memory.max").or_else(|| number(group, "memory.limit_in_bytes"))
}

/// `cpu.max` of version 2 (quota and period in one line), two files of version 1.
fn processor_quota(group: &Path) -> Option<f64> {
    let (quota, period) = match fs::read_to_string(group.join("cpu.max")) {
        Ok(text) => {
            let (quota, period) = text.trim().split_once(' ')?;
            (quota.parse::<f64>().ok()?, period.parse::<f64>().ok()?)
        }
        Err(_) => {
            let file = |name| {
                fs::read_to_string(group.join(name))
                    .ok()?
                    .trim()
                    .parse()
                    .ok()
            };
            (file("cpu.cfs_quota_us")?, file("cpu.cfs_period_us")?)
        }
    };
    // Version 1 writes -1 for none.
    (quota > 0.0 && period > 0.0).then_some(quota / period)
}

fn number(group: &Path, file: &str) -> Option<u64> {
    fs::read_to_string(group.join(file))
        .ok()?
        .trim()
        .parse()
        .ok()
}

fn available_memory() -> u64 {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    text.lines()
        .find_map(|line| {
            line.strip_prefix("MemAvailable:")?
                .trim()
                .strip_suffix(" kB")
        })
        .and_then(|kibibytes| kibibytes.parse::<u64>().ok())
        .map_or(0, |kibibytes| kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            fs::write(folder.path().join(name), text).expect("written");
        }
        folder
    }

    #[test]
    fn bounds_are_read_as_both_versions_write_them() {
        let two = group(&[("cpu.max", "150000 100000\n"), ("memory.max", "1024\n")]);
        assert_eq!(processor_quota(two.path()), Some(1.5));
        assert_eq!(memory_limit(two.path()), Some(1024));
        let unbound = group(&[("cpu.max", "max 100000\n"), ("memory.max", "max\n")]);
        assert_eq!(processor_quota(unbound.path()), None);
        assert_eq!(memory_limit(unbound.path()), None);
        let one = group(&[
            ("cpu.cfs_quota_us", "200000\n"),
            ("cpu.cfs_period_us", "100000\n"),
            ("memory.limit_in_bytes", "2048\n"),
        ]);
        assert_eq!(processor_quota(one.path()), Some(2.0));
        assert_eq!(memory_limit(one.path()), Some(2048));
        let free = group(&[
            ("cpu.cfs_quota_us", "-1\n"),
            ("cpu.cfs_period_us", "100000\n"),
        ]);
        assert_eq!(processor_quota(free.path()), None);
    }

    #[test]
    fn this_process_may_use_no_more_than_the_host_has() {
        let facts = ComputeFacts::probe();
        assert!((1..=facts.cores).contains(&facts.usable_cores), "{facts:?}");
        assert!(
            (1..=facts.memory).contains(&facts.usable_memory),
            "{facts:?}"
        );
        assert!(
            (1..=facts.memory).contains(&facts.available_memory),
            "{facts:?}"
        );
    }
}
