//! The extra fields of a member of a zip archive: all but well-formed times and owners are content.

use crate::content::Attributes;

/// The extra field of large sizes and places.
const LARGE: u16 = 0x0001;
/// An extra field that fills a header up, as PyTorch writes it.
const FILLING: u16 = 0x4246;

/// Adds the extra fields that say something, by their number; what is no such field as a whole. `sizes` are those of the
/// member, and where its header lies.
pub(super) fn add_extra(extra: &[u8], what: &str, sizes: [u64; 3], attributes: &mut Attributes) {
    let mut rest = extra;
    let mut seen = Vec::new();
    while let Some((head, after)) = rest.split_first_chunk::<4>() {
        let kind = u16::from_le_bytes([head[0], head[1]]);
        let length = usize::from(u16::from_le_bytes([head[2], head[3]]));
        let Some((data, after)) = after.split_at_checked(length) else {
            break;
        };
        rest = after;
        let says_nothing = !seen.contains(&kind)
            && match kind {
                FILLING => data.iter().all(|byte| *byte == b'Z'),
                LARGE => are_sizes(data, sizes),
                _ => is_time_or_owner(kind, data),
            };
        seen.push(kind);
        if !says_nothing {
            let name = format!("{what} {} ({kind:#06x})", seen.len());
            attributes.insert(name, data.escape_ascii().to_string());
        }
    }
    if !rest.is_empty() {
        attributes.insert(what.to_owned(), rest.escape_ascii().to_string());
    }
}

/// Whether a field of large sizes repeats what is known.
fn are_sizes(data: &[u8], sizes: [u64; 3]) -> bool {
    let (words, odd) = data.as_chunks::<8>();
    let is_size = |word: &[u8; 8]| sizes.contains(&u64::from_le_bytes(*word));
    odd.is_empty() && words.len() <= sizes.len() && words.iter().all(is_size)
}

/// Whether a field is one of times or owners, and holds nothing else, after the list of Info-ZIP.
fn is_time_or_owner(kind: u16, data: &[u8]) -> bool {
    match kind {
        // Of NTFS: room, then one attribute with three times.
        0x000a => data.len() == 32 && data[..8] == [0, 0, 0, 0, 1, 0, 24, 0],
        // Which of three times there are; in the directory only the first is.
        0x5455 => {
            let (times, odd) = data.get(1..).unwrap_or_default().as_chunks::<4>();
            let said = data.first().filter(|flags| **flags < 8);
            odd.is_empty() && said.is_some_and(|flags| times.len() as u32 <= flags.count_ones())
        }
        // Two times, and perhaps two owners of two bytes.
        0x5855 => matches!(data.len(), 8 | 12),
        0x7855 => matches!(data.len(), 0 | 4),
        // A version and two owners, each behind its length.
        0x7875 => match data {
            [1, user, rest @ ..] => {
                let group = rest.get(usize::from(*user)..);
                matches!(group, Some([length, group @ ..])
                    if *user <= 8 && *length <= 8 && group.len() == usize::from(*length))
            }
            _ => false,
        },
        _ => false,
    }
}
