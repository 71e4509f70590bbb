//! Loose objects, read here and not by libgit2, which never comes back from one whose compressed data end early.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use flate2::read::ZlibDecoder;
use git2::{ObjectType, Oid};
use rustix::fs::{Mode, OFlags};

use super::object_hash::is_object;

/// The longest header: a kind, a space, the digits of a size, a NUL.
const LONGEST_HEADER: u64 = 32;

/// An object that lies alone in a file below `objects`; `None` where there is none, `Err` where it is damaged.
pub(crate) fn read_loose(
    common_folder: &Path,
    oid: Oid,
) -> Option<Result<(ObjectType, Vec<u8>), String>> {
    let name = oid.to_string();
    let path = common_folder
        .join("objects")
        .join(&name[..2])
        .join(&name[2..]);
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = rustix::fs::open(path, flags, Mode::empty()).ok()?;
    Some(decode(File::from(file), oid))
}

fn decode(file: File, oid: Oid) -> Result<(ObjectType, Vec<u8>), String> {
    let broken = |error: std::io::Error| format!("its compressed data are broken: {error}");
    let mut decoder = BufReader::new(ZlibDecoder::new(file));
    let mut header = Vec::new();
    decoder
        .by_ref()
        .take(LONGEST_HEADER)
        .read_until(0, &mut header)
        .map_err(broken)?;
    let (kind, size) = parse_header(&header).ok_or("its header is malformed")?;
    let mut content = Vec::new();
    // One byte more than promised shows that there is more, without reading all of it.
    decoder
        .take(size.saturating_add(1))
        .read_to_end(&mut content)
        .map_err(broken)?;
    if content.len() as u64 != size {
        return Err("it has another size than its header says".to_owned());
    }
    if is_object(oid, kind, &content) {
        Ok((kind, content))
    } else {
        Err("its content has another hash".to_owned())
    }
}

fn parse_header(header: &[u8]) -> Option<(ObjectType, u64)> {
    let text = std::str::from_utf8(header.strip_suffix(&[0])?).ok()?;
    let (kind, size) = text.split_once(' ')?;
    let kind = match kind {
        "blob" => ObjectType::Blob,
        "tree" => ObjectType::Tree,
        "commit" => ObjectType::Commit,
        "tag" => ObjectType::Tag,
        _ => return None,
    };
    Some((kind, size.parse().ok()?))
}
