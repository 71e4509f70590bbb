//! The process of the launcher, which becomes bubblewrap: started with what it inherits, and ended on every path.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

use rustix::fs::{MemfdFlags, SeekFrom};
use rustix::io::FdFlags;
use rustix::process::{Pid, Signal};

use super::launch::LaunchOrder;
use super::tracing::FollowedLauncher;

/// What bubblewrap inherits besides the standard streams.
#[derive(Default)]
pub(super) struct Inherited(Vec<OwnedFd>);

impl Inherited {
    /// Hands a descriptor over, and returns its number.
    pub(super) fn add(&mut self, descriptor: OwnedFd) -> io::Result<i32> {
        let number = descriptor.as_raw_fd();
        rustix::io::fcntl_setfd(&descriptor, FdFlags::empty())?;
        self.0.push(descriptor);
        Ok(number)
    }

    /// Hands bytes over, as a file in memory.
    pub(super) fn add_bytes(&mut self, name: &str, bytes: &[u8]) -> io::Result<i32> {
        self.add(memory_file(name, bytes)?)
    }

    /// The numbers of all descriptors.
    pub(super) fn numbers(&self) -> Vec<i32> {
        self.0
            .iter()
            .map(|descriptor| descriptor.as_raw_fd())
            .collect()
    }
}

fn memory_file(name: &str, bytes: &[u8]) -> io::Result<OwnedFd> {
    let descriptor = rustix::fs::memfd_create(name, MemfdFlags::CLOEXEC)?;
    let mut file = File::from(descriptor);
    file.write_all(bytes)?;
    rustix::fs::seek(&file, SeekFrom::Start(0))?;
    Ok(file.into())
}

/// A launcher that runs, or bubblewrap that it became.
pub(super) struct Launched {
    child: Child,
    /// The sandbox's first process, once it is known; killed with the rest.
    sandbox: Option<OwnedFd>,
    ended: bool,
}

impl Launched {
    /// Starts the launcher, follows it, and gives it its order; `inherited` is closed here, so that its readers see an end.
    ///
    /// The thread that calls this must live as long as the sandbox: the kernel ends bubblewrap with it.
    pub(super) fn start(
        launcher: &[OsString],
        order: &LaunchOrder,
        inherited: Inherited,
    ) -> io::Result<(Self, FollowedLauncher, ChildStdout, ChildStderr)> {
        let (program, arguments) = launcher.split_first().ok_or(io::ErrorKind::NotFound)?;
        let order = serde_json::to_vec(order)?;
        let mut child = Command::new(program)
            .args(arguments)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C is resow's to act on.
            .process_group(0)
            .spawn()?;
        drop(inherited);
        let streams = child.stdout.take().zip(child.stderr.take());
        let input = child.stdin.take();
        // From here on it is ended on every path.
        let launched = Self {
            child,
            sandbox: None,
            ended: false,
        };
        let (stdout, stderr) = streams.ok_or_else(|| io::Error::other("no pipes"))?;
        let process = Pid::from_raw(i32::try_from(launched.child.id()).unwrap_or(0));
        let followed = FollowedLauncher::begin(process.ok_or(io::ErrorKind::NotFound)?);
        // It waits for its order, so that it makes no process before it is followed.
        let mut input = input.ok_or_else(|| io::Error::other("no pipes"))?;
        match input.write_all(&order) {
            // It has ended, and says why.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            written => written?,
        }
        Ok((launched, followed, stdout, stderr))
    }

    /// Remembers the sandbox's first process: when it is killed, everything in the sandbox is.
    pub(super) fn set_sandbox(&mut self, process: Pid) -> io::Result<()> {
        let flags = rustix::process::PidfdFlags::empty();
        self.sandbox = Some(rustix::process::pidfd_open(process, flags)?);
        Ok(())
    }

    /// Kills everything in the sandbox.
    pub(super) fn kill(&mut self) {
        if let Some(sandbox) = &self.sandbox {
            // It may be gone already.
            let _ = rustix::process::pidfd_send_signal(sandbox, Signal::KILL);
        }
        if !self.ended {
            let _ = self.child.kill();
        }
    }

    /// How it ended, as shells count (128 and the signal's number); `None` while it goes on.
    pub(super) fn exit_code(&mut self) -> io::Result<Option<i64>> {
        let Some(status) = self.child.try_wait()? else {
            return Ok(None);
        };
        self.ended = true;
        let code = status.code().map(i64::from);
        let signal = || 128 + i64::from(status.signal().unwrap_or(0));
        Ok(Some(code.unwrap_or_else(signal)))
    }

    /// Waits until bubblewrap and everything in the sandbox has ended.
    pub(super) fn wait(&mut self) {
        let _ = self.child.wait();
        self.ended = true;
        if let Some(sandbox) = &self.sandbox {
            wait_for(sandbox);
        }
    }
}

/// Waits until the process of a descriptor has ended.
fn wait_for(process: impl AsFd) {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let limit = Timespec {
        tv_sec: 5,
        tv_nsec: 0,
    };
    let _ = poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&limit));
}

impl Drop for Launched {
    fn drop(&mut self) {
        self.kill();
        self.wait();
    }
}
