//! Following the sandbox's first process to the moment in which it becomes the command, so that what is in force then
//! can be read.

use std::io;
use std::time::Duration;

use nix::sys::ptrace::{self, Options};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::system_calls::PROGRAMS;

/// How often a process that has not come there yet is looked at.
const GLANCE: Duration = Duration::from_micros(200);

/// What became of a process that was followed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// It is the command now.
    Command,
    /// It ended before it was seen to be.
    Ended,
}

/// A process that is followed to the moment in which it becomes another program. Everything must be done from one
/// thread.
pub(super) enum Followed {
    /// It stops at that moment.
    Traced(Traced),
    /// The host forbids to trace it: it is looked at until its filter of system calls acts, the last thing before.
    Seen(Pid),
}

impl Followed {
    /// Follows a process that waits.
    pub(super) fn begin(process: rustix::process::Pid) -> Self {
        let process = Pid::from_raw(process.as_raw_nonzero().get());
        match ptrace::seize(process, Options::PTRACE_O_TRACEEXEC) {
            Ok(()) => Self::Traced(Traced {
                process,
                stopped: false,
            }),
            Err(_) => Self::Seen(process),
        }
    }

    /// Waits until the process has become the command. A traced one stands still then.
    ///
    /// # Errors
    /// When `give_up` comes first ([`io::ErrorKind::TimedOut`]).
    pub(super) fn until_command(
        &mut self,
        give_up: &mut dyn FnMut() -> bool,
    ) -> io::Result<Arrival> {
        match self {
            Self::Traced(traced) => traced.until_command(give_up),
            Self::Seen(process) => until_filtered(*process, give_up),
        }
    }

    /// Lets the process go its way.
    pub(super) fn let_go(self) {
        drop(self);
    }
}

/// A process that stops when it becomes another program.
pub(super) struct Traced {
    process: Pid,
    stopped: bool,
}

impl Traced {
    fn until_command(&mut self, give_up: &mut dyn FnMut() -> bool) -> io::Result<Arrival> {
        let flags = WaitPidFlag::WNOHANG | WaitPidFlag::__WALL;
        loop {
            match waitpid(self.process, Some(flags))? {
                WaitStatus::StillAlive => std::thread::sleep(GLANCE),
                WaitStatus::PtraceEvent(..) => {
                    self.stopped = true;
                    return Ok(Arrival::Command);
                }
                WaitStatus::Stopped(process, signal) => ptrace::cont(process, signal)?,
                WaitStatus::Exited(..) | WaitStatus::Signaled(..) => return Ok(Arrival::Ended),
                _ => {}
            }
            if give_up() {
                return Err(io::ErrorKind::TimedOut.into());
            }
        }
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        if self.stopped {
            // A process that was killed meanwhile needs no letting go.
            let _ = ptrace::detach(self.process, None);
        }
    }
}

/// Looks without a pause: a command may be over in a moment.
fn until_filtered(process: Pid, give_up: &mut dyn FnMut() -> bool) -> io::Result<Arrival> {
    let path = format!("/proc/{process}/status");
    loop {
        match std::fs::read_to_string(&path) {
            Ok(status) if is_filtered(&status) => return Ok(Arrival::Command),
            Ok(status) if status.contains("\nState:\tZ") => return Ok(Arrival::Ended),
            Ok(_) => {}
            Err(_) => return Ok(Arrival::Ended),
        }
        if give_up() {
            return Err(io::ErrorKind::TimedOut.into());
        }
    }
}

/// All of the filter's programs must be in; kernels before 5.9 do not count them.
fn is_filtered(status: &str) -> bool {
    let value = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key))?;
        line.trim().parse::<usize>().ok()
    };
    value("Seccomp:") == Some(2) && value("Seccomp_filters:").is_none_or(|count| count >= PROGRAMS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_acts_when_all_its_programs_do() {
        assert!(!is_filtered(
            "Name:\tbwrap\nSeccomp:\t0\nSeccomp_filters:\t0\n"
        ));
        assert!(!is_filtered("Seccomp:\t2\nSeccomp_filters:\t1\n"));
        assert!(is_filtered("Seccomp:\t2\nSeccomp_filters:\t3\n"));
        assert!(is_filtered("Seccomp:\t2\n"));
    }
}
