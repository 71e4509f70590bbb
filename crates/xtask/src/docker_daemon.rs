//! The Docker engine that the tasks use: the one that answers, else one that is started for the task and stopped after.

use std::fs::File;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::prerequisites::{self, find, is_root};
use crate::process::{TaskError, capture, command, say};

/// An engine that answers; one that was started here ends with this value.
pub(crate) struct DockerDaemon {
    started: Option<Child>,
}

impl DockerDaemon {
    /// Whether one answers.
    pub(crate) fn answers() -> bool {
        capture(&mut command(
            "docker",
            ["version", "--format", "{{.Server.Version}}"],
        ))
        .is_ok()
    }

    /// Finds the engine, or installs and starts it where this is root.
    ///
    /// # Errors
    /// When none answers and none can be started.
    pub(crate) fn ensure() -> Result<Self, TaskError> {
        if Self::answers() {
            return Ok(Self { started: None });
        }
        if is_root() {
            prerequisites::ensure_docker()?;
        }
        let Some(daemon) = find("dockerd").filter(|_| is_root()) else {
            return Err(TaskError::new(
                "no Docker engine answers; start it with\n  sudo systemctl start docker   # or: sudo dockerd &",
            ));
        };
        say("starting the Docker engine for this task");
        let log = File::create(std::env::temp_dir().join("resow-dockerd.log"))?;
        let child = std::process::Command::new(daemon)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let engine = Self {
            started: Some(child),
        };
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            if Self::answers() {
                return Ok(engine);
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        Err(TaskError::new(
            "the Docker engine did not answer within a minute; its log is `resow-dockerd.log` in the temporary folder",
        ))
    }
}

impl Drop for DockerDaemon {
    fn drop(&mut self) {
        if let Some(child) = &mut self.started {
            // The engine stops its own helpers when it is asked to end, not when it is killed.
            if let Some(pid) = rustix::process::Pid::from_raw(child.id().cast_signed()) {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
            }
            let _ = child.wait();
        }
    }
}
