//! One group in one hierarchy.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::controller::Controller;
use super::error::ControlGroupError;
use super::hierarchy::Version;
use super::limits::GroupLimits;
use super::place::Place;

/// How long to wait between two attempts to remove a group whose processes are ending.
const PAUSE: Duration = Duration::from_millis(5);

/// How many attempts: two seconds in all.
const ATTEMPTS: u32 = 400;

/// One group in one hierarchy, and what it limits.
#[derive(Debug)]
pub(super) struct Group {
    version: Version,
    controllers: Vec<Controller>,
    folder: PathBuf,
}

impl Group {
    /// Makes a group that limits what it can; `None` if it could limit nothing.
    pub(super) fn make(place: &Place, name: &str, limits: &GroupLimits<'_>) -> Option<Self> {
        let folder = place.folder.join(name);
        fs::create_dir(&folder).ok()?;
        let mut group = Self::found(place.version, folder);
        let mut controllers = place.controllers.clone();
        controllers.retain(|controller| limits.set(*controller, &group).is_ok());
        group.controllers = controllers;
        if group.controllers.is_empty() {
            // Nothing has been in it.
            let _ = fs::remove_dir(&group.folder);
            return None;
        }
        Some(group)
    }

    /// A group that is there already, whatever it limits.
    pub(super) fn found(version: Version, folder: PathBuf) -> Self {
        Self {
            version,
            controllers: Vec::new(),
            folder,
        }
    }

    pub(super) fn version(&self) -> Version {
        self.version
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn holds(&self, controller: Controller) -> bool {
        self.controllers.contains(&controller)
    }

    /// Writes to a file that the group has.
    pub(super) fn write(&self, file: &str, text: &str) -> io::Result<()> {
        let path = self.folder.join(file);
        OpenOptions::new()
            .write(true)
            .open(path)?
            .write_all(text.as_bytes())
    }

    /// What a file of the group says, without the line end.
    pub(super) fn read(&self, file: &str) -> Result<String, ControlGroupError> {
        let path = self.folder.join(file);
        let text = fs::read_to_string(&path).map_err(ControlGroupError::read(path))?;
        Ok(text.trim_end().to_owned())
    }

    /// A number that a file of `name value` lines gives; 0 where there is none.
    pub(super) fn count(&self, file: &str, name: &str) -> u64 {
        let text = self.read(file).unwrap_or_default();
        text.lines()
            .filter_map(|line| line.split_once(' '))
            .find(|(key, _)| *key == name)
            .and_then(|(_, value)| value.parse().ok())
            .unwrap_or(0)
    }

    /// Moves a process into the group.
    pub(super) fn add(&self, process: Pid) -> io::Result<()> {
        self.write("cgroup.procs", &process.as_raw_nonzero().to_string())
    }

    /// Kills what is in the group, and removes it. One that is gone is removed.
    pub(super) fn remove(self) -> Result<(), ControlGroupError> {
        // Nothing may be born while the others die.
        let _ = self.write("pids.max", "0");
        let mut attempt = 0;
        loop {
            self.kill();
            match fs::remove_dir(&self.folder) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                Err(source) if attempt == ATTEMPTS || !is_busy(&source) => {
                    let path = self.folder;
                    return Err(ControlGroupError::Remove { path, source });
                }
                Err(_) => attempt += 1,
                Ok(()) => return Ok(()),
            }
            thread::sleep(PAUSE);
        }
    }

    fn kill(&self) {
        if self.version == Version::Two && self.write("cgroup.kill", "1").is_ok() {
            return;
        }
        let listed = self.read("cgroup.procs").unwrap_or_default();
        let processes = listed.lines().filter_map(|line| line.parse().ok());
        // A process of another namespace is listed as 0, which is no process here.
        for process in processes.filter_map(Pid::from_raw) {
            // One that has ended meanwhile is what we want.
            let _ = kill_process(process, Signal::KILL);
        }
    }
}

fn is_busy(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::ResourceBusy
}
