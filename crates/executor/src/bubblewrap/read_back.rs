//! The isolation that is in force, read from what the kernel says of the sandbox's first process.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use resow_manifest::isolation::{Isolation, Limit, Means};
use resow_manifest::plan::Network;
use rustix::process::Pid;

use super::control_group::GroupReadings;
use super::mounts_in_force::MountsInForce;
use crate::engine::{ContainerLimits, HOME, TEMPORARY};
use crate::system_calls;

/// How `/proc` says that a filter of system calls is in force (seccomp(2), `SECCOMP_MODE_FILTER`).
const FILTERED: &str = "2";

/// How much memory the kernel counts at once.
pub(super) const PAGE: u64 = 4096;

/// What is in force.
///
/// # Errors
/// When the process is gone, or `/proc` does not say what it should.
pub(super) fn read(
    process: Pid,
    groups: &GroupReadings,
    limits: &ContainerLimits,
) -> io::Result<Isolation> {
    let folder = PathBuf::from(format!("/proc/{}", process.as_raw_nonzero()));
    let status = Status::read(&folder)?;
    let mounts = MountsInForce::read(&folder)?;
    let supervised = |value| Limit {
        value,
        means: Means::Supervision,
    };
    let file_system = |value| Limit {
        value,
        means: Means::FileSystem,
    };
    let group = |value| Limit {
        value,
        means: Means::Cgroup,
    };
    let temporary = mounts.size(TEMPORARY).min(mounts.size(HOME));
    Ok(Isolation {
        network: network(&folder)?,
        capabilities: status.capabilities()?,
        no_new_privileges: status.value("NoNewPrivs")? == "1",
        read_only_root: mounts.is_read_only("/"),
        user: format!(
            "{}:{}",
            identity(&folder, "uid_map", status.value("Uid")?)?,
            identity(&folder, "gid_map", status.value("Gid")?)?
        ),
        system_call_filter: filter(&status)?,
        cpu_set: match &groups.cpu_set {
            Some(held) => held.clone(),
            None => status.value("Cpus_allowed_list")?.to_owned(),
        },
        cpu_set_means: Some(match &groups.cpu_set {
            Some(_) => Means::Cgroup,
            None => Means::Affinity,
        }),
        memory: groups.memory.map_or(supervised(limits.memory), group),
        processes: match groups.processes {
            Some(held) => group(held),
            None => Limit {
                value: process_limit(&folder)?,
                means: Means::ResourceLimit,
            },
        },
        time: supervised(limits.time.as_secs()),
        disk: supervised(limits.disk),
        shared_memory: file_system(mounts.size("/dev/shm")),
        temporary: file_system(temporary),
        log: Some(supervised(limits.log)),
    })
}

/// `/proc/<pid>/status`.
struct Status(String);

impl Status {
    fn read(folder: &Path) -> io::Result<Self> {
        Ok(Self(fs::read_to_string(folder.join("status"))?))
    }

    fn value(&self, key: &str) -> io::Result<&str> {
        self.0
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))
            .map(str::trim)
            .ok_or_else(|| missing(&format!("`{key}`")))
    }

    /// Every capability that the process or a program that it starts could have, by the names of the kernel's sets.
    fn capabilities(&self) -> io::Result<Vec<String>> {
        let mut left = Vec::new();
        for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
            let bits = self.value(set)?;
            if !bits.trim_start_matches('0').is_empty() {
                left.push(format!("{set} {bits}"));
            }
        }
        Ok(left)
    }
}

fn missing(what: &str) -> io::Error {
    io::Error::other(format!("the kernel does not say {what} of the sandbox"))
}

/// The filter that is in force: resow's own, with all its programs besides those that resow itself is under.
fn filter(status: &Status) -> io::Result<String> {
    let own = Status::read(Path::new("/proc/self"))?;
    let count = |status: &Status| status.value("Seccomp_filters").ok()?.parse::<usize>().ok();
    let is_whole = match (count(status), count(&own)) {
        (Some(inside), Some(outside)) => inside == outside + system_calls::PROGRAMS,
        // Kernels before 5.9 do not count them.
        _ => true,
    };
    if status.value("Seccomp")? != FILTERED || !is_whole {
        return Err(io::Error::other(
            "the filter of system calls is not in force",
        ));
    }
    Ok(system_calls::NAME.to_owned())
}

/// The effective identity as it is seen inside: the second number of four, through the map of the user namespace.
fn identity(folder: &Path, map: &str, numbers: &str) -> io::Result<u32> {
    let outside: u32 = numbers
        .split_whitespace()
        .nth(1)
        .and_then(|number| number.parse().ok())
        .ok_or_else(|| missing("the user"))?;
    let text = fs::read_to_string(folder.join(map))?;
    let inside = text.lines().find_map(|line| {
        let mut numbers = line.split_whitespace().map(str::parse::<u32>);
        let (inside, first, count) = (
            numbers.next()?.ok()?,
            numbers.next()?.ok()?,
            numbers.next()?.ok()?,
        );
        let offset = outside
            .checked_sub(first)
            .filter(|offset| *offset < count)?;
        inside.checked_add(offset)
    });
    inside.ok_or_else(|| missing("the user"))
}

/// No network is a namespace of its own from which no route leads but to the loopback device. Other devices may be
/// there, made by modules of the kernel for every namespace, and lead nowhere.
fn network(folder: &Path) -> io::Result<Network> {
    if fs::read_link(folder.join("ns/net"))? == fs::read_link("/proc/self/ns/net")? {
        return Err(io::Error::other("the sandbox shares the host's network"));
    }
    let routes = fs::read_to_string(folder.join("net/route"))?;
    let first = |line: &str| line.split_whitespace().next().map(str::to_owned);
    let mut devices: Vec<_> = routes.lines().skip(1).filter_map(first).collect();
    // A kernel without version 6 of the protocol has no such file.
    let routes = fs::read_to_string(folder.join("net/ipv6_route")).unwrap_or_default();
    let last = |line: &str| line.split_whitespace().last().map(str::to_owned);
    devices.extend(routes.lines().filter_map(last));
    match devices.into_iter().find(|device| device != "lo") {
        None => Ok(Network::None),
        Some(device) => Err(io::Error::other(format!(
            "the sandbox has a route through the network device `{device}`"
        ))),
    }
}

fn process_limit(folder: &Path) -> io::Result<u64> {
    let text = fs::read_to_string(folder.join("limits"))?;
    text.lines()
        .find_map(|line| line.strip_prefix("Max processes"))
        .and_then(|line| line.split_whitespace().next())
        .and_then(|number| number.parse().ok())
        .ok_or_else(|| missing("how many processes it may have"))
}
