//! A file that is no program, run by the shell all the same.
//!
//! The C library gives a file that the kernel refuses to the shell (execvp(3)). Other engines do not, and a plan means
//! the same in all of them.

use std::fs;
use std::io::Read as _;
use std::path::PathBuf;

use rustix::fs::{Mode, OFlags, ResolveFlags};
use rustix::process::Pid;

/// Whether the command that a sandbox has just become is the shell, given a file that is neither a program nor names
/// what should run it.
pub(super) fn is_shell_fallback(process: Pid, command: &[String]) -> bool {
    let folder = PathBuf::from(format!("/proc/{}", process.as_raw_nonzero()));
    let Ok(line) = fs::read(folder.join("cmdline")) else {
        return false;
    };
    let mut words = line.split(|byte| *byte == 0);
    let (Some(b"/bin/sh"), Some(script)) = (words.next(), words.next()) else {
        return false;
    };
    if command.first().is_some_and(|program| program == "/bin/sh") {
        return false;
    }
    let script = String::from_utf8_lossy(script).into_owned();
    let inner = match script.strip_prefix('/') {
        Some(absolute) => absolute.to_owned(),
        None => format!("workspace/{script}"),
    };
    let begins = || -> Option<[u8; 2]> {
        let root = rustix::fs::open(
            folder.join("root"),
            OFlags::PATH | OFlags::CLOEXEC,
            Mode::empty(),
        )
        .ok()?;
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        // Links mean what they mean inside.
        let file =
            rustix::fs::openat2(root, inner, flags, Mode::empty(), ResolveFlags::IN_ROOT).ok()?;
        let mut begin = [0; 2];
        fs::File::from(file).read_exact(&mut begin).ok()?;
        Some(begin)
    };
    begins() != Some(*b"#!")
}
