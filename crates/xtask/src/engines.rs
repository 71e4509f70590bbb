//! Which engines this host has, found by asking the resow that was built.

use std::path::Path;

use serde_json::Value;

use crate::docker_daemon::DockerDaemon;
use crate::prerequisites::{find, is_root};
use crate::process::{TaskError, command, say};

/// The variable that names the engines which must be there, separated by commas.
pub(crate) const REQUIRED: &str = "RESOW_REQUIRE_ENGINES";

/// The engines of this host; a Docker that was started here ends with this value.
pub(crate) struct Engines {
    docker: Result<DockerDaemon, String>,
    bubblewrap: Result<(), String>,
}

impl Engines {
    /// Looks for both, and starts Docker where it is installed, does not run, and may be started.
    ///
    /// # Errors
    /// When one that `required` names cannot be had, or there is none at all.
    pub(crate) fn all(resow: &Path, required: &[String]) -> Result<Self, TaskError> {
        let engines = Self {
            bubblewrap: bubblewrap(resow)?,
            docker: docker(required.iter().any(|name| name == "docker")),
        };
        for name in required {
            let lacks = match name.as_str() {
                "docker" => engines.lacks_docker(),
                "bubblewrap" => engines.lacks_bubblewrap(),
                _ => Some("there is no such engine"),
            };
            if let Some(reason) = lacks {
                return Err(TaskError::new(format!(
                    "`{REQUIRED}` names {name}: {reason}"
                )));
            }
        }
        engines.or_none()
    }

    /// The one that resow would take, and no more than that: Docker is started only where bubblewrap does not work.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn one(resow: &Path) -> Result<Self, TaskError> {
        let bubblewrap = bubblewrap(resow)?;
        let docker = if DockerDaemon::answers() || bubblewrap.is_err() {
            docker(false)
        } else {
            Err("it does not run, and need not".to_owned())
        };
        Self { docker, bubblewrap }.or_none()
    }

    /// Their names, the one that resow takes by itself first.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        let docker = self.docker.as_ref().ok().map(|_| "docker");
        let bubblewrap = self.bubblewrap.as_ref().ok().map(|()| "bubblewrap");
        docker.into_iter().chain(bubblewrap).collect()
    }

    /// Why there is no Docker, if there is none.
    pub(crate) fn lacks_docker(&self) -> Option<&str> {
        self.docker.as_ref().err().map(String::as_str)
    }

    /// Why there is no bubblewrap, if there is none.
    pub(crate) fn lacks_bubblewrap(&self) -> Option<&str> {
        self.bubblewrap.as_ref().err().map(String::as_str)
    }

    fn or_none(self) -> Result<Self, TaskError> {
        match (&self.docker, &self.bubblewrap) {
            (Err(docker), Err(bubblewrap)) => Err(TaskError::new(format!(
                "there is no engine\n  docker: {docker}\n  bubblewrap: {bubblewrap}"
            ))),
            _ => Ok(self),
        }
    }
}

/// The names in the variable's value.
pub(crate) fn named(value: &str) -> Vec<String> {
    let names = value.split(',').map(str::trim);
    names
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Docker, installed for the task only where it must be there.
fn docker(is_required: bool) -> Result<DockerDaemon, String> {
    if !is_required && !DockerDaemon::answers() && (find("dockerd").is_none() || !is_root()) {
        return Err("no engine answers".to_owned());
    }
    let engine = DockerDaemon::ensure().map_err(|error| error.to_string());
    if let Err(reason) = &engine {
        say(&format!("Docker cannot be used: {reason}"));
    }
    engine
}

/// Whether bubblewrap works, as `resow doctor` finds out by trying.
fn bubblewrap(resow: &Path) -> Result<Result<(), String>, TaskError> {
    let output = command(&resow.to_string_lossy(), ["doctor", "--json"]).output()?;
    let said: Value = serde_json::from_slice(&output.stdout).map_err(|error| {
        let errors = String::from_utf8_lossy(&output.stderr);
        TaskError::new(format!("`resow doctor` says no object: {error}\n{errors}"))
    })?;
    Ok(lack(&said).map_or(Ok(()), Err))
}

/// What is missing for bubblewrap, with what to do about it.
fn lack(doctor: &Value) -> Option<String> {
    let all = doctor["capabilities"].as_array()?;
    let found = |name| all.iter().find(move |one| one["name"] == name);
    let missing = ["bubblewrap", "namespaces"]
        .into_iter()
        .filter_map(found)
        .find(|one| one["state"] == "missing")?;
    let text = |field: &str| missing[field].as_str().unwrap_or_default().to_owned();
    let install = doctor["install"].as_str().unwrap_or_default();
    Some([text("reason"), text("hint"), install.to_owned()].join("; "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_bubblewrap_lacks_is_told_with_what_to_do() {
        let capability = |name: &str, state: &str| json!({"name": name, "state": state, "reason": "not there", "hint": "install it"});
        let works = json!({"capabilities": [capability("bubblewrap", "ok"), capability("namespaces", "limited")]});
        assert_eq!(lack(&works), None);
        let lacks =
            json!({"capabilities": [capability("bubblewrap", "missing")], "install": "apt-get"});
        assert_eq!(
            lack(&lacks).as_deref(),
            Some("not there; install it; apt-get")
        );
    }

    #[test]
    fn the_engines_that_must_be_there_are_a_list() {
        assert_eq!(named("docker, bubblewrap"), ["docker", "bubblewrap"]);
        assert!(named("").is_empty());
    }
}
