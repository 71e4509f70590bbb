//! What bubblewrap says of the sandbox while it makes it, as lines of JSON.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Pid;
use serde::Deserialize;

/// More than a line has.
const LONGEST_LINE: usize = 4096;

/// The first line, of which only this matters.
#[derive(Deserialize)]
struct Made {
    #[serde(rename = "child-pid")]
    child: i32,
}

/// Waits until bubblewrap has made the sandbox, and returns its first process. `None` where bubblewrap ended before.
///
/// # Errors
/// When `give_up` comes first ([`io::ErrorKind::TimedOut`]), or what is said cannot be understood.
pub(super) fn first_process(
    status: &OwnedFd,
    give_up: &mut dyn FnMut() -> bool,
) -> io::Result<Option<Pid>> {
    let mut line = Vec::new();
    while !line.contains(&b'\n') {
        if give_up() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        if !is_readable(status, Duration::from_millis(25))? {
            continue;
        }
        let mut piece = [0; 512];
        match rustix::io::read(status, &mut piece)? {
            0 => return Ok(None),
            length => line.extend_from_slice(&piece[..length]),
        }
        if line.len() > LONGEST_LINE {
            return Err(io::Error::other("bubblewrap says too much"));
        }
    }
    let end = line.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let made: Made = serde_json::from_slice(&line[..end])?;
    Ok(Pid::from_raw(made.child))
}

/// Whether bubblewrap says that the command ended: it says so only of what has become the command.
pub(super) fn tells_of_an_end(status: &OwnedFd) -> bool {
    let Ok(pipe) = status.try_clone() else {
        return false;
    };
    rest_of(&mut std::fs::File::from(pipe)).contains("exit-code")
}

/// Everything that waits in a pipe, up to 64 KiB, for at most a second.
pub(super) fn rest_of(pipe: &mut (impl io::Read + std::os::fd::AsFd)) -> String {
    let mut text = Vec::new();
    let deadline = Instant::now() + Duration::from_secs(1);
    while Instant::now() < deadline && text.len() < 64 << 10 {
        match is_readable(&*pipe, Duration::from_millis(50)) {
            Ok(true) => {}
            Ok(false) => continue,
            Err(_) => break,
        }
        let mut piece = [0; 4096];
        match pipe.read(&mut piece) {
            Ok(0) | Err(_) => break,
            Ok(length) => text.extend_from_slice(&piece[..length]),
        }
    }
    String::from_utf8_lossy(&text).trim().to_owned()
}

fn is_readable(pipe: impl std::os::fd::AsFd, wait: Duration) -> io::Result<bool> {
    let wait = Timespec::try_from(wait).map_err(io::Error::other)?;
    let mut fds = [PollFd::new(&pipe, PollFlags::IN)];
    match poll(&mut fds, Some(&wait)) {
        Ok(count) => Ok(count > 0),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
