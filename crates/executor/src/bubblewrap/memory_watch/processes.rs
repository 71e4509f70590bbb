//! The processes of a sandbox.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, open, openat};
use rustix::io::Errno;
use rustix::process::Pid;

/// A sandbox: process 1 of its namespace, and all that descend from it. What loses its parent becomes a child of
/// process 1, so that nothing leaves the tree.
#[derive(Debug)]
pub(in crate::bubblewrap) struct Sandbox {
    first: Pid,
    /// `/proc/<first>`, which does not stand for another process once this one is gone.
    folder: OwnedFd,
    /// Whether the kernel lists children (`CONFIG_PROC_CHILDREN`).
    has_children: bool,
}

impl Sandbox {
    pub(in crate::bubblewrap) fn of(first: Pid) -> io::Result<Self> {
        let path = folder(first);
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self {
            first,
            folder: open(&path, flags, Mode::empty())?,
            has_children: path
                .join(format!("task/{}/children", first.as_raw_nonzero()))
                .exists(),
        })
    }

    /// The processes; `None` once process 1 has ended, and with it all others.
    pub(in crate::bubblewrap) fn processes(&self) -> io::Result<Option<Vec<Pid>>> {
        if !self.is_alive()? {
            return Ok(None);
        }
        if self.has_children {
            Ok(Some(descendants(self.first)))
        } else {
            members(self.first).map(Some)
        }
    }

    fn is_alive(&self) -> io::Result<bool> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let read = openat(&self.folder, "stat", flags, Mode::empty())
            .map_err(io::Error::from)
            .and_then(|file| {
                let mut bytes = Vec::new();
                File::from(file).read_to_end(&mut bytes).map(|_| bytes)
            });
        match read {
            Ok(bytes) => Ok(!is_zombie(&bytes)),
            Err(error) if is_gone(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// The state stands after the name, which is in brackets and may hold brackets itself.
fn is_zombie(stat: &[u8]) -> bool {
    let after = stat
        .iter()
        .rposition(|byte| *byte == b')')
        .map(|at| &stat[at + 1..]);
    matches!(after, Some([b' ', b'Z' | b'X', ..]))
}

fn is_gone(error: &io::Error) -> bool {
    [Errno::NOENT, Errno::SRCH]
        .map(|errno| Some(errno.raw_os_error()))
        .contains(&error.raw_os_error())
}

/// The process and all below it. What begins or ends meanwhile may be missed, until the next look.
fn descendants(first: Pid) -> Vec<Pid> {
    let mut found = vec![first];
    let mut next = 0;
    while let Some(process) = found.get(next) {
        let tasks = fs::read_dir(folder(*process).join("task"));
        for task in tasks.into_iter().flatten().flatten() {
            let listed = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            found.extend(listed.split_ascii_whitespace().filter_map(pid));
        }
        next += 1;
    }
    found
}

/// The processes of its namespace, of all that this user can see.
fn members(first: Pid) -> io::Result<Vec<Pid>> {
    let namespace = |process| fs::read_link(folder(process).join("ns/pid"));
    let wanted = namespace(first)?;
    let processes = fs::read_dir("/proc")?.flatten();
    Ok(processes
        .filter_map(|entry| pid(entry.file_name().to_str()?))
        .filter(|process| namespace(*process).is_ok_and(|found| found == wanted))
        .collect())
}

fn pid(text: &str) -> Option<Pid> {
    text.parse().ok().and_then(Pid::from_raw)
}

fn folder(process: Pid) -> PathBuf {
    Path::new("/proc").join(process.as_raw_nonzero().to_string())
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn the_state_is_read_whatever_the_name() {
        assert!(is_zombie(b"12 (a) Z 1 2"));
        assert!(!is_zombie(b"12 (a) Z) S 1 2"));
        assert!(!is_zombie(b"12 (a"));
    }

    #[test]
    fn both_ways_find_the_same_processes() {
        let mut sandbox = Command::new("bwrap")
            .args([
                "--unshare-pid",
                "--as-pid-1",
                "--die-with-parent",
                "--dev-bind",
                "/",
                "/",
                "--proc",
                "/proc",
            ])
            .args([
                "--",
                "sh",
                "-c",
                "sleep 60 & sh -c 'sleep 60 & echo; wait' & read line",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("bubblewrap");
        let mut byte = [0];
        let mut output = sandbox.stdout.take().expect("piped");
        output.read_exact(&mut byte).expect("it begins");
        let outer = descendants(Pid::from_child(&sandbox));
        let first = outer[1];
        let (mut tree, mut namespace) = (descendants(first), members(first).expect("readable"));
        tree.sort_unstable_by_key(|process| process.as_raw_nonzero());
        namespace.sort_unstable_by_key(|process| process.as_raw_nonzero());
        sandbox.kill().expect("our own child");
        sandbox.wait().expect("our own child");
        assert_eq!(tree.len(), 4);
        assert_eq!(tree, namespace);
    }
}
