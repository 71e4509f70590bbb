//! Numbers one after another as ONNX writes them, as elements of an array.

use std::io::{self, BufRead, BufReader, Read};

use crate::content::{ElementType, Source, SourceReader};

/// The numbers of a packed field, each as its lowest bytes; one that these do not hold is an error.
pub(super) struct Varints {
    input: BufReader<SourceReader>,
    size: usize,
    is_signed: bool,
}

impl Varints {
    /// The numbers in `source` as elements of this type, of 1, 2, 4 or 8 bytes each.
    pub(super) fn new(source: &Source, element: ElementType) -> Self {
        Self {
            input: BufReader::new(source.reader()),
            size: usize::try_from(element.size()).unwrap_or(8),
            is_signed: matches!(element, ElementType::Signed(_)),
        }
    }

    fn fits(&self, number: u64) -> bool {
        let bits = 8 * self.size;
        match self.is_signed {
            _ if bits >= 64 => true,
            true => {
                let high = number.cast_signed() >> (bits - 1);
                high == 0 || high == -1
            }
            false => number >> bits == 0,
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
            if index == 9 && byte[0] > 1 {
                break;
            }
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
            if !self.fits(number) {
                return Err(io::ErrorKind::InvalidData.into());
            }
            element.copy_from_slice(&number.to_le_bytes()[..self.size]);
            filled += self.size;
        }
        Ok(filled)
    }
}
