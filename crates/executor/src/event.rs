//! What happens while a stage works, told to whoever reports it.

/// Something that happened; the command line turns it into text or nothing.
#[derive(Debug)]
pub enum Event<'a> {
    /// The command wrote these bytes.
    Output {
        /// To which of its streams.
        stream: Stream,
        /// What it wrote.
        bytes: &'a [u8],
    },
    /// A longer activity is under way.
    Progress {
        /// What is being done: `unpacking packages`.
        activity: &'a str,
        /// How much is done.
        done: u64,
        /// Of how much, where that is known.
        total: Option<u64>,
    },
    /// Something that the user should read, though nothing failed.
    Warning {
        /// What, without a full stop.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
}

/// One of a command's two streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// The standard output.
    StandardOutput,
    /// The standard error.
    StandardError,
}

/// Where events go.
pub type EventSink<'a> = dyn FnMut(Event<'_>) + 'a;
