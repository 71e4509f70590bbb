//! The container of a plan: its variables, its limits, its files.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use resow_manifest::conditions::{Addresses, Conditions};
use resow_manifest::determinism::{Determinism, InstructionSet, Profile};
use resow_manifest::manifest::Resources;
use resow_manifest::plan::Plan;
use resow_seeding::settings;

use super::layer::Layer;
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
        environment: environment(request),
        workspace: workspace.mount().clone(),
        inputs: request
            .inputs
            .iter()
            .map(|input| BoundInput {
                source: input.path.clone(),
                at: input.wanted.at.clone(),
            })
            .collect(),
        files: files.bound(),
        limits,
        cpus: request.conditions.cpus.unwrap_or(request.plan.cpus),
        fixed_addresses: match request.conditions.addresses {
            None => request.plan.determinism.profile == Profile::Portable,
            Some(addresses) => addresses == Addresses::Fixed,
        },
        host_name: match &request.conditions.host_name {
            None => ContainerRequest::HOST_NAME.to_owned(),
            Some(name) => name.clone(),
        },
        load: request.conditions.load.unwrap_or(0),
    }
}

/// Every variable that the command sees; of a watched run, as many bytes as of every other one of the plan.
fn environment(request: &RunRequest<'_>) -> BTreeMap<String, String> {
    let conditions = request.conditions;
    let mut variables = environment_under(request.plan, request.as_if, conditions);
    if conditions.is_watched() {
        let plain = environment_under(request.plan, request.as_if, &Conditions::default());
        let (name, value) = settings::padding(&plain, &variables, conditions);
        variables.insert(name, value);
    }
    variables.extend(request.trace.map(settings::trace).unwrap_or_default());
    variables
}

/// The image's variables, then the settings', then the manifest's, then the conditions', then resow's own.
fn environment_under(
    plan: &Plan,
    as_if: Option<InstructionSet>,
    conditions: &Conditions,
) -> BTreeMap<String, String> {
    let mut variables = plan.image.environment.clone();
    let determinism = settings::under(&plan.determinism, conditions);
    let seen = Determinism {
        instruction_set: match (determinism.instruction_set, as_if) {
            (InstructionSet::Host, Some(lesser)) => lesser,
            (set, _) => set,
        },
        ..determinism
    };
    variables.extend(settings::variables(plan.seed, &seen));
    variables.extend(plan.environment.clone());
    variables.extend(settings::of_conditions(conditions));
    let layer = settings::layer(plan.seed, &plan.determinism, conditions, &variables);
    variables.extend(layer);
    let own = [
        ("HOME", HOME.to_owned()),
        // Some engines set it and some do not.
        ("PWD", WORKSPACE.to_owned()),
        ("RESOW_PARAMETERS", PARAMETERS.to_owned()),
    ];
    variables.extend(own.map(|(name, value)| (name.to_owned(), value)));
    variables
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
    /// The layer of determinism.
    pub(super) layer: Layer,
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
            layer: Layer::write(
                request.folder,
                request.cache,
                request.conditions.is_watched(),
                request.trace.is_some(),
            )?,
        };
        write(&files.parameters, text.as_bytes(), READABLE)?;
        write(&files.hosts, HOSTS.as_bytes(), READABLE)?;
        Ok(files)
    }

    fn bound(&self) -> Vec<BoundFile> {
        let own = [(&self.parameters, PARAMETERS), (&self.hosts, HOSTS_FILE)];
        own.into_iter()
            .map(|(source, target)| BoundFile {
                source: source.clone(),
                target: target.to_owned(),
                is_writable: false,
            })
            .chain(self.layer.bound())
            .collect()
    }
}

/// The mode of a file that the run's user may read.
pub(super) const READABLE: u32 = 0o644;

/// Writes a file for the run's user.
pub(super) fn write(path: &Path, content: &[u8], mode: u32) -> Result<(), ExecuteError> {
    let write = || {
        fs::write(path, content)?;
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))
    };
    write().map_err(|source: io::Error| ExecuteError::Write {
        path: path.to_owned(),
        source,
    })
}
