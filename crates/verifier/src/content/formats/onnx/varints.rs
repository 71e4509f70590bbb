//! Numbers one after another as ONNX writes them, as elements of an array.

use std::io::{self, BufRead, BufReader, Read};

use crate::content::{Source, SourceReader};

/// The numbers of a packed field, each as its lowest bytes.
pub(super) struct Varints {
    input: BufReader<SourceReader>,
    size: usize,
}

impl Varints {
    /// The numbers in `source`, `size` bytes each: 1, 2, 4 or 8.
    pub(super) fn new(source: &Source, size: usize) -> Self {
        Self {
            input: BufReader::new(source.reader()),
            size,
        }
    }

    fn number(&mut self) -> io::Result<Option<u64>> {
        if self.input.fill_buf()?.is_empty() {
            return Ok(None);
        }
        let mut number: u64 = 0;
        for index in 0..10 {
            let mut byte = [0];
            self.input.read_exact(&mut byte)?;
            number |= u64::from(byte[0] & 0x7f) << (7 * index);
            if byte[0] & 0x80 == 0 {
                return Ok(Some(number));
            }
        }
        Err(io::ErrorKind::InvalidData.into())
    }
}

impl Read for Varints {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        for element in buffer.chunks_exact_mut(self.size) {
            let Some(number) = self.number()? else {
                break;
            };
            element.copy_from_slice(&number.to_le_bytes()[..self.size]);
            filled += self.size;
        }
        Ok(filled)
    }
}
