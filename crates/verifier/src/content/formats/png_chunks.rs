//! The chunks of a PNG file: what is said of the pixels, and that nothing stands where no reader looks.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read};

use flate2::Crc;
use flate2::bufread::ZlibDecoder;

use crate::content::parts::damage;
use crate::content::{Budget, ContentError, Format, Source, Value};

const MARK: u64 = 8;
/// Length and name before a chunk, and its checksum behind it.
const HEAD: u64 = 8;
const SUM: u64 = 4;
/// The most chunks: of a large picture there are many.
const MOST_CHUNKS: usize = 1 << 20;

/// What the chunks of a PNG file say besides its pixels, by their names: those that come often in their order. The profile
/// is named here, its content is left to the decoder.
///
/// # Errors
/// When a checksum is wrong, it is animated, something stands behind its end, or more is said than `budget` allows.
pub(super) fn chunks(
    format: Format,
    source: &Source,
    budget: &Budget,
) -> Result<BTreeMap<String, Value>, ContentError> {
    let mut walk = Walk {
        format,
        source,
        most: budget.limits().structured,
        unpacked: budget.limits().unpacked,
        said: BTreeMap::new(),
        pixels: Vec::new(),
        header: None,
    };
    let mut offset = MARK;
    for _ in 0..MOST_CHUNKS {
        let (name, data) = walk.chunk(offset)?;
        offset += HEAD + data.length() + SUM;
        walk.add(name, data)?;
        if &name == b"IEND" {
            if offset != source.length() {
                return Err(ContentError::malformed(
                    format,
                    "bytes stand behind its end",
                ));
            }
            walk.check_pixels()?;
            let said = walk.said.into_iter();
            return Ok(said.map(|(name, list)| (name, Value::List(list))).collect());
        }
    }
    let what = "chunks";
    let limit = MOST_CHUNKS;
    Err(ContentError::TooMany { what, limit })
}

struct Walk<'a> {
    format: Format,
    source: &'a Source,
    /// How many bytes more may be said.
    most: u64,
    /// How many bytes may be unpacked.
    unpacked: u64,
    said: BTreeMap<String, Vec<Value>>,
    pixels: Vec<Source>,
    header: Option<Vec<u8>>,
}

impl Walk<'_> {
    /// The name and the content of the chunk that begins there.
    fn chunk(&self, offset: u64) -> Result<([u8; 4], Source), ContentError> {
        let mut head = [0; 8];
        if self.source.read_at(offset, &mut head)? < head.len() {
            return Err(ContentError::Truncated);
        }
        let [a, b, c, d, name @ ..] = head;
        let length = u64::from(u32::from_be_bytes([a, b, c, d]));
        let data = self.source.slice(offset + HEAD, length);
        let data = data.ok_or(ContentError::Truncated)?;
        let mut state = Crc::new();
        state.update(&name);
        let mut reader = data.reader();
        let mut buffer = vec![0; 16 << 10];
        loop {
            match reader.read(&mut buffer)? {
                0 => break,
                read => state.update(&buffer[..read]),
            }
        }
        let mut sum = [0; 4];
        if self.source.read_at(offset + HEAD + length, &mut sum)? < sum.len() {
            return Err(ContentError::Truncated);
        }
        match u32::from_be_bytes(sum) == state.sum() {
            true => Ok((name, data)),
            false => Err(self.malformed("a checksum is that of other bytes")),
        }
    }

    fn add(&mut self, name: [u8; 4], data: Source) -> Result<(), ContentError> {
        match &name {
            b"IHDR" if self.header.is_none() => {
                self.header = Some(data.read_all(64)?);
                Ok(())
            }
            b"IHDR" => Err(self.malformed("it has two headers")),
            b"IDAT" => {
                self.pixels.push(data);
                Ok(())
            }
            b"IEND" if data.length() > 0 => Err(self.malformed("its end has content")),
            b"IEND" | b"tEXt" | b"zTXt" | b"iTXt" | b"tIME" => Ok(()),
            b"acTL" | b"fcTL" | b"fdAT" => Err(ContentError::Unsupported {
                what: "animated pictures".to_owned(),
            }),
            // Pixels are resolved by them.
            b"PLTE" | b"tRNS" if self.color() == Some(3) => self.check_single(name),
            b"iCCP" => {
                let named = data.read_all(self.most)?;
                let end = named.iter().position(|byte| *byte == 0);
                self.keep(name, &named[..end.unwrap_or(named.len())])
            }
            _ => {
                let bytes = data.read_all(self.most)?;
                self.keep(name, &bytes)
            }
        }
    }

    fn color(&self) -> Option<u8> {
        self.header.as_ref()?.get(9).copied()
    }

    /// Notes a chunk whose content is seen in the pixels, and that there is one.
    fn check_single(&mut self, name: [u8; 4]) -> Result<(), ContentError> {
        let twice = format!("`{}` comes twice", name.escape_ascii());
        let seen = self.said.entry(String::new()).or_default();
        let value = Value::of_bytes(&name);
        if seen.contains(&value) {
            return Err(ContentError::malformed(self.format, twice));
        }
        seen.push(value);
        Ok(())
    }

    fn keep(&mut self, name: [u8; 4], bytes: &[u8]) -> Result<(), ContentError> {
        // What an empty chunk takes.
        let size = bytes.len() as u64 + 256;
        self.most = self.most.checked_sub(size).ok_or(ContentError::TooLarge {
            size,
            limit: self.most,
        })?;
        let list = self.said.entry(name.escape_ascii().to_string());
        list.or_default().push(Value::of_bytes(bytes));
        Ok(())
    }

    /// Checks that the packed pixels are as many as the header says, and nothing besides.
    fn check_pixels(&mut self) -> Result<(), ContentError> {
        self.said.remove("");
        let expected = self.header.as_deref().and_then(packed_size);
        let expected = expected.ok_or_else(|| self.malformed("its header is none"))?;
        let length = self.pixels.iter().map(Source::length).sum::<u64>();
        // A byte of zlib gives 1032 at most, so that a small file with a large promise is known before it is unpacked.
        if expected / 1032 > length {
            return Err(ContentError::Truncated);
        }
        let limit = self.unpacked;
        if expected > limit {
            return Err(ContentError::TooMuchPacked { limit });
        }
        let input = BufReader::new(Joined {
            parts: std::mem::take(&mut self.pixels),
            at: 0,
            offset: 0,
        });
        let mut decoder = ZlibDecoder::new(input);
        let copied = io::copy(&mut (&mut decoder).take(expected + 1), &mut io::sink());
        let copied = copied.map_err(|error| damage(self.format, error))?;
        match copied == expected && decoder.total_in() == length {
            true => Ok(()),
            false => Err(self.malformed("more or fewer pixels are packed in it than it has")),
        }
    }

    fn malformed(&self, reason: &str) -> ContentError {
        ContentError::malformed(self.format, reason)
    }
}

/// How many bytes the rows of a picture have, each with the byte that says how it is filtered.
fn packed_size(header: &[u8]) -> Option<u64> {
    let [a, b, c, d, e, f, g, h, depth, color, 0, 0, interlacing] = *header else {
        return None;
    };
    let (width, height) = (
        u32::from_be_bytes([a, b, c, d]),
        u32::from_be_bytes([e, f, g, h]),
    );
    let samples = match color {
        0 | 3 => 1,
        2 => 3,
        4 => 2,
        6 => 4,
        _ => return None,
    };
    let bits = samples * u64::from(depth);
    let rows = |width: u64, height: u64| match width {
        0 => Some(0),
        _ => height.checked_mul(1 + width.checked_mul(bits)?.div_ceil(8)),
    };
    let (width, height) = (u64::from(width), u64::from(height));
    // The first pixel and the steps of each pass of Adam7, after the specification.
    let passes = [
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    ];
    match interlacing {
        0 => rows(width, height),
        1 => passes
            .into_iter()
            .try_fold(0_u64, |sum, (x, y, across, down)| {
                let width = width.saturating_sub(x).div_ceil(across);
                let height = height.saturating_sub(y).div_ceil(down);
                sum.checked_add(rows(width, height)?)
            }),
        _ => None,
    }
}

/// Parts of a file as one stream.
struct Joined {
    parts: Vec<Source>,
    at: usize,
    offset: u64,
}

impl Read for Joined {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(part) = self.parts.get(self.at) {
            let read = part.read_at(self.offset, buffer)?;
            if read > 0 || buffer.is_empty() {
                self.offset += read as u64;
                return Ok(read);
            }
            self.at += 1;
            self.offset = 0;
        }
        Ok(0)
    }
}
