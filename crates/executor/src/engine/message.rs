//! What the thread of a run tells the caller's.

use crate::event::{Event, EventSink, Stream};

/// What the thread of a run tells the caller's.
pub(crate) enum Message {
    /// The command printed this.
    Output(Stream, Vec<u8>),
    /// Something that the user should read.
    Warning {
        /// What.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
}

impl Message {
    /// How many messages may wait for a slow sink; the command waits for more.
    pub(crate) const WAITING: usize = 16;

    /// How many bytes the command printed with it.
    pub(crate) fn output_bytes(&self) -> u64 {
        match self {
            Self::Output(_, bytes) => bytes.len() as u64,
            Self::Warning { .. } => 0,
        }
    }

    /// Tells it on.
    pub(crate) fn pass_to(self, events: &mut EventSink<'_>) {
        match self {
            Self::Output(stream, bytes) => events(Event::Output {
                stream,
                bytes: &bytes,
            }),
            Self::Warning { message, hint } => events(Event::Warning { message, hint }),
        }
    }
}
