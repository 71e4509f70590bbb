//! The frames of a zstd file, one after another through one decoder: a new one for each would take a thousand times as long
//! as a short frame does.

use std::io::{self, BufRead as _, BufReader, ErrorKind, Read};

use zstd::stream::raw::{DParameter, Decoder, Operation as _};

use crate::content::{Source, SourceReader};

/// The largest window, as a power of two: 128 MiB, as zstd's own tool allows unasked.
const LARGEST_WINDOW: u32 = 27;
/// The magic numbers of frames that a reader goes past begin so, but for the last four bits of the first byte.
const SKIPPABLE: [u8; 4] = [0x50, 0x2a, 0x4d, 0x18];

/// What one frame after another holds, as a stream that ends with each.
pub(super) struct Frames<'a> {
    source: &'a Source,
    input: BufReader<SourceReader>,
    decoder: Decoder<'static>,
    offset: u64,
    is_done: bool,
}

impl<'a> Frames<'a> {
    /// The first frame. There is one at least, be it broken.
    ///
    /// # Errors
    /// When there is no memory.
    pub(super) fn new(source: &'a Source) -> io::Result<Self> {
        let mut decoder = Decoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(LARGEST_WINDOW))?;
        Ok(Self {
            source,
            input: BufReader::new(source.reader()),
            decoder,
            offset: 0,
            is_done: false,
        })
    }

    /// Whether there is no frame behind the last one.
    pub(super) fn are_over(&self) -> bool {
        self.offset > 0 && self.offset == self.source.length()
    }

    /// Whether the frame that comes is no data, so that readers go past it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn is_next_skippable(&self) -> io::Result<bool> {
        let mut magic = [0; 4];
        self.source.read_at(self.offset, &mut magic)?;
        magic[0] &= 0xf0;
        Ok(magic == SKIPPABLE)
    }

    /// Goes on to the next frame.
    ///
    /// # Errors
    /// When the decoder cannot begin anew.
    pub(super) fn go_on(&mut self) -> io::Result<()> {
        self.is_done = false;
        self.decoder.reinit()
    }
}

impl Read for Frames<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.is_done && !buffer.is_empty() {
            let input = self.input.fill_buf()?;
            let is_cut = input.is_empty();
            let status = self.decoder.run_on_buffers(input, buffer)?;
            self.input.consume(status.bytes_read);
            self.offset += status.bytes_read as u64;
            self.is_done = status.remaining == 0;
            if status.bytes_written > 0 {
                return Ok(status.bytes_written);
            }
            if is_cut && !self.is_done {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(0)
    }
}
