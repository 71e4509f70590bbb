//! How a run ended, from what the engine says.

use bollard::models::ContainerState;
use resow_manifest::outcome::Outcome;

use crate::engine::stop::killed_for_memory;
use crate::engine::{ContainerLimits, never_started};

pub(super) fn of_exit(code: i64, state: &ContainerState, limits: &ContainerLimits) -> Outcome {
    if state.oom_killed == Some(true) {
        killed_for_memory(limits)
    } else {
        Outcome::Exited { code }
    }
}

/// Why the command could not be started, if the engine's `message` blames the command.
pub(super) fn never_started(program: &str, message: &str) -> Option<Outcome> {
    let says = |part: &str| message.to_ascii_lowercase().contains(part);
    let blames_command = says("exec: ")
        || says("executable file")
        || says("exec format error")
        || says("attempted to invoke a command");
    if !blames_command {
        return None;
    }
    let reason = never_started::reason(program, message);
    Some(Outcome::NeverStarted { reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named() {
        let docker = "OCI runtime create failed: runc create failed: unable to start container process: exec: \
                      \"nope\": executable file not found in $PATH: unknown";
        let podman = "crun: executable file `nope` not found in $PATH: No such file or directory";
        for message in [docker, podman] {
            let outcome = never_started("nope", message).expect("the command is to blame");
            assert!(outcome.to_string().contains("`nope` is not in the image"));
        }
    }

    #[test]
    fn what_is_not_the_commands_fault_is_none() {
        assert_eq!(
            never_started("true", "error while mounting volume: no such device"),
            None
        );
    }
}
