//! One run of a client: what it printed, or why it failed; ended at once when the user asks to stop.

use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use crate::interrupt::Interrupt;

/// How often a running client is looked at.
const INTERVAL: Duration = Duration::from_millis(50);
/// The most of a client's output that is kept.
const MOST_OUTPUT: u64 = 256 << 20;

/// Why a client did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// It is not installed.
    #[error("cannot find `{client}`")]
    Missing {
        /// Its name.
        client: &'static str,
        /// Why it cannot be started.
        #[source]
        source: io::Error,
    },
    /// It ran and failed.
    #[error("`{client}` failed ({status}): {said}")]
    Failed {
        /// Its name.
        client: &'static str,
        /// How it ended.
        status: ExitStatus,
        /// The errors that it printed.
        said: String,
    },
    /// It cannot be watched, or its folders cannot be made.
    #[error("cannot run `{client}`")]
    Run {
        /// Its name.
        client: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
}

impl ClientError {
    /// Whether the user asked to stop.
    pub const fn is_interrupted(&self) -> bool {
        matches!(self, Self::Interrupted)
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { client: "pip", .. } => {
                Some("install it: `apt-get install python3-pip`".to_owned())
            }
            Self::Missing { client, .. } => Some(format!(
                "images are locked and built on a Debian machine with `{client}`; elsewhere, `resow image load FILE` \
                 takes one that was saved there"
            )),
            _ => None,
        }
    }
}

/// Runs `command` to its end and returns its standard output; `tick` is called while it runs.
pub(crate) fn run(
    client: &'static str,
    command: &mut Command,
    interrupt: &Interrupt,
    tick: &mut dyn FnMut(),
) -> Result<String, ClientError> {
    let failed = |source| ClientError::Run { client, source };
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => ClientError::Missing { client, source },
            _ => failed(source),
        })?;
    let mut running = Running {
        child,
        ended: false,
    };
    let output = running.child.stdout.take().map(collect);
    let errors = running.child.stderr.take().map(collect);
    let status = loop {
        if interrupt.is_requested() {
            return Err(ClientError::Interrupted);
        }
        if let Some(status) = running.child.try_wait().map_err(failed)? {
            break status;
        }
        tick();
        thread::sleep(INTERVAL);
    };
    running.ended = true;
    let output = text(output);
    let errors = text(errors);
    if status.success() {
        return Ok(output);
    }
    Err(ClientError::Failed {
        client,
        status,
        said: complaint(&errors),
    })
}

/// A client and its helpers, which end with it.
struct Running {
    child: Child,
    ended: bool,
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // A group that is gone already needs no end.
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

fn collect(stream: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut stream = stream;
        let mut bytes = Vec::new();
        // What was read before an error is worth showing; the exit status says whether the client failed.
        let _ = (&mut stream).take(MOST_OUTPUT).read_to_end(&mut bytes);
        let _ = io::copy(&mut stream, &mut io::sink());
        bytes
    })
}

fn text(collected: Option<JoinHandle<Vec<u8>>>) -> String {
    let bytes = collected
        .and_then(|handle| handle.join().ok())
        .unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The lines that say what went wrong, or the last ones where none is marked.
fn complaint(errors: &str) -> String {
    let lines: Vec<_> = errors
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let marked: Vec<_> = lines
        .iter()
        .copied()
        .filter(|line| line.starts_with("E:") || line.starts_with("ERROR:"))
        .collect();
    let chosen = if marked.is_empty() { &lines } else { &marked };
    chosen[chosen.len().saturating_sub(5)..].join("; ")
}
