//! One file that is compressed: gzip and zstd. The name and the time that stand beside it mean nothing.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};

use flate2::bufread::GzDecoder;
use zstd::stream::read::Decoder;

use crate::content::parts::{Parts, damage};
use crate::content::{Archive, Attributes, Budget, ContentError, Format, MemberKind, Source};

/// The largest window of zstd, as a power of two: 128 MiB, as its own tool allows unasked.
const LARGEST_WINDOW: u32 = 27;
/// The most bytes of comments and further fields of all gzip headers.
const MOST_FIELDS: usize = 1 << 20;
/// The magic numbers of frames that a reader of zstd goes past begin so, but for the last four bits of the first byte.
const SKIPPABLE: [u8; 4] = [0x50, 0x2a, 0x4d, 0x18];

/// What was compressed with gzip, all of its members joined.
///
/// # Errors
/// When it is no gzip, or is more than `budget` allows.
pub(super) fn read_gzip(
    format: Format,
    source: &Source,
    budget: &Budget,
) -> Result<Archive, ContentError> {
    let mut parts = Parts::new(format, budget);
    let mut fields = Vec::new();
    let mut input = BufReader::new(source.reader());
    loop {
        let mut decoder = GzDecoder::new(input);
        parts.add(&mut decoder)?;
        if let Some(header) = decoder.header() {
            let more = [
                ("comment", header.comment()),
                ("extra field", header.extra()),
            ];
            let more = more
                .into_iter()
                .filter_map(|(name, field)| Some((name, field?)));
            let more = more.filter(|(_, field)| !is_length_of_block(field));
            fields.extend(more.map(|(name, field)| (name, field.escape_ascii().to_string())));
        }
        if fields.iter().map(|(_, field)| field.len()).sum::<usize>() > MOST_FIELDS {
            return Err(ContentError::Unsupported {
                what: "such long comments in gzip".to_owned(),
            });
        }
        input = decoder.into_inner();
        if input.fill_buf()?.is_empty() {
            break;
        }
    }
    let fields = fields.into_iter().enumerate();
    let attributes = fields.map(|(index, (name, field))| (format!("{name} {index}"), field));
    archive(parts, attributes.collect())
}

/// What was compressed with zstd, all of its frames joined.
///
/// # Errors
/// When it is no zstd, has frames that a reader goes past, needs more memory than is given, or is more than `budget`
/// allows.
pub(super) fn read_zstd(
    format: Format,
    source: &Source,
    budget: &Budget,
) -> Result<Archive, ContentError> {
    let broken = |error| damage(format, error);
    let mut parts = Parts::new(format, budget);
    let mut input = BufReader::new(source.reader());
    let mut offset = 0;
    loop {
        let mut magic = [0; 4];
        source.read_at(offset, &mut magic)?;
        magic[0] &= 0xf0;
        if magic == SKIPPABLE {
            return Err(ContentError::Unsupported {
                what: "zstd with frames that are no data".to_owned(),
            });
        }
        let counted = Counted { input, read: 0 };
        let mut decoder = Decoder::with_buffer(counted)
            .map_err(broken)?
            .single_frame();
        decoder.window_log_max(LARGEST_WINDOW).map_err(broken)?;
        parts.add(&mut decoder)?;
        let counted = decoder.finish();
        offset += counted.read;
        input = counted.input;
        if offset == source.length() {
            return archive(parts, Attributes::new());
        }
        // A frame has a magic number at least.
        if counted.read == 0 {
            return Err(ContentError::Truncated);
        }
    }
}

fn archive(parts: Parts<'_>, attributes: Attributes) -> Result<Archive, ContentError> {
    let file = MemberKind::File {
        source: parts.finish()?,
        executable: false,
    };
    Ok(Archive {
        members: BTreeMap::from([(String::new(), file.plain())]),
        attributes,
    })
}

/// Whether an extra field says no more than how long its block is when packed, as `bgzip` writes it.
fn is_length_of_block(field: &[u8]) -> bool {
    matches!(field, [b'B', b'C', 2, 0, _, _])
}

/// A stream that counts what is taken of it.
struct Counted<R> {
    input: R,
    read: u64,
}

impl<R: std::io::BufRead> std::io::Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.read += read as u64;
        Ok(read)
    }
}

impl<R: std::io::BufRead> std::io::BufRead for Counted<R> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        self.input.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.read += amount as u64;
        self.input.consume(amount);
    }
}
