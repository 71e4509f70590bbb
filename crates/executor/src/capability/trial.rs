//! Trying something that may hang: a program with a time limit, and work that is given up after one.

use std::io::{self, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// How long a program may take that only answers a question.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// How often a running program is looked at.
const INTERVAL: Duration = Duration::from_millis(3);

/// How long a pipe may stay open after the program ended: something that it started holds it.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// The most that is kept of what a program prints.
const MOST_OUTPUT: u64 = 64 << 10;

/// How a program ended, and what it printed.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    pub(crate) output: String,
    pub(crate) errors: String,
}

impl Finished {
    /// What it printed, where it ended with success.
    pub(crate) fn into_output(self) -> Option<String> {
        self.status.success().then_some(self.output)
    }

    /// The first line of its errors; how it ended where it said nothing.
    pub(crate) fn complaint(&self) -> String {
        let line = self.errors.lines().map(str::trim);
        match line.into_iter().find(|line| !line.is_empty()) {
            Some(line) => line.to_owned(),
            None => match self.status.signal() {
                Some(signal) => format!("it was ended by signal {signal}"),
                None => format!("it ended with code {}", self.status.code().unwrap_or(-1)),
            },
        }
    }
}

/// Why there is nothing to read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TrialError {
    /// It could not be started, or not be watched.
    #[error("it cannot be started: {0}")]
    Start(#[source] io::Error),
    /// It did not end in time, and was killed.
    #[error("it did not end within {} s", .0.as_secs())]
    TimedOut(Duration),
}

/// Runs a program to its end, or kills it and all that it started once `limit` is over. Its messages are not translated.
pub(crate) fn attempt(command: &mut Command, limit: Duration) -> Result<Finished, TrialError> {
    let deadline = Instant::now() + limit;
    let child = command
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(TrialError::Start)?;
    let mut group = Group(child);
    let output = group.0.stdout.take().map(collect);
    let errors = group.0.stderr.take().map(collect);
    loop {
        if let Some(status) = group.0.try_wait().map_err(TrialError::Start)? {
            return Ok(Finished {
                status,
                output: text(output),
                errors: text(errors),
            });
        }
        if Instant::now() >= deadline {
            return Err(TrialError::TimedOut(limit));
        }
        thread::sleep(INTERVAL);
    }
}

/// A program and what it started; all of it ends with this value.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(Some(_))) {
            return;
        }
        if let Some(group) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            // A group that is gone already needs no end.
            let _ = kill_process_group(group, Signal::KILL);
        }
        // A driver may hold a killed process for ever: it must not hold resow too.
        let deadline = Instant::now() + LAST_WORDS;
        while matches!(self.0.try_wait(), Ok(None)) && Instant::now() < deadline {
            thread::sleep(INTERVAL);
        }
    }
}

fn collect(stream: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut stream = stream;
        let mut bytes = Vec::new();
        // What was read before an error is worth having.
        let _ = (&mut stream).take(MOST_OUTPUT).read_to_end(&mut bytes);
        let _ = sender.send(bytes);
        // A program whose pipe is full would never end.
        let _ = io::copy(&mut stream, &mut io::sink());
    });
    receiver
}

fn text(collected: Option<Receiver<Vec<u8>>>) -> String {
    let bytes = collected.and_then(|stream| stream.recv_timeout(LAST_WORDS).ok());
    String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
}

/// Work on a thread of its own, which is left behind where it does not end in time: a file system whose server is gone
/// holds whoever asks it.
pub(crate) struct Pending<T>(Option<Receiver<T>>);

impl<T: Send + 'static> Pending<T> {
    /// Begins the work.
    pub(crate) fn begin(work: impl FnOnce() -> T + Send + 'static) -> Self {
        let (sender, receiver) = channel();
        let thread = thread::Builder::new().spawn(move || {
            // Nobody waits any more where this fails.
            let _ = sender.send(work());
        });
        Self(thread.is_ok().then_some(receiver))
    }

    /// What it gave; `None` where it has not ended by then, or could not.
    pub(crate) fn finish(self, deadline: Instant) -> Option<T> {
        let left = deadline.saturating_duration_since(Instant::now());
        self.0?.recv_timeout(left).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn what_a_program_says_and_how_it_ends_is_kept() {
        let finished = attempt(
            &mut shell("echo yes; echo >&2; echo no >&2; exit 3"),
            PATIENCE,
        )
        .expect("it ends");
        assert_eq!(finished.status.code(), Some(3));
        assert_eq!(finished.output, "yes\n");
        assert_eq!(finished.complaint(), "no");
        let silent = attempt(&mut shell("kill -9 $$"), PATIENCE).expect("it ends");
        assert_eq!(silent.complaint(), "it was ended by signal 9");
    }

    #[test]
    fn a_program_that_hangs_is_ended_with_all_that_it_started() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("child");
        let script = format!("sleep 600 & echo $! > {}; wait", file.display());
        let result = attempt(&mut shell(&script), Duration::from_millis(500));
        assert!(matches!(result, Err(TrialError::TimedOut(_))), "{result:?}");
        let child = std::fs::read_to_string(file).expect("it started a child");
        let status = format!("/proc/{}/stat", child.trim());
        // Whoever inherits the child may take its time to wait for it.
        let is_dead = (0..500).any(|_| {
            thread::sleep(Duration::from_millis(10));
            std::fs::read_to_string(&status).map_or(true, |text| text.contains(") Z "))
        });
        assert!(is_dead, "{status}");
    }

    #[test]
    fn a_pipe_that_somebody_keeps_open_holds_nobody() {
        let finished = attempt(&mut shell("sleep 2 & echo done"), PATIENCE).expect("it ends");
        assert!(finished.status.success());
    }

    #[test]
    fn a_program_that_prints_without_end_ends() {
        let finished = attempt(&mut shell("head -c 5000000 /dev/zero"), PATIENCE).expect("it ends");
        assert_eq!(finished.output.len() as u64, MOST_OUTPUT);
    }

    #[test]
    fn work_that_does_not_end_is_given_up() {
        let (_open, never) = channel::<()>();
        let pending = Pending::begin(move || never.recv());
        assert!(pending.finish(Instant::now()).is_none());
        let done = Pending::begin(|| 7);
        assert_eq!(done.finish(Instant::now() + PATIENCE), Some(7));
    }
}
