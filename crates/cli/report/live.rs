//! What a command prints while it runs, passed on.

use std::io::{self, Write};

use resow_executor::event::{Event, Stream};

use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::report::progress::Progress;

/// Where what the command prints goes while it runs. It is saved in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Live {
    /// Each stream to ours.
    Apart,
    /// Both to the standard error, since the standard output is for the answer.
    StandardError,
    /// Nowhere.
    Silent,
}

/// Passes events on while a run goes on.
pub(crate) struct LiveOutput {
    live: Live,
    progress: Progress,
    failed: Option<io::Error>,
}

impl LiveOutput {
    /// Output as `live` says; progress is shown where the terminal is not the command's.
    pub(crate) fn new(live: Live, json: bool) -> Self {
        Self {
            live,
            progress: Progress::new(live != Live::Apart && !json),
            failed: None,
        }
    }

    /// Passes one event on.
    pub(crate) fn take(&mut self, event: Event<'_>) {
        let Event::Output { stream, bytes } = event else {
            return self.progress.take(event);
        };
        let written = match (self.live, stream) {
            (Live::Silent, _) => Ok(()),
            (Live::Apart, Stream::StandardOutput) => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(bytes).and_then(|()| stdout.flush())
            }
            _ => {
                self.progress.clear();
                io::stderr().lock().write_all(bytes)
            }
        };
        // A reader that went away is no reason to stop a run, and a full disk is told when it has ended.
        if let Err(error) = written
            && error.kind() != io::ErrorKind::BrokenPipe
        {
            self.failed.get_or_insert(error);
        }
    }

    /// Ends the progress, and tells what could not be written.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        self.progress.clear();
        match self.failed {
            None => Ok(()),
            Some(error) => Err(Failure::from_error(Exit::Unavailable, &error, None).about(
                "what the command printed could not be written in full; its record has all of it",
            )),
        }
    }
}
