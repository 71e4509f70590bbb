//! The container as the engine is asked to create it.

use std::collections::{BTreeMap, HashMap};

use bollard::models::{
    ContainerCreateBody, HealthConfig, HostConfig, HostConfigLogConfig, ImageConfig,
    ResourcesUlimits, RestartPolicy, RestartPolicyNameEnum,
};

use crate::docker::{labels, limits, mounts, system_calls};
use crate::engine::command_line::{check_command, check_variables};
use crate::engine::comparison::USER;
use crate::engine::{ContainerLimits, ContainerRequest, EngineError, HOME, TEMPORARY, WORKSPACE};

/// The container of `request`, on processors `cpu_set`. Of the image's configuration only what must be undone is read.
pub(super) fn of(
    request: &ContainerRequest,
    image: &ImageConfig,
    cpu_set: &str,
) -> Result<ContainerCreateBody, EngineError> {
    check_command(&request.command)?;
    let (program, arguments) = request.command.split_first().ok_or(EngineError::Command)?;
    Ok(ContainerCreateBody {
        hostname: Some(request.host_name.clone()),
        user: Some(USER.to_owned()),
        attach_stdin: Some(false),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        tty: Some(false),
        open_stdin: Some(false),
        env: Some(environment(&request.environment, image)?),
        entrypoint: Some(vec![program.clone()]),
        cmd: Some(arguments.to_vec()),
        healthcheck: Some(HealthConfig {
            test: Some(vec!["NONE".to_owned()]),
            ..Default::default()
        }),
        image: Some(request.image.to_string()),
        working_dir: Some(WORKSPACE.to_owned()),
        // Saves the engine a network hook; isolation is that of the network mode `none`.
        network_disabled: Some(true),
        labels: Some(labels::of(&request.store, &request.run)),
        stop_signal: Some("SIGKILL".to_owned()),
        host_config: Some(host_config(request, image, cpu_set)?),
        ..Default::default()
    })
}

fn host_config(
    request: &ContainerRequest,
    image: &ImageConfig,
    cpu_set: &str,
) -> Result<HostConfig, EngineError> {
    let limits = &request.limits;
    let memory = limits::signed("memory", limits.memory)?;
    Ok(HostConfig {
        network_mode: Some("none".to_owned()),
        ipc_mode: Some("private".to_owned()),
        cap_drop: Some(vec!["ALL".to_owned()]),
        security_opt: Some(vec![
            "no-new-privileges".to_owned(),
            format!("seccomp={}", system_calls::profile(request.fixed_addresses)),
        ]),
        privileged: Some(false),
        readonly_rootfs: Some(true),
        tmpfs: Some(temporary_file_systems(limits)?),
        shm_size: Some(limits::signed("shared memory", limits.shared_memory)?),
        pids_limit: Some(limits::signed("processes", limits.processes)?),
        memory: Some(memory),
        // The sum of memory and swap: equal to the memory, it leaves no swap.
        memory_swap: Some(memory),
        cpuset_cpus: Some(cpu_set.to_owned()),
        // A core file would be an output that the host's settings decide about.
        ulimits: Some(vec![ResourcesUlimits {
            name: Some("core".to_owned()),
            soft: Some(0),
            hard: Some(0),
        }]),
        init: Some(false),
        auto_remove: Some(false),
        restart_policy: Some(RestartPolicy {
            name: Some(RestartPolicyNameEnum::NO),
            maximum_retry_count: None,
        }),
        log_config: Some(HostConfigLogConfig {
            typ: Some("none".to_owned()),
            config: None,
        }),
        mounts: Some(mounts::of(request, image)?),
        ..Default::default()
    })
}

fn temporary_file_systems(
    limits: &ContainerLimits,
) -> Result<HashMap<String, String>, EngineError> {
    let size = limits::signed("temporary files", limits.temporary)?;
    let common = format!("rw,exec,nosuid,nodev,size={size}");
    Ok(HashMap::from([
        (
            TEMPORARY.to_owned(),
            format!("{common},mode=1777,uid=1000,gid=1000"),
        ),
        (
            HOME.to_owned(),
            format!("{common},mode=0755,uid=1000,gid=1000"),
        ),
    ]))
}

/// The variables as the engine must be told them, so that the command sees exactly these.
///
/// A name without `=` takes a variable away: those of the image that were not asked for, and those that the engine
/// adds by itself. What remains beyond our reach is `HOME`, which the runtime adds where it is not given.
fn environment(
    wanted: &BTreeMap<String, String>,
    image: &ImageConfig,
) -> Result<Vec<String>, EngineError> {
    check_variables(wanted)?;
    let of_image = image.env.iter().flatten().map(|entry| {
        entry
            .split_once('=')
            .map_or(entry.as_str(), |(name, _)| name)
    });
    let unwanted = of_image
        .chain(["PATH", "HOSTNAME"])
        .filter(|name| !wanted.contains_key(*name))
        .map(str::to_owned);
    let given = wanted.iter().map(|(name, value)| format!("{name}={value}"));
    Ok(given.chain(unwanted).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_nobody_asked_for_are_taken_away() {
        let image = ImageConfig {
            env: Some(vec!["PATH=/image".to_owned(), "LANG=C".to_owned()]),
            ..Default::default()
        };
        let wanted = BTreeMap::from([("PATH".to_owned(), "/bin".to_owned())]);
        let told = environment(&wanted, &image).expect("well-formed variables");
        assert_eq!(told, ["PATH=/bin", "LANG", "HOSTNAME"]);
    }
}
