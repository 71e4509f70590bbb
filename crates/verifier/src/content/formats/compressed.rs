//! One file that is compressed: gzip and zstd. The name and the time that stand beside it mean nothing.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Seek as _};

use flate2::bufread::GzDecoder;

use super::zstd_frames::Frames;
use crate::content::parts::{Parts, damage};
use crate::content::{Archive, Attributes, Budget, ContentError, Format, MemberKind, Source};

/// The most bytes of comments and further fields of all gzip headers.
const MOST_FIELDS: usize = 1 << 20;
/// The flag of a member that says it is text.
const IS_TEXT: u8 = 1;

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
    let mut fields = Attributes::new();
    let mut length = 0;
    let mut input = BufReader::new(source.reader());
    let mut start = 0;
    for member in 0.. {
        budget.part()?;
        let flags = input.fill_buf()?.get(3);
        let is_text = flags.is_some_and(|flags| flags & IS_TEXT != 0);
        let mut decoder = GzDecoder::new(input);
        parts.add(&mut decoder)?;
        let header = decoder.header().cloned().unwrap_or_default();
        input = decoder.into_inner();
        let end = input.stream_position()?;
        let packed = end - start;
        start = end;
        let more = [
            ("comment", header.comment()),
            (
                "extra field",
                header
                    .extra()
                    .filter(|field| !is_length_of_block(field, packed)),
            ),
            ("text", is_text.then_some(&[][..])),
        ];
        for (name, field) in more {
            if let Some(field) = field {
                length += field.len();
                fields.insert(format!("{name} {member}"), field.escape_ascii().to_string());
            }
        }
        if length > MOST_FIELDS {
            return Err(ContentError::Unsupported {
                what: "such long comments in gzip".to_owned(),
            });
        }
        if input.fill_buf()?.is_empty() {
            break;
        }
    }
    archive(parts, fields)
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
    let mut frames = Frames::new(source).map_err(broken)?;
    while !frames.are_over() {
        budget.part()?;
        if frames.is_next_skippable()? {
            return Err(ContentError::Unsupported {
                what: "zstd with frames that are no data".to_owned(),
            });
        }
        parts.add(&mut frames)?;
        frames.go_on().map_err(broken)?;
    }
    archive(parts, Attributes::new())
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

/// Whether an extra field says no more than how long its member is when packed, as `bgzip` writes it: one less.
fn is_length_of_block(field: &[u8], length: u64) -> bool {
    match field {
        [b'B', b'C', 2, 0, low, high] => u64::from(u16::from_le_bytes([*low, *high])) + 1 == length,
        _ => false,
    }
}
