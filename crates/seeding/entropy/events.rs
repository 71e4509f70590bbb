//! Lines for the run's record, appended to the file of events; where there is none, nothing is told.

use crate::environment;
use crate::files::{File, Use};
use crate::line::Line;
use crate::system;
use core::ffi::CStr;

const DEFAULT: &CStr = c"/run/resow/events";

/// The path that a variable names, or else `default`; a text, since what is saved keeps its zero bytes.
pub(crate) fn path(name: &[u8], default: &'static CStr) -> &'static CStr {
    let named = environment::saved_texts().find(|variable| variable.to_bytes().starts_with(name));
    named.map_or(default, |variable| {
        CStr::from_bytes_with_nul(&variable.to_bytes_with_nul()[name.len()..]).unwrap_or(default)
    })
}

/// A line that says which process it is of.
pub(crate) fn line(kind: &str) -> Line {
    let mut line = Line::new(kind);
    line.number("pid", u64::from(system::process_identifier()));
    line
}

/// Appends the line.
pub(crate) fn tell(line: &mut Line) {
    if let Ok(file) = File::open(path(b"RESOW_EVENTS=", DEFAULT), Use::Append) {
        // A line that cannot be written is lost: the program goes on as if there were no file.
        let _ = file.write(line.finish());
    }
}

/// Says that `what` could not be done, and why.
pub(crate) fn fault(what: &str, message: &str) {
    tell(
        line("fault")
            .text("what", what.as_bytes())
            .text("message", message.as_bytes()),
    );
}
