//! The facts behind the findings, for programs.

use resow_executor::bubblewrap::Delegation;
use resow_executor::capability::Capabilities;
use resow_executor::capability::compute::ComputeFacts;
use resow_executor::capability::disk::DiskFacts;
use resow_executor::capability::engines::{BubblewrapFacts, DockerFacts, DockerState};
use resow_executor::capability::gpu::GpuFacts;
use resow_executor::capability::namespaces::{Namespaces, Trial};
use serde_json::{Map, Value, json};

/// All facts; `null` where there is nothing, or no answer.
pub(super) fn object(found: &Capabilities) -> Value {
    let docker = match &found.engines.docker {
        Some(DockerState::Answers(facts)) => Some(facts),
        _ => None,
    };
    let bubblewrap = found
        .engines
        .bubblewrap
        .as_ref()
        .and_then(|found| found.as_ref().ok());
    let disks = found.disks.iter();
    json!({
        "docker": docker.map(self::docker),
        "bubblewrap": bubblewrap.map(self::bubblewrap),
        "namespaces": found.namespaces.as_ref().map(namespaces),
        "control_groups": found.control_groups.as_ref().map(control_groups),
        "processors": found.compute.as_ref().map(processors),
        "memory": found.compute.as_ref().map(memory),
        "disks": disks
            .filter_map(|(what, _, facts)| Some(disk(what, facts.as_ref()?)))
            .collect::<Vec<_>>(),
        "gpus": found.gpus.as_ref().map(gpus),
    })
}

fn docker(facts: &DockerFacts) -> Value {
    let engine = &facts.information.engine;
    json!({
        "address": facts.address,
        "name": engine.name,
        "version": engine.version,
        "api": engine.api,
        "runtime": engine.runtime,
        "storage": engine.storage,
        "control_groups": engine.cgroup,
        "processors": facts.information.processors,
        "memory": facts.memory,
        "missing_limits": facts.missing_limits,
    })
}

fn bubblewrap(facts: &BubblewrapFacts) -> Value {
    json!({ "path": facts.path.to_string_lossy(), "version": facts.version })
}

fn namespaces(found: &Namespaces) -> Value {
    let trials = found.trials.iter().map(|(kind, trial)| {
        let works = match trial {
            Trial::Works => Value::from(true),
            Trial::Refused(_) => Value::from(false),
            Trial::Untried(_) => Value::Null,
        };
        (kind.identifier().to_owned(), works)
    });
    Value::Object(trials.collect::<Map<_, _>>())
}

fn control_groups(found: &Delegation) -> Value {
    let usable = found.usable.iter();
    let usable: Vec<_> = usable.map(|(controller, _)| controller.name()).collect();
    json!({ "version": found.layout.name(), "usable": usable })
}

fn processors(facts: &ComputeFacts) -> Value {
    json!({
        "model": facts.cpu_model,
        "instruction_set": facts.instruction_set,
        "online": facts.cores,
        "usable": facts.usable_cores,
        "quota": facts.processor_quota,
    })
}

fn memory(facts: &ComputeFacts) -> Value {
    json!({
        "total": facts.memory,
        "usable": facts.usable_memory,
        "available": facts.available_memory,
    })
}

fn disk(what: &str, facts: &DiskFacts) -> Value {
    let written = facts.writing.as_ref().ok();
    json!({
        "holds": what,
        "folder": facts.folder.to_string_lossy(),
        "file_system": facts.file_system,
        "shared": facts.is_shared(),
        "writable": written.is_some(),
        "free_bytes": facts.free_bytes,
        "free_inodes": facts.free_inodes,
        "reflinks": written.map(|written| written.reflinks),
    })
}

fn gpus(facts: &GpuFacts) -> Value {
    json!({
        "nvidia_driver": facts.nvidia_driver,
        "nvidia_processors": facts.nvidia_processors,
        "nvidia_toolkit": facts.nvidia_toolkit.is_some(),
        "rocm": facts.rocm,
    })
}
