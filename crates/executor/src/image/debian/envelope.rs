//! The `ar` archive around a package's parts.

use std::io::{self, Read};

const MAGIC: &[u8; 8] = b"!<arch>\n";

/// One member: its name and size. Its content follows in the same reader, padded to an even length.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) size: u64,
}

/// Reads the first bytes.
pub(super) fn begin(reader: &mut dyn Read) -> io::Result<()> {
    let mut magic = [0; 8];
    reader.read_exact(&mut magic)?;
    if &magic == MAGIC {
        Ok(())
    } else {
        Err(malformed("not an `ar` archive"))
    }
}

/// Reads the next member's header; `None` at the end.
pub(super) fn next(reader: &mut dyn Read) -> io::Result<Option<Member>> {
    let mut header = [0; 60];
    let mut filled = 0;
    while filled < header.len() {
        match reader.read(&mut header[filled..])? {
            0 if filled == 0 => return Ok(None),
            0 => return Err(malformed("a member's header is cut off")),
            count => filled += count,
        }
    }
    if &header[58..] != b"`\n" {
        return Err(malformed("a member's header is damaged"));
    }
    let field = |range: std::ops::Range<usize>| {
        std::str::from_utf8(&header[range])
            .map(str::trim_end)
            .map_err(|_| malformed("a member's header is damaged"))
    };
    let name = field(0..16)?;
    let size = field(48..58)?
        .parse()
        .map_err(|_| malformed("a member's size is no number"))?;
    Ok(Some(Member {
        name: name.strip_suffix('/').unwrap_or(name).to_owned(),
        size,
    }))
}

/// Skips a member's content, or what is left of it, and its padding.
pub(super) fn skip(reader: &mut dyn Read, count: u64) -> io::Result<()> {
    let skipped = io::copy(&mut reader.take(count), &mut io::sink())?;
    if skipped == count {
        Ok(())
    } else {
        Err(malformed("a member is cut off"))
    }
}

pub(super) fn malformed(message: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}
