//! Following the launcher to the sandbox's first process, and that to the moment in which it becomes the command, so that
//! what is in force then can be read.
//!
//! The kernel ends what is followed when resow ends, from the first moment of each process: until bubblewrap has asked
//! for its own death signal in the sandbox, nothing else would, and a command would run on with nobody to hold its limits.
//!
//! Where the host forbids tracing, bubblewrap is believed instead that it has made the sandbox, and the process is looked
//! at until its filter of system calls acts, the last thing before it becomes the command.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use nix::sys::ptrace::{self, Event, Options};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::status;
use crate::system_calls::PROGRAMS;

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

/// A launcher that is followed. Everything must be done from the thread that began.
pub(super) enum FollowedLauncher {
    /// It stops when it makes the sandbox's first process.
    Traced(TracedLauncher),
    /// The host forbids to trace it.
    Seen,
}

/// A sandbox's first process that is followed to the moment in which it becomes the command.
pub(super) enum Followed {
    /// It stops at that moment.
    Traced(Traced),
    /// It is looked at.
    Seen(Pid),
}

impl FollowedLauncher {
    /// Follows a launcher that waits for its order.
    pub(super) fn begin(process: rustix::process::Pid) -> Self {
        let process = Pid::from_raw(process.as_raw_nonzero().get());
        TracedLauncher::follow(process).map_or(Self::Seen, Self::Traced)
    }

    /// Waits until the launcher, as bubblewrap, has made the sandbox's first process. `None` where it ended before.
    ///
    /// # Errors
    /// When `give_up` comes first ([`io::ErrorKind::TimedOut`]), or what bubblewrap says cannot be understood.
    pub(super) fn until_first_process(
        self,
        status: &OwnedFd,
        give_up: &mut dyn FnMut() -> bool,
    ) -> io::Result<Option<Followed>> {
        Ok(match self {
            Self::Traced(launcher) => launcher.until_first_process(give_up)?.map(Followed::Traced),
            Self::Seen => {
                let process = status::first_process(status, give_up)?;
                process.map(|it| Followed::Seen(Pid::from_raw(it.as_raw_nonzero().get())))
            }
        })
    }
}

impl Followed {
    /// The process; `None` for a number that no process has.
    pub(super) fn process(&self) -> Option<rustix::process::Pid> {
        let (Self::Traced(Traced { process, .. }) | Self::Seen(process)) = self;
        rustix::process::Pid::from_raw(process.as_raw())
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

/// The launcher, which stops when it makes the sandbox's first process.
pub(super) struct TracedLauncher(Pid);

/// A process that stops when it becomes another program.
pub(super) struct Traced {
    process: Pid,
    stopped: bool,
}

impl TracedLauncher {
    /// Follows a launcher that waits for its order. Everything else must be done from the same thread.
    ///
    /// # Errors
    /// Where the host forbids it.
    fn follow(process: Pid) -> io::Result<Self> {
        let options = Options::PTRACE_O_EXITKILL
            | Options::PTRACE_O_TRACECLONE
            | Options::PTRACE_O_TRACEFORK
            | Options::PTRACE_O_TRACEVFORK
            | Options::PTRACE_O_TRACEEXEC;
        ptrace::seize(process, options)?;
        Ok(Self(process))
    }

    /// Waits until the launcher, as bubblewrap, has made the sandbox's first process, and lets the launcher go: it has
    /// a death signal of its own by then. That process stands still until [`Traced::until_command`]. `None` where the
    /// launcher ended before; its exit code is taken.
    ///
    /// # Errors
    /// When `give_up` comes first ([`io::ErrorKind::TimedOut`]).
    fn until_first_process(self, give_up: &mut dyn FnMut() -> bool) -> io::Result<Option<Traced>> {
        loop {
            match wait(self.0, give_up)? {
                WaitStatus::PtraceEvent(_, _, event) if is_birth(event) => {
                    let process = i32::try_from(ptrace::getevent(self.0)?);
                    let process = Pid::from_raw(process.map_err(io::Error::other)?);
                    ptrace::detach(self.0, None)?;
                    return Ok(Some(Traced {
                        process,
                        stopped: false,
                    }));
                }
                WaitStatus::PtraceEvent(..) => ptrace::cont(self.0, None)?,
                WaitStatus::Stopped(_, signal) => ptrace::cont(self.0, signal)?,
                WaitStatus::Exited(..) | WaitStatus::Signaled(..) => return Ok(None),
                _ => {}
            }
        }
    }
}

/// The next that happens to a process.
fn wait(process: Pid, give_up: &mut dyn FnMut() -> bool) -> io::Result<WaitStatus> {
    let flags = WaitPidFlag::WNOHANG | WaitPidFlag::__WALL;
    loop {
        match waitpid(process, Some(flags))? {
            WaitStatus::StillAlive if give_up() => return Err(io::ErrorKind::TimedOut.into()),
            WaitStatus::StillAlive => std::thread::sleep(GLANCE),
            happened => return Ok(happened),
        }
    }
}

fn is_birth(event: i32) -> bool {
    [
        Event::PTRACE_EVENT_CLONE,
        Event::PTRACE_EVENT_FORK,
        Event::PTRACE_EVENT_VFORK,
    ]
    .iter()
    .any(|birth| *birth as i32 == event)
}

impl Traced {
    fn until_command(&mut self, give_up: &mut dyn FnMut() -> bool) -> io::Result<Arrival> {
        loop {
            match wait(self.process, give_up)? {
                WaitStatus::PtraceEvent(_, _, event)
                    if event == Event::PTRACE_EVENT_EXEC as i32 =>
                {
                    self.stopped = true;
                    return Ok(Arrival::Command);
                }
                // It stands still once from its first moment on.
                WaitStatus::PtraceEvent(..) => ptrace::cont(self.process, None)?,
                WaitStatus::Stopped(process, signal) => ptrace::cont(process, signal)?,
                WaitStatus::Exited(..) | WaitStatus::Signaled(..) => return Ok(Arrival::Ended),
                _ => {}
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
