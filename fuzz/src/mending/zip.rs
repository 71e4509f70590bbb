//! The checksums of a zip archive's files that are not compressed (the format's application note, sections 4.3.7 and
//! 4.3.12).

const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";

/// A wheel with the right checksum of each file that is stored as it is.
pub fn wheel(_before: &[u8], after: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = after.to_vec();
    for place in places(&bytes, CENTRAL) {
        let start = number(&bytes, place + 42, 4)?;
        if let Some(checksum) = stored_checksum(&bytes, start) {
            write(&mut bytes, place + 16, checksum);
            write(&mut bytes, start + 14, checksum);
        }
    }
    Some(bytes)
}

/// The checksum of the file whose header is at `start`; `None` where it is compressed or cut off.
fn stored_checksum(bytes: &[u8], start: usize) -> Option<u32> {
    if bytes.get(start..start.checked_add(4)?)? != LOCAL || number(bytes, start + 8, 2)? != 0 {
        return None;
    }
    let size = number(bytes, start + 18, 4)?;
    let names = number(bytes, start + 26, 2)? + number(bytes, start + 28, 2)?;
    let content = bytes.get(start + 30 + names..start + 30 + names + size)?;
    let mut checksum = flate2::Crc::new();
    checksum.update(content);
    Some(checksum.sum())
}

fn places(bytes: &[u8], magic: &[u8]) -> Vec<usize> {
    let windows = bytes.windows(magic.len()).enumerate();
    windows
        .filter(|(_, window)| *window == magic)
        .map(|(place, _)| place)
        .collect()
}

/// A little-endian number of this many bytes.
fn number(bytes: &[u8], at: usize, width: usize) -> Option<usize> {
    let digits = bytes.get(at..at.checked_add(width)?)?;
    Some(
        digits
            .iter()
            .rev()
            .fold(0, |number, digit| number << 8 | usize::from(*digit)),
    )
}

fn write(bytes: &mut [u8], at: usize, value: u32) {
    if let Some(place) = bytes.get_mut(at..at + 4) {
        place.copy_from_slice(&value.to_le_bytes());
    }
}
