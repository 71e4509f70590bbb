//! The chunks of a PNG file: what is said of the pixels, and that nothing stands where no reader looks.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read};

use flate2::Crc;
use flate2::bufread::ZlibDecoder;

use super::png_rows::PackedRows;
use crate::content::parts::damage;
use crate::content::{Budget, ContentError, Format, Number, Source, Value};

const MARK: u64 = 8;
/// Length and name before a chunk, and its checksum behind it.
const HEAD: u64 = 8;
const SUM: u64 = 4;
/// The most chunks: of a large picture there are many.
const MOST_CHUNKS: usize = 1 << 20;
const MOST_COLORS: u64 = 256;
/// Where in the header they stand.
const DEPTH: usize = 8;
const COLOR: usize = 9;

/// Chunks that mean the same whatever the palette is.
const NOT_OF_PALETTES: [&[u8; 4]; 13] = [
    b"cHRM", b"cICP", b"cLLI", b"eXIf", b"gAMA", b"iCCP", b"mDCV", b"oFFs", b"pHYs", b"sBIT",
    b"sPLT", b"sRGB", b"sTER",
];
/// What texts begin with in which programs keep other things: orientation, profiles.
const NO_TEXTS: [&[u8]; 2] = [b"XML:", b"Raw profile type "];
const LONGEST_NAME: usize = 79;
/// The color type of pictures with a palette, and that of gray ones.
const INDEXED: u8 = 3;
const GRAY: u8 = 0;

/// What the chunks of a PNG file say besides its pixels, by their names: those that come often in their order, and in which
/// order all of them stand, since decoders go past many that are out of place.
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
        budget,
        buffer: vec![0; 16 << 10],
        most: budget.limits().structured,
        said: BTreeMap::new(),
        order: Vec::new(),
        pixels: Vec::new(),
        header: None,
        palette: BTreeMap::new(),
        needs_palette: false,
    };
    let mut offset = MARK;
    for _ in 0..MOST_CHUNKS {
        budget.part()?;
        let (name, data) = walk.chunk(offset)?;
        offset += HEAD + data.length() + SUM;
        if &name == b"IEND" {
            if offset != source.length() || data.length() > 0 {
                return Err(walk.malformed("bytes stand behind its end"));
            }
            walk.check_pixels()?;
            return walk.finish();
        }
        walk.add(name, data)?;
    }
    let what = "chunks";
    let limit = MOST_CHUNKS;
    Err(ContentError::TooMany { what, limit })
}

struct Walk<'a> {
    format: Format,
    source: &'a Source,
    budget: &'a Budget,
    buffer: Vec<u8>,
    /// How many bytes more may be said.
    most: u64,
    said: BTreeMap<String, Vec<Value>>,
    /// The names of all chunks but texts and times, those of pixels as one.
    order: Vec<String>,
    pixels: Vec<Source>,
    header: Option<Vec<u8>>,
    /// The palette and its transparency, by which pixels are resolved.
    palette: BTreeMap<[u8; 4], Vec<u8>>,
    /// Whether other chunks may be meant by the palette as well.
    needs_palette: bool,
}

impl Walk<'_> {
    /// The name and the content of the chunk that begins there.
    fn chunk(&mut self, offset: u64) -> Result<([u8; 4], Source), ContentError> {
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
        loop {
            match reader.read(&mut self.buffer)? {
                0 => break,
                read => state.update(&self.buffer[..read]),
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
                if self.pixels.is_empty() {
                    self.order.push("IDAT".to_owned());
                } else if self.order.last().is_none_or(|last| last != "IDAT") {
                    return Err(self.malformed("its pixels are not in one piece"));
                }
                self.pixels.push(data);
                Ok(())
            }
            b"tIME" if data.length() == 7 => Ok(()),
            b"tEXt" | b"zTXt" | b"iTXt" if is_text(&data)? => Ok(()),
            b"acTL" | b"fcTL" | b"fdAT" => Err(ContentError::Unsupported {
                what: "animated pictures".to_owned(),
            }),
            b"PLTE" | b"tRNS" if self.header_byte(COLOR) == Some(INDEXED) => {
                self.add_palette(name, &data)
            }
            b"iCCP" => {
                let bytes = data.read_all(self.most)?;
                match self.profile(&bytes)? {
                    Some(profile) => self.keep(name, profile, bytes.len()),
                    None => self.keep(name, Value::of_bytes(&bytes), bytes.len()),
                }
            }
            _ => {
                self.needs_palette |= !NOT_OF_PALETTES.contains(&&name);
                let bytes = data.read_all(self.most)?;
                self.keep(name, Value::of_bytes(&bytes), bytes.len())
            }
        }
    }

    fn header_byte(&self, place: usize) -> Option<u8> {
        self.header.as_ref()?.get(place).copied()
    }

    /// Notes what resolves the pixels of a picture with a palette, where every decoder looks for it.
    fn add_palette(&mut self, name: [u8; 4], data: &Source) -> Result<(), ContentError> {
        let bytes = data.read_all(MOST_COLORS * 3)?;
        let colors = self.palette.get(b"PLTE").map(|palette| palette.len() / 3);
        let is_whole = match (&name, colors) {
            (b"PLTE", None) => !bytes.is_empty() && bytes.len().is_multiple_of(3),
            (b"tRNS", Some(colors)) => !bytes.is_empty() && bytes.len() <= colors,
            _ => false,
        };
        let is_first = self.pixels.is_empty() && !self.palette.contains_key(&name);
        if !is_whole || !is_first {
            return Err(self.malformed("its palette is none, or out of place"));
        }
        self.order.push(name.escape_ascii().to_string());
        self.palette.insert(name, bytes);
        Ok(())
    }

    /// The name and the content of a color profile, which is the same however it is packed; `None` where it is none.
    fn profile(&self, bytes: &[u8]) -> Result<Option<Value>, ContentError> {
        let end = bytes.iter().position(|byte| *byte == 0);
        let (name, rest) = bytes.split_at(end.unwrap_or(0));
        let [0, 0, packed @ ..] = rest else {
            return Ok(None);
        };
        let mut decoder = ZlibDecoder::new(packed);
        let mut profile = Vec::new();
        let unpacked = (&mut decoder).take(self.most).read_to_end(&mut profile);
        self.budget.unpack(profile.len() as u64)?;
        let is_whole = unpacked.is_ok()
            && decoder.total_in() == packed.len() as u64
            && decoder.total_out() == profile.len() as u64;
        if !is_whole || name.is_empty() || name.len() > LONGEST_NAME {
            return Ok(None);
        }
        let parts = [("name", name), ("profile", &profile)];
        let parts = parts.map(|(name, part)| (name.to_owned(), Value::of_bytes(part)));
        Ok(Some(Value::Map(BTreeMap::from(parts))))
    }

    fn keep(&mut self, name: [u8; 4], value: Value, size: usize) -> Result<(), ContentError> {
        // What an empty chunk takes.
        let size = size as u64 + 256;
        self.most = self.most.checked_sub(size).ok_or(ContentError::TooLarge {
            size,
            limit: self.most,
        })?;
        let name = name.escape_ascii().to_string();
        self.order.push(name.clone());
        self.said.entry(name).or_default().push(value);
        Ok(())
    }

    /// Checks that the packed pixels are as many as the header says, and nothing besides.
    fn check_pixels(&mut self) -> Result<(), ContentError> {
        let rows = self.header.as_deref().and_then(PackedRows::of_header);
        let sized = rows.and_then(|rows| Some((rows.size()?, rows)));
        let (expected, rows) = sized.ok_or_else(|| self.malformed("its header is none"))?;
        let length = self.pixels.iter().map(Source::length).sum::<u64>();
        // A byte of zlib gives 1032 at most, so that a small file with a large promise is known before it is unpacked.
        if expected / 1032 > length {
            return Err(ContentError::Truncated);
        }
        let limit = self.budget.limits().unpacked;
        if expected > limit {
            return Err(ContentError::TooMuchPacked { limit });
        }
        let input = BufReader::new(Joined {
            parts: std::mem::take(&mut self.pixels),
            at: 0,
            offset: 0,
        });
        let mut decoder = ZlibDecoder::new(input);
        let broken = |error| damage(self.format, error);
        let colors = self
            .palette
            .get(b"PLTE")
            .map(|palette| palette.len() as u64 / 3);
        let has_parts_of_bytes = self.header_byte(DEPTH).is_some_and(|depth| depth < 8);
        if colors.is_some() || has_parts_of_bytes {
            let stream = BufReader::new(&mut decoder);
            if !rows
                .are_plain(colors.unwrap_or(MOST_COLORS), stream)
                .map_err(broken)?
            {
                return Err(self.malformed("rows of it hold more than its pixels"));
            }
        }
        io::copy(&mut (&mut decoder).take(expected + 1), &mut io::sink()).map_err(broken)?;
        match decoder.total_out() == expected && decoder.total_in() == length {
            true => Ok(()),
            false => Err(self.malformed("more or fewer pixels are packed in it than it has")),
        }
    }

    /// All that was said.
    fn finish(mut self) -> Result<BTreeMap<String, Value>, ContentError> {
        if self.needs_palette {
            for (name, bytes) in std::mem::take(&mut self.palette) {
                let name = name.escape_ascii().to_string();
                self.said.insert(name, vec![Value::of_bytes(&bytes)]);
            }
        }
        let is_silent = self.said.is_empty();
        let said = self.said.into_iter();
        let mut said: BTreeMap<_, _> = said.map(|(name, list)| (name, Value::List(list))).collect();
        if !is_silent {
            let order = self.order.into_iter().map(Value::Text).collect();
            said.insert("order".to_owned(), Value::List(order));
        }
        let header = self.header.as_deref().unwrap_or_default();
        if let (Some(depth @ 1..8), Some(&GRAY)) = (header.get(DEPTH).copied(), header.get(COLOR)) {
            // Black and white are the same in all of them; what lies between, and what programs make of it, is not.
            let depth = Value::Number(Number::Integer(i128::from(depth)));
            said.insert("depth".to_owned(), depth);
        }
        Ok(said)
    }

    fn malformed(&self, reason: &str) -> ContentError {
        ContentError::malformed(self.format, reason)
    }
}

/// Whether a chunk of text holds one that people read.
fn is_text(data: &Source) -> io::Result<bool> {
    let head = data.head(LONGEST_NAME)?;
    Ok(!NO_TEXTS.iter().any(|name| head.starts_with(name)))
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
