//! A small file system in memory, which can be filled and protected; unmounted with its value.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What takes the room that a test does not leave.
const BALLAST: &str = "ballast";

pub(crate) struct SmallDisk {
    path: PathBuf,
    /// Beside the place, where it is not in the way.
    outer: PathBuf,
}

impl SmallDisk {
    /// Mounts a file system of this many bytes at `place`, which is made where it is not there. Half of it holds the
    /// place, and half what fills it.
    pub(crate) fn over(place: &Path, bytes: u64) -> Self {
        fs::create_dir_all(place).expect("a folder");
        let outer = place.with_extension("disk");
        fs::create_dir(&outer).expect("a folder");
        let options = format!("size={bytes},mode=0755");
        mount(&["-t", "tmpfs", "-o", &options, "resow-small-disk"], &outer);
        let disk = Self {
            path: place.to_owned(),
            outer,
        };
        let inner = disk.outer.join("place");
        fs::create_dir(&inner).expect("a folder");
        // Of one file system, the place is a part: the ballast lies outside it.
        mount(&["--bind", &inner.to_string_lossy()], place);
        disk
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Fills it, but for so many bytes.
    pub(crate) fn leave_bytes(&self, bytes: u64) {
        self.leave_all();
        let status = file_system_numbers(&self.outer, "%a %S");
        let free = status.0 * status.1;
        let mut ballast = File::create(self.outer.join(BALLAST)).expect("a file");
        let size = free.saturating_sub(bytes);
        if size > 0 {
            let mut zeros = io::repeat(0).take(size);
            io::copy(&mut zeros, &mut ballast).expect("there is as much room");
        }
    }

    /// Uses up its inodes, but for so many.
    pub(crate) fn leave_inodes(&self, count: u64) {
        self.leave_all();
        let (all, free) = file_system_numbers(&self.outer, "%c %d");
        self.remount(&format!("nr_inodes={}", all - free + count));
    }

    /// Gives all of its room.
    pub(crate) fn leave_all(&self) {
        let _ = fs::remove_file(self.outer.join(BALLAST));
        self.remount("nr_inodes=100000");
    }

    /// Lets nobody write to it, or everybody again.
    pub(crate) fn set_read_only(&self, is: bool) {
        self.remount(if is { "ro" } else { "rw" });
    }

    fn remount(&self, option: &str) {
        mount(&["-o", &format!("remount,{option}")], &self.outer);
    }
}

/// Two numbers that `stat --file-system` gives.
fn file_system_numbers(path: &Path, format: &str) -> (u64, u64) {
    let output = Command::new("stat")
        .args(["--file-system", "--format", format])
        .arg(path)
        .output()
        .expect("the stat command");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (first, second) = text.trim().split_once(' ').expect("two numbers");
    (
        first.parse().expect("a number"),
        second.parse().expect("a number"),
    )
}

fn mount(arguments: &[&str], at: &Path) {
    let status = Command::new("mount").args(arguments).arg(at).status();
    assert!(
        status.expect("the mount command").success(),
        "{arguments:?}"
    );
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        for path in [&self.path, &self.outer] {
            let _ = Command::new("umount").arg("--lazy").arg(path).status();
        }
    }
}
