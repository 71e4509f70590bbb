//! Limits that must act: what the engine cannot hold, or holds differently, is refused.

use resow_manifest::isolation::Isolation;

use crate::docker::facts::DockerInformation;
use crate::docker::specification::USER;
use crate::engine::{ContainerRequest, EngineError};

/// The value as engines take it. Zero means `unlimited` to them.
pub(super) fn signed(limit: &'static str, value: u64) -> Result<i64, EngineError> {
    i64::try_from(value)
        .ok()
        .filter(|signed| *signed > 0)
        .ok_or(EngineError::LimitValue { limit, value })
}

/// Refuses an engine that lacks the means for a limit that every run has.
pub(super) fn require(information: &DockerInformation) -> Result<(), EngineError> {
    match information.missing_limits.first() {
        None => Ok(()),
        Some(limit) => Err(EngineError::UnsupportedLimit { limit }),
    }
}

/// Refuses a container that the engine isolates less than it was asked to.
pub(super) fn compare(
    request: &ContainerRequest,
    cpu_set: &str,
    found: &Isolation,
) -> Result<(), EngineError> {
    let limits = &request.limits;
    let yes = || true.to_string();
    let settings = [
        ("the user", USER.to_owned(), found.user.clone()),
        (
            "the capabilities",
            String::new(),
            found.capabilities.join(","),
        ),
        (
            "no new privileges",
            yes(),
            found.no_new_privileges.to_string(),
        ),
        (
            "the read-only root",
            yes(),
            found.read_only_root.to_string(),
        ),
        ("the CPU set", cpu_set.to_owned(), found.cpu_set.clone()),
        (
            "the memory limit",
            limits.memory.to_string(),
            found.memory.value.to_string(),
        ),
        (
            "the limit on processes",
            limits.processes.to_string(),
            found.processes.value.to_string(),
        ),
        (
            "the size of shared memory",
            limits.shared_memory.to_string(),
            found.shared_memory.value.to_string(),
        ),
        (
            "the size of temporary files",
            limits.temporary.to_string(),
            found.temporary.value.to_string(),
        ),
    ];
    match settings
        .into_iter()
        .find(|(_, wanted, found)| wanted != found)
    {
        None => Ok(()),
        Some((setting, wanted, found)) => Err(EngineError::Weakened {
            setting,
            wanted,
            found,
        }),
    }
}
