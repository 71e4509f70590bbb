//! Pictures: PNG, compared by their pixels and by all chunks but texts and times, which mean nothing.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Cursor, Read};

use ::png::{BitDepth, Decoder, DecodingError, Limits, Reader, Transformations};

use super::dense;
use super::png_chunks::chunks;
use crate::content::unpacking::unpack;
use crate::content::{
    Arrays, Budget, ByteOrder, ContentError, ElementType, Format, Source, SourceReader, Value,
};

/// An interlaced picture is unpacked in memory; others row by row.
const MOST_INTERLACED: usize = 256 << 20;
/// What the decoder may hold in memory besides.
const MOST_ANCILLARY: usize = 64 << 20;

type PngReader = Reader<BufReader<SourceReader>>;

/// The pixels of a PNG file under the empty name, in the form height, width, channels; palettes are resolved.
///
/// # Errors
/// When it is none, is animated, or is larger than `budget` allows.
pub(super) fn read(
    format: Format,
    source: &Source,
    budget: &Budget,
) -> Result<Arrays, ContentError> {
    let said = chunks(format, source, budget)?;
    let input = BufReader::new(source.reader());
    let limits = Limits {
        bytes: MOST_ANCILLARY,
    };
    let mut decoder = Decoder::new_with_limits(input, limits);
    decoder.set_transformations(Transformations::EXPAND);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let mut reader = decoder.read_info().map_err(|error| damage(format, error))?;
    let (color, depth) = reader.output_color_type();
    let element = match depth {
        BitDepth::Sixteen => ElementType::Unsigned(2),
        _ => ElementType::Unsigned(1),
    };
    let (width, height) = reader.info().size();
    let shape = vec![u64::from(height), u64::from(width), color.samples() as u64];
    let size = dense::size(format, element, &shape)?;
    let limit = budget.limits().unpacked;
    // A byte of zlib gives 1032 at most, so that a small file with a large promise is known before it is unpacked.
    if size / 1032 > source.length() {
        return Err(ContentError::Truncated);
    }
    if size > limit {
        return Err(ContentError::TooMuchPacked { limit });
    }
    let metadata = match said.is_empty() {
        true => Value::Null,
        false => Value::Map(said),
    };
    let data = pixels(format, &mut reader, size, budget)?;
    let array = dense::array(format, element, ByteOrder::Big, shape, data)?;
    Ok(Arrays {
        arrays: BTreeMap::from([(String::new(), array)]),
        metadata,
    })
}

fn pixels(
    format: Format,
    reader: &mut PngReader,
    size: u64,
    budget: &Budget,
) -> Result<Source, ContentError> {
    let broken = |error| damage(format, error);
    for _ in 0..reader.info().height {
        budget.part()?;
    }
    if reader.info().interlaced {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        if size > MOST_INTERLACED {
            return Err(ContentError::TooLarge {
                size: size as u64,
                limit: MOST_INTERLACED as u64,
            });
        }
        let mut pixels = vec![0; size];
        reader.next_frame(&mut pixels).map_err(broken)?;
        reader.finish().map_err(broken)?;
        return unpack(&pixels[..], budget);
    }
    let mut rows = Rows {
        reader,
        row: Cursor::new(Vec::new()),
        error: None,
    };
    let unpacked = unpack(&mut rows, budget);
    if let Some(error) = rows.error.take() {
        return Err(damage(format, error));
    }
    reader.finish().map_err(broken)?;
    unpacked
}

/// The pixels, row after row.
struct Rows<'a> {
    reader: &'a mut PngReader,
    row: Cursor<Vec<u8>>,
    error: Option<DecodingError>,
}

impl Read for Rows<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.row.read(buffer)?;
        if read > 0 {
            return Ok(read);
        }
        match self.reader.next_row() {
            Ok(Some(row)) => self.row = Cursor::new(row.data().to_vec()),
            Ok(None) => return Ok(0),
            Err(error) => {
                self.error = Some(error);
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
        self.row.read(buffer)
    }
}

/// A failure of the file system is one; any other is of the picture.
fn damage(format: Format, error: DecodingError) -> ContentError {
    match error {
        DecodingError::IoError(error) if error.raw_os_error().is_some() => {
            ContentError::Read(error)
        }
        DecodingError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            ContentError::Truncated
        }
        other => ContentError::malformed(format, other),
    }
}
