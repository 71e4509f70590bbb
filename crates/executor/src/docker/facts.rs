//! What the engine says about itself and its host.

use bollard::models::{SystemInfo, SystemVersion};
use resow_manifest::host::EngineFacts;

use crate::engine::{EngineError, EngineInformation};

/// What the engine says about itself and its host, with what only this module needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DockerInformation {
    pub(super) general: EngineInformation,
    /// The memory of the engine's host, in bytes.
    pub(super) memory: u64,
    pub(super) missing_limits: Vec<&'static str>,
    pub(super) limits_swap: bool,
    pub(super) filters_system_calls: bool,
}

pub(super) async fn ask(client: &bollard::Docker) -> Result<DockerInformation, EngineError> {
    let (version, information) = tokio::join!(client.version(), client.info());
    let describe = EngineError::request("describe itself");
    Ok(read(
        &version.map_err(describe)?,
        &information.map_err(describe)?,
    ))
}

fn read(version: &SystemVersion, information: &SystemInfo) -> DockerInformation {
    let known = |text: &Option<String>| text.clone().unwrap_or_default();
    let missing_limits = [
        (information.memory_limit, "memory"),
        (information.pids_limit, "processes"),
        (information.cpu_set, "the CPU set"),
    ]
    .into_iter()
    .filter_map(|(supported, limit)| (supported != Some(true)).then_some(limit))
    .collect();
    DockerInformation {
        general: EngineInformation {
            engine: EngineFacts {
                name: name(version),
                version: known(&version.version),
                api: known(&version.api_version),
                runtime: runtime(version, information),
                storage: known(&information.driver),
                cgroup: information
                    .cgroup_version
                    .map_or_else(String::new, |version| version.to_string()),
            },
            processors: information
                .ncpu
                .and_then(|count| u32::try_from(count).ok())
                .unwrap_or(0),
        },
        memory: information
            .mem_total
            .and_then(|bytes| u64::try_from(bytes).ok())
            .unwrap_or(0),
        missing_limits,
        limits_swap: information.swap_limit == Some(true),
        filters_system_calls: information
            .security_options
            .iter()
            .flatten()
            .any(|option| option.starts_with("name=seccomp")),
    }
}

fn name(version: &SystemVersion) -> String {
    let podman = version
        .components
        .iter()
        .flatten()
        .any(|component| component.name.starts_with("Podman"));
    if podman { "podman" } else { "docker" }.to_owned()
}

fn runtime(version: &SystemVersion, information: &SystemInfo) -> String {
    let name = information.default_runtime.clone().unwrap_or_default();
    version
        .components
        .iter()
        .flatten()
        .find(|component| component.name == name)
        .map_or(name.clone(), |component| {
            format!("{name} {}", component.version)
        })
}
