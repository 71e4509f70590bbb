//! Following the sandbox's first process to the moment in which it becomes the command, so that what is in force then
//! can be read.

use std::io;
use std::time::Duration;

use nix::sys::ptrace::{self, Options};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// How often a process that has not come there yet is looked at.
const GLANCE: Duration = Duration::from_micros(200);

/// A process that stops when it becomes another program.
pub(super) struct Traced {
    process: Pid,
    stopped: bool,
}

/// What became of a process that was followed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// It is the command now, and stands still.
    Command,
    /// It ended before.
    Ended,
}

impl Traced {
    /// Follows a process. Everything else must be done from the same thread.
    ///
    /// # Errors
    /// Where the host forbids it.
    pub(super) fn follow(process: rustix::process::Pid) -> io::Result<Self> {
        let process = Pid::from_raw(process.as_raw_nonzero().get());
        ptrace::seize(process, Options::PTRACE_O_TRACEEXEC)?;
        Ok(Self {
            process,
            stopped: false,
        })
    }

    /// Waits until the process has become the command.
    ///
    /// # Errors
    /// When `give_up` comes first ([`io::ErrorKind::TimedOut`]).
    pub(super) fn until_command(
        &mut self,
        give_up: &mut dyn FnMut() -> bool,
    ) -> io::Result<Arrival> {
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

    /// Lets the process go its way.
    pub(super) fn let_go(mut self) {
        self.detach();
    }

    fn detach(&mut self) {
        if std::mem::take(&mut self.stopped) {
            // A process that was killed meanwhile needs no letting go.
            let _ = ptrace::detach(self.process, None);
        }
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        self.detach();
    }
}
