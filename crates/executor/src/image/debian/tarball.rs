//! The tars in a package: their compression, and their entries with long names resolved within bounds.

use std::io::{self, BufReader, Read};

use tar::{Archive, EntryType};

use super::envelope::malformed;
use crate::image::root::spool::Limited;

/// The most memory that a compressed tar may ask for: what `xz -9` needs is a quarter of it.
const DECODER_MEMORY: u64 = 256 << 20;
/// The largest window of Zstandard, as a power of two.
const ZSTANDARD_WINDOW: u32 = 27;
/// The longest record that extends an entry's header.
const LONGEST_EXTENSION: u64 = 64 << 10;
/// The most entries of one tar.
const MOST_ENTRIES: u64 = 1_000_000;

/// One entry, whose content follows.
pub(super) struct TarEntry {
    pub(super) path: Vec<u8>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) kind: EntryType,
    pub(super) mode: u32,
    pub(super) user: u64,
    pub(super) group: u64,
}

/// The tar in a member named `name`, such as `data.tar.xz`, as long as it unpacks to at most `limit` bytes.
pub(super) fn decompress<'a>(
    name: &str,
    reader: impl Read + 'a,
    limit: u64,
) -> io::Result<Box<dyn Read + 'a>> {
    let extension = name
        .rsplit_once(".tar")
        .map_or("", |(_, extension)| extension);
    let inner: Box<dyn Read + 'a> = match extension {
        "" => Box::new(reader),
        ".gz" => Box::new(flate2::read::MultiGzDecoder::new(reader)),
        ".xz" => {
            let stream = liblzma::stream::Stream::new_stream_decoder(
                DECODER_MEMORY,
                liblzma::stream::CONCATENATED,
            )
            .map_err(io::Error::other)?;
            Box::new(liblzma::read::XzDecoder::new_stream(
                BufReader::with_capacity(1 << 16, reader),
                stream,
            ))
        }
        ".zst" => {
            let mut decoder = zstd::stream::read::Decoder::new(reader)?;
            decoder.window_log_max(ZSTANDARD_WINDOW)?;
            Box::new(decoder)
        }
        _ => return Err(malformed("an unknown compression")),
    };
    Ok(Box::new(BufReader::with_capacity(
        1 << 16,
        Limited::new(inner, limit),
    )))
}

/// Calls `visit` with each entry and its content, and reads the tar to its very end.
///
/// GNU long names and the `path` and `linkpath` records of pax are understood; a pax `size` is refused, since nothing
/// in a package is larger than a plain header can say.
pub(super) fn entries<E: From<io::Error>>(
    tar: &mut dyn Read,
    visit: &mut dyn FnMut(TarEntry, &mut dyn Read) -> Result<(), E>,
) -> Result<(), E> {
    let mut archive = Archive::new(tar);
    let mut long_path = None;
    let mut long_link = None;
    let mut count = 0;
    for entry in archive.entries()?.raw(true) {
        let mut entry = entry?;
        count += 1;
        if count > MOST_ENTRIES {
            return Err(malformed("too many entries").into());
        }
        let kind = entry.header().entry_type();
        match kind {
            EntryType::GNULongName => long_path = Some(until_nul(extension(&mut entry)?)),
            EntryType::GNULongLink => long_link = Some(until_nul(extension(&mut entry)?)),
            EntryType::XHeader => {
                for (key, value) in records(&extension(&mut entry)?)? {
                    match key.as_str() {
                        "path" => long_path = Some(value),
                        "linkpath" => long_link = Some(value),
                        "size" => return Err(malformed("an entry's size in a pax record").into()),
                        _ => {}
                    }
                }
            }
            EntryType::XGlobalHeader => {
                extension(&mut entry)?;
            }
            _ => {
                let header = entry.header();
                let entry_of_tar = TarEntry {
                    path: long_path
                        .take()
                        .unwrap_or_else(|| header.path_bytes().into_owned()),
                    link: long_link
                        .take()
                        .or_else(|| header.link_name_bytes().map(std::borrow::Cow::into_owned)),
                    kind,
                    mode: header.mode()?,
                    user: header.uid()?,
                    group: header.gid()?,
                };
                visit(entry_of_tar, &mut entry)?;
            }
        }
    }
    // What follows the last entry holds the checksums of compressed streams.
    io::copy(archive.into_inner(), &mut io::sink())?;
    Ok(())
}

fn extension(entry: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    Limited::new(entry, LONGEST_EXTENSION).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn until_nul(mut bytes: Vec<u8>) -> Vec<u8> {
    if let Some(end) = bytes.iter().position(|byte| *byte == 0) {
        bytes.truncate(end);
    }
    bytes
}

/// The records of a pax header: `LENGTH KEY=VALUE\n` each, the length counting the whole record.
fn records(mut bytes: &[u8]) -> io::Result<Vec<(String, Vec<u8>)>> {
    let damaged = || malformed("a damaged pax record");
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let space = bytes
            .iter()
            .position(|byte| *byte == b' ')
            .ok_or_else(damaged)?;
        let length: usize = std::str::from_utf8(&bytes[..space])
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or_else(damaged)?;
        let record = bytes.get(space + 1..length).ok_or_else(damaged)?;
        let record = record.strip_suffix(b"\n").ok_or_else(damaged)?;
        let equals = record
            .iter()
            .position(|byte| *byte == b'=')
            .ok_or_else(damaged)?;
        let key = String::from_utf8(record[..equals].to_vec()).map_err(|_| damaged())?;
        found.push((key, record[equals + 1..].to_vec()));
        bytes = &bytes[length..];
    }
    Ok(found)
}
