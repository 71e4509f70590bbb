//! What a run may leave on the host: processes, control groups, mounts.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// A process, by its number, and what it was called with.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    pub(crate) id: u32,
    pub(crate) words: String,
}

impl Process {
    /// Ends it at once.
    pub(crate) fn kill(&self) {
        let status = std::process::Command::new("kill")
            .args(["-KILL", &self.id.to_string()])
            .status();
        assert!(status.expect("the kill command").success(), "{self:?}");
    }
}

/// Every process whose command line has this text, ended ones excepted.
pub(crate) fn processes_with(text: &str) -> Vec<Process> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").expect("a /proc").flatten() {
        let Some(id) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        let words = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let words = String::from_utf8_lossy(&words).replace('\0', " ");
        if words.contains(text) {
            found.push(Process { id, words });
        }
    }
    found
}

/// The children of a process.
pub(crate) fn children_of(process: u32) -> Vec<Process> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").expect("a /proc").flatten() {
        let status = fs::read_to_string(entry.path().join("status")).unwrap_or_default();
        let parent = format!("PPid:\t{process}");
        if !status.lines().any(|line| line == parent) {
            continue;
        }
        let words = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let name = entry.file_name();
        found.extend(
            name.to_str()
                .and_then(|name| name.parse().ok())
                .map(|id| Process {
                    id,
                    words: String::from_utf8_lossy(&words).replace('\0', " "),
                }),
        );
    }
    found
}

/// What is still there of what `look` finds after a while.
pub(crate) fn after_a_while<T>(mut look: impl FnMut() -> Vec<T>) -> Vec<T> {
    let begun = Instant::now();
    loop {
        let found = look();
        if found.is_empty() || begun.elapsed() > Duration::from_secs(5) {
            return found;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// The control groups with this text in their name.
pub(crate) fn control_groups_with(text: &str) -> Vec<PathBuf> {
    fn collect(folder: &Path, text: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                continue;
            }
            if entry.file_name().to_string_lossy().contains(text) {
                found.push(entry.path());
            }
            collect(&entry.path(), text, found);
        }
    }
    let mut found = Vec::new();
    collect(Path::new("/sys/fs/cgroup"), text, &mut found);
    found
}

/// The mounts of the host with this text in their path or options.
pub(crate) fn mounts_with(text: &str) -> Vec<String> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").expect("a list of mounts");
    mounts
        .lines()
        // A test's own are not a run's.
        .filter(|line| line.contains(text) && !line.contains("resow-small-disk"))
        .map(str::to_owned)
        .collect()
}
