//! HDF5 and Parquet, read in this process: the crates that do so may panic on hostile files, as they may in the process
//! that resow starts for it. A finding in them is theirs; one in `content/foreign/` is ours.

use std::io::{self, Write};

use resow_manifest::comparator::ComparatorKind;
use resow_verifier::content::{Budget, ContentError, Format, Source, receive, send};

/// What HDF5 begins with; all else is taken for Parquet.
const HDF5: &[u8] = b"\x89HDF";
/// The most bytes that are written of one file.
const MOST: usize = 16 << 20;

/// Whatever the file, what is written of it is a stream that is understood, up to its refusal. Accepted is what is read to
/// the end.
pub fn columns(data: &[u8]) -> bool {
    let kind = match data.starts_with(HDF5) {
        true => ComparatorKind::Hdf5,
        false => ComparatorKind::Parquet,
    };
    let Some(format) = Format::of_kind(kind) else {
        return false;
    };
    let mut stream = Limited(Vec::new());
    if send(format, &Source::of_bytes(data), &mut stream).is_err() {
        return false;
    }
    match receive(format, &stream.0[..], &Budget::default()) {
        Ok(_) => true,
        Err(ContentError::ReaderFailed { reason, .. }) => panic!("{reason}"),
        Err(_) => false,
    }
}

/// Bytes, no more than [`MOST`].
struct Limited(Vec<u8>);

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MOST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
