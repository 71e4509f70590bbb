//! A running sandbox: its output passed on, its end awaited, its limits held.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::process::{ChildStderr, ChildStdout};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::launched::Launched;
use crate::engine::message::Message;
use crate::engine::stop::Stop;
use crate::engine::supervision::Supervision;
use crate::event::Stream;
use crate::interrupt::Interrupt;

/// How often limits and interrupts are looked at.
const GLANCE: Duration = Duration::from_millis(25);

/// How long output waits for a slow reader before it is offered again.
const OFFER: Duration = Duration::from_millis(2);

/// How often the end of a silent command is looked for.
const SILENCE: Duration = Duration::from_millis(1);

/// How long the last output of a stopped command is waited for.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How much is read at once.
const PIECE: usize = 64 << 10;

/// How watching ended.
pub(super) enum Ending {
    Exited(i64),
    Stopped(Stop),
}

/// What watching needs to know.
pub(super) struct Watch<'a> {
    pub(super) messages: &'a SyncSender<Message>,
    pub(super) interrupt: &'a Interrupt,
    pub(super) supervision: &'a Supervision,
    pub(super) deadline: Instant,
    /// How many bytes the command may print.
    pub(super) log: u64,
}

/// The command's streams; `None` after their ends.
pub(super) struct Streams {
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
}

impl Streams {
    pub(super) fn new(stdout: ChildStdout, stderr: ChildStderr) -> Self {
        Self {
            stdout: Some(stdout),
            stderr: Some(stderr),
        }
    }

    /// What waits on the standard error, where nobody else will read it.
    pub(super) fn take_error(&mut self) -> String {
        self.stderr
            .as_mut()
            .map(super::status::rest_of)
            .unwrap_or_default()
    }

    fn are_open(&self) -> bool {
        self.stdout.is_some() || self.stderr.is_some()
    }

    /// A piece of output, the first that comes within `wait`.
    fn read(&mut self, wait: Duration) -> io::Result<Option<Message>> {
        if !self.are_open() {
            std::thread::sleep(wait);
            return Ok(None);
        }
        let (out, error) = self.readable(wait)?;
        if out && let Some(bytes) = read_piece(&mut self.stdout)? {
            return Ok(Some(Message::Output(Stream::StandardOutput, bytes)));
        }
        if error && let Some(bytes) = read_piece(&mut self.stderr)? {
            return Ok(Some(Message::Output(Stream::StandardError, bytes)));
        }
        Ok(None)
    }

    fn readable(&self, wait: Duration) -> io::Result<(bool, bool)> {
        let wait = Timespec::try_from(wait).map_err(io::Error::other)?;
        let descriptors = [
            self.stdout.as_ref().map(AsFd::as_fd),
            self.stderr.as_ref().map(AsFd::as_fd),
        ];
        let mut polled: Vec<_> = descriptors
            .iter()
            .flatten()
            .map(|descriptor| PollFd::new(descriptor, PollFlags::IN))
            .collect();
        match poll(&mut polled, Some(&wait)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let mut answers = polled.iter().map(|polled| !polled.revents().is_empty());
        let out = self.stdout.is_some() && answers.next().unwrap_or(false);
        let error = self.stderr.is_some() && answers.next().unwrap_or(false);
        Ok((out, error))
    }
}

/// A piece of a stream that is ready; at its end it becomes `None`.
fn read_piece(stream: &mut Option<impl Read>) -> io::Result<Option<Vec<u8>>> {
    let Some(open) = stream else {
        return Ok(None);
    };
    let mut piece = vec![0; PIECE];
    let length = match open.read(&mut piece) {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(None),
        read => read?,
    };
    if length == 0 {
        *stream = None;
        return Ok(None);
    }
    piece.truncate(length);
    Ok(Some(piece))
}

impl Watch<'_> {
    /// Passes the output on and waits for the end.
    ///
    /// # Errors
    /// When a pipe cannot be read, or the caller's thread is gone.
    pub(super) fn until_end(
        &self,
        launched: &mut Launched,
        streams: &mut Streams,
    ) -> io::Result<Ending> {
        let mut pending = None;
        let mut printed = 0;
        let mut code = None;
        let mut stop: Option<Stop> = None;
        let mut give_up = None;
        let mut last_look = Instant::now();
        while code.is_none() || streams.are_open() || pending.is_some() {
            if stop.is_none() && last_look.elapsed() >= GLANCE {
                last_look = Instant::now();
                stop = self.reason_to_stop(code.is_none());
                if stop.is_some() {
                    launched.kill();
                }
            }
            if stop.is_some()
                && Instant::now() > *give_up.get_or_insert(Instant::now() + LAST_WORDS)
            {
                break;
            }
            if code.is_none() {
                code = launched.exit_code()?;
            }
            match pending.take() {
                Some(message) => pending = self.offer(message)?,
                None => {
                    let wait = if streams.are_open() { GLANCE } else { SILENCE };
                    let piece = streams.read(wait)?;
                    printed += piece.as_ref().map_or(0, Message::output_bytes);
                    if printed <= self.log {
                        pending = piece;
                    } else if stop.is_none() {
                        launched.kill();
                        stop = Some(Stop::OverLogLimit);
                    }
                }
            }
        }
        let found = stop.or_else(|| self.supervision.take());
        Ok(match (found, code) {
            (Some(reason), _) => Ending::Stopped(reason),
            (None, code) => Ending::Exited(code.unwrap_or(0)),
        })
    }

    /// Hands a message over; gives it back where there is no room yet.
    fn offer(&self, message: Message) -> io::Result<Option<Message>> {
        match self.messages.try_send(message) {
            Ok(()) => Ok(None),
            Err(TrySendError::Full(message)) => {
                std::thread::sleep(OFFER);
                Ok(Some(message))
            }
            Err(TrySendError::Disconnected(_)) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn reason_to_stop(&self, running: bool) -> Option<Stop> {
        if self.interrupt.is_requested() {
            return Some(Stop::Interrupted);
        }
        if running && Instant::now() >= self.deadline {
            return Some(Stop::TimedOut);
        }
        self.supervision.take()
    }
}
