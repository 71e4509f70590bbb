//! The container of a plan: its variables, its limits, its files.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use resow_manifest::manifest::Resources;
use resow_manifest::plan::Plan;

use super::{ExecuteError, RunRequest};
use crate::engine::{BoundFile, BoundInput, ContainerLimits, ContainerRequest, HOME, WORKSPACE};
use crate::workspace::Workspace;

/// Where the command finds its parameters as JSON; `RESOW_PARAMETERS` says so.
const PARAMETERS: &str = "/run/resow/parameters.json";

/// What resolvers are told: this host, by its usual names.
const HOSTS: &str = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";
const HOSTS_FILE: &str = "/etc/hosts";

/// The most processes and threads of a run.
const PROCESSES: u64 = 4096;

/// The size of `/tmp` and of `HOME`, which lie in memory: each at most a quarter of the memory limit, and 4 GiB.
const LARGEST_TEMPORARY: u64 = 4 << 30;

/// The most that a command may print: 1 GiB, or its disk limit where that is less.
const LARGEST_LOG: u64 = 1 << 30;

/// What the engine is asked for.
pub(super) fn container(
    request: &RunRequest<'_>,
    files: &RunFiles,
    limits: ContainerLimits,
    workspace: &Workspace,
) -> ContainerRequest {
    ContainerRequest {
        run: request.run.clone(),
        store: request.store.to_owned(),
        image: request.image,
        command: request.plan.command.clone(),
        environment: environment(request.plan),
        workspace: workspace.mount().clone(),
        inputs: request
            .inputs
            .iter()
            .map(|input| BoundInput {
                source: input.path.clone(),
                at: input.wanted.at.clone(),
            })
            .collect(),
        files: vec![
            BoundFile {
                source: files.parameters.clone(),
                target: PARAMETERS.to_owned(),
            },
            BoundFile {
                source: files.hosts.clone(),
                target: HOSTS_FILE.to_owned(),
            },
        ],
        limits,
        cpus: request.plan.cpus,
    }
}

/// Every variable that the command sees: the image's, then the manifest's, then resow's own.
fn environment(plan: &Plan) -> BTreeMap<String, String> {
    let own = [
        ("HOME", HOME.to_owned()),
        // Some engines set it and some do not.
        ("PWD", WORKSPACE.to_owned()),
        ("RESOW_PARAMETERS", PARAMETERS.to_owned()),
        ("RESOW_SEED", plan.seed.to_string()),
    ];
    plan.image
        .environment
        .clone()
        .into_iter()
        .chain(plan.environment.clone())
        .chain(own.map(|(name, value)| (name.to_owned(), value)))
        .collect()
}

/// The limits as numbers; what is not declared is taken from the host.
pub(super) fn limits(resources: &Resources, host_memory: u64) -> ContainerLimits {
    let memory = resources
        .memory
        .map_or(host_memory / 4 * 3, |memory| memory.bytes());
    ContainerLimits {
        memory,
        processes: PROCESSES,
        time: resources.timeout.duration(),
        disk: resources.scratch.bytes(),
        shared_memory: resources.shm.bytes(),
        temporary: (memory / 4).clamp(1 << 20, LARGEST_TEMPORARY),
        log: resources.scratch.bytes().min(LARGEST_LOG),
    }
}

/// The files of a run that it sees besides its workspace.
pub(super) struct RunFiles {
    parameters: PathBuf,
    hosts: PathBuf,
}

impl RunFiles {
    /// Writes them into the run's folder: the parameters as JSON, and the names of this host, the same in every engine.
    pub(super) fn write(request: &RunRequest<'_>) -> Result<Self, ExecuteError> {
        let parameters = request.folder.join("parameters.json");
        let mut text = serde_json::to_string_pretty(&request.plan.parameters).map_err(|error| {
            ExecuteError::Write {
                path: parameters.clone(),
                source: error.into(),
            }
        })?;
        text.push('\n');
        let files = Self {
            parameters,
            hosts: request.folder.join("hosts"),
        };
        write(&files.parameters, &text)?;
        write(&files.hosts, HOSTS)?;
        Ok(files)
    }
}

/// Writes a file that the run's user may read.
fn write(path: &Path, text: &str) -> Result<(), ExecuteError> {
    let write = || {
        fs::write(path, text)?;
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o644))
    };
    write().map_err(|source: io::Error| ExecuteError::Write {
        path: path.to_owned(),
        source,
    })
}
