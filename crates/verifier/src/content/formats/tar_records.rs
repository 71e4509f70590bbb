//! What an extended header of a tar archive says, of one member or of all: records of a length, a key and a value.

use tar::PaxExtensions;

use crate::content::parts::damage;
use crate::content::{Attributes, ContentError, Format};

/// What all names of attributes that come from records begin with, so that none is mistaken for a field of a header.
const PREFIX: &str = "pax";
/// Owners, as their names.
const OWNERS: [&[u8]; 2] = [b"uname", b"gname"];
/// Owners and times, as numbers.
const NUMBERS: [&[u8]; 6] = [
    b"uid",
    b"gid",
    b"mtime",
    b"atime",
    b"ctime",
    b"LIBARCHIVE.creationtime",
];

/// The records of one header.
#[derive(Default)]
pub(super) struct Records {
    /// Whether they name the member, or what it leads to.
    pub(super) names: bool,
    /// How many bytes they say that the member has.
    pub(super) size: Option<u64>,
    /// All others, but for owners and times.
    pub(super) attributes: Attributes,
}

impl Records {
    /// Reads the content of an extended header.
    ///
    /// # Errors
    /// When readers may understand it in different ways.
    pub(super) fn read(format: Format, text: &[u8]) -> Result<Self, ContentError> {
        let malformed = |reason: &str| Err(ContentError::malformed(format, reason));
        // Where a line is empty, or the last one has no end, readers stop at different places.
        let is_whole = text.is_empty() || (text.ends_with(b"\n") && text[0] != b'\n');
        if !is_whole || text.windows(2).any(|two| two == b"\n\n") {
            return malformed("an extended header is no list of records");
        }
        let mut records = Self::default();
        let mut seen: Vec<&[u8]> = Vec::new();
        for record in PaxExtensions::new(text) {
            let record = record.map_err(|error| damage(format, error))?;
            let (key, value) = (record.key_bytes(), record.value_bytes());
            if key.starts_with(b"GNU.sparse.") {
                return Err(ContentError::Unsupported {
                    what: "sparse files of POSIX tar archives".to_owned(),
                });
            }
            if matches!(key, b"path" | b"linkpath" | b"size") {
                if value.is_empty() || seen.contains(&key) {
                    return malformed("a name or a size is there twice, or empty");
                }
                seen.push(key);
            }
            match key {
                b"path" | b"linkpath" => records.names = true,
                b"size" => match record.value().map(str::parse) {
                    Ok(Ok(size)) => records.size = Some(size),
                    _ => return malformed("a size is no number"),
                },
                _ if OWNERS.contains(&key) => {}
                _ if NUMBERS.contains(&key) && is_decimal(value) => {}
                _ => {
                    let name = format!("{PREFIX} {}", key.escape_ascii());
                    let value = value.escape_ascii().to_string();
                    if records.attributes.insert(name, value).is_some() {
                        return malformed("an attribute stands there twice");
                    }
                }
            }
        }
        Ok(records)
    }
}

/// Whether these are decimal digits, perhaps with a sign and a fraction.
fn is_decimal(value: &[u8]) -> bool {
    let unsigned = value.strip_prefix(b"-").unwrap_or(value);
    let mut parts = unsigned.splitn(2, |byte| *byte == b'.');
    parts.all(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit))
}
