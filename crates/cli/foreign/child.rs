//! The process that reads: `resow read-content FORMAT START LENGTH`, the file on the standard input, the stream of
//! arrays on the standard output.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufWriter};
use std::os::fd::{AsFd as _, AsRawFd as _};

use resow_executor::confinement::{Confinement, confine};
use resow_manifest::comparator::ComparatorKind;
use resow_verifier::content::{Format, Source, send};

use super::{MEMORY, seconds};

/// The argument by which this program is asked to be that process.
pub(crate) const READ_CONTENT: &str = "read-content";

/// Reads the file on the standard input, as the arguments behind [`READ_CONTENT`] say. It may panic, or be ended by the
/// limits that it sets itself.
pub(crate) fn read_content(arguments: impl Iterator<Item = OsString>) -> io::Result<()> {
    let words: Vec<String> = arguments
        .map(|word| word.into_string().map_err(|_| invalid()))
        .collect::<io::Result<_>>()?;
    let [format, start, length] = words.as_slice() else {
        return Err(invalid());
    };
    let kinds = [ComparatorKind::Hdf5, ComparatorKind::Parquet];
    let kind = kinds.into_iter().find(|kind| kind.name() == format);
    let format = kind.and_then(Format::of_kind).ok_or_else(invalid)?;
    let number = |text: &str| text.parse::<u64>().map_err(|_| invalid());
    let (start, length) = (number(start)?, number(length)?);
    // Not the stream itself, which is buffered.
    let file = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    confine(&Confinement {
        memory: MEMORY,
        seconds: seconds(length),
        descriptor: file.as_raw_fd(),
    })?;
    let source = Source::of_file(file)?.slice(start, length);
    let mut output = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    send(format, &source.ok_or_else(invalid)?, &mut output)
}

fn invalid() -> io::Error {
    io::ErrorKind::InvalidInput.into()
}
