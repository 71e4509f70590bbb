//! The isolation that is in force, read back from the engine.

use bollard::models::{ContainerInspectResponse, HostConfig};
use resow_manifest::isolation::{Isolation, Limit, Means};
use resow_manifest::plan::Network;

use crate::docker::facts::DockerInformation;
use crate::engine::{ContainerLimits, EngineError, HOME, TEMPORARY};
use crate::system_calls;

/// What the engine says of a container. Time, disk and log are resow's own to hold, so they come from `limits`.
pub(super) fn read(
    container: &ContainerInspectResponse,
    information: &DockerInformation,
    limits: &ContainerLimits,
) -> Result<Isolation, EngineError> {
    let host = container.host_config.clone().unwrap_or_default();
    let user = container
        .config
        .as_ref()
        .and_then(|config| config.user.clone())
        .unwrap_or_default();
    let cgroup = |value: Option<i64>| Limit {
        value: value
            .and_then(|value| u64::try_from(value).ok())
            .unwrap_or(0),
        means: Means::Cgroup,
    };
    let supervised = |value| Limit {
        value,
        means: Means::Supervision,
    };
    Ok(Isolation {
        network: network(&host)?,
        capabilities: capabilities(&host),
        no_new_privileges: has_option(&host, |option| option.starts_with("no-new-privileges")),
        read_only_root: host.readonly_rootfs == Some(true),
        user,
        system_call_filter: system_call_filter(&host, information),
        cpu_set: host.cpuset_cpus.clone().unwrap_or_default(),
        cpu_set_means: Some(Means::Cgroup),
        memory: cgroup(host.memory),
        processes: cgroup(host.pids_limit),
        time: supervised(limits.time.as_secs()),
        disk: supervised(limits.disk),
        shared_memory: Limit {
            means: Means::FileSystem,
            ..cgroup(host.shm_size)
        },
        temporary: temporary(&host),
        log: Some(supervised(limits.log)),
    })
}

fn network(host: &HostConfig) -> Result<Network, EngineError> {
    match host.network_mode.as_deref() {
        Some("none") => Ok(Network::None),
        other => Err(EngineError::Weakened {
            setting: "the network",
            wanted: "none".to_owned(),
            found: other.unwrap_or_default().to_owned(),
        }),
    }
}

fn capabilities(host: &HostConfig) -> Vec<String> {
    let dropped = host
        .cap_drop
        .iter()
        .flatten()
        .any(|capability| capability.eq_ignore_ascii_case("all"));
    let mut left = host.cap_add.clone().unwrap_or_default();
    if host.privileged == Some(true) {
        left.push("all".to_owned());
    } else if !dropped {
        left.push("engine default".to_owned());
    }
    left
}

fn has_option(host: &HostConfig, wanted: impl Fn(&str) -> bool) -> bool {
    host.security_opt
        .iter()
        .flatten()
        .any(|option| wanted(option))
}

fn system_call_filter(host: &HostConfig, information: &DockerInformation) -> String {
    let unconfined = has_option(host, |option| option.ends_with("seccomp=unconfined"));
    if unconfined || !information.filters_system_calls {
        "none"
    } else if has_option(host, |option| option.starts_with("seccomp")) {
        system_calls::NAME
    } else {
        "engine default"
    }
    .to_owned()
}

/// The size that `/tmp` and `HOME` share; 0 where one is missing or they differ.
fn temporary(host: &HostConfig) -> Limit {
    let size = |target: &str| -> Option<u64> {
        let options = host.tmpfs.as_ref()?.get(target)?;
        options
            .split(',')
            .find_map(|option| option.strip_prefix("size="))?
            .parse()
            .ok()
    };
    let value = size(TEMPORARY)
        .filter(|value| size(HOME) == Some(*value))
        .unwrap_or(0);
    Limit {
        value,
        means: Means::FileSystem,
    }
}
