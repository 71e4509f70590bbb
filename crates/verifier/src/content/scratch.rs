//! One file without a name for all that is too large for memory, part behind part.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use super::source::Source;

/// The file, once there is one, and how much of it is taken.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    file: Option<Arc<File>>,
    taken: u64,
}

/// A part that is written: it is taken when it is finished.
#[derive(Debug)]
pub(crate) struct Part {
    file: Arc<File>,
    start: u64,
    length: u64,
}

impl Scratch {
    /// The start of a part; one is finished before the next is begun.
    ///
    /// # Errors
    /// When there is no file and none can be made.
    pub(crate) fn begin(&mut self) -> io::Result<Part> {
        let file = match &self.file {
            Some(file) => Arc::clone(file),
            None => Arc::new(tempfile::tempfile()?),
        };
        self.file = Some(Arc::clone(&file));
        Ok(Part {
            file,
            start: self.taken,
            length: 0,
        })
    }

    /// The part as it was written.
    pub(crate) fn finish(&mut self, part: Part) -> Source {
        self.taken = part.start + part.length;
        Source::of_part(part.file, part.start, part.length)
    }
}

impl Part {
    /// Writes more of it.
    ///
    /// # Errors
    /// When there is no room.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, self.start + self.length)?;
        self.length += bytes.len() as u64;
        Ok(())
    }
}
