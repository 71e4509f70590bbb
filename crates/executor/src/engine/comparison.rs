//! Isolation that must act: what is in force is held against what was asked for.

use resow_manifest::isolation::Isolation;

use crate::engine::{ContainerLimits, EngineError};

/// User and group of every container.
pub(crate) const USER: &str = "1000:1000";

/// Refuses a container that the engine isolates less than it was asked to.
pub(crate) fn compare(
    limits: &ContainerLimits,
    cpu_set: &str,
    found: &Isolation,
) -> Result<(), EngineError> {
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
