//! The names of attributes as they are stored, with how long they say they are: the reader takes a name without its end
//! for the same one, which HDF5 does not.

use hdf5_reader::Hdf5File;
use hdf5_reader::messages::HdfMessage;
use hdf5_reader::object_header::ObjectHeader;

use super::super::refusal::Refusal;
use super::heap::Heap;

const ATTRIBUTE: u16 = 0x0c;
const CONTINUATION: u16 = 0x10;
/// The most parts that a header may lie in, and bytes of one.
const MOST_PARTS: usize = 1024;
const MOST_BYTES: usize = 64 << 20;

/// Checks the names of all attributes of the object whose header is at `address`.
pub(super) fn check_names(
    file: &Hdf5File,
    header: &ObjectHeader,
    address: u64,
) -> Result<(), Refusal> {
    let superblock = file.superblock();
    let sizes = (superblock.offset_size, superblock.length_size);
    for message in &header.messages {
        if let HdfMessage::AttributeInfo(info) = message {
            let heap = Heap {
                storage: file.storage(),
                sizes,
                address: info.fractal_heap_address,
                index: info.btree_name_index_address,
            };
            for message in heap.messages()? {
                check(&message)?;
            }
        }
    }
    let has_any = |one: &HdfMessage| matches!(one, HdfMessage::Attribute(_));
    if !header.messages.iter().any(has_any) {
        return Ok(());
    }
    let (envelope, first) = first_part(file, address)?;
    let mut parts = vec![first];
    let mut next = 0;
    while let Some((start, length)) = parts.get(next).copied() {
        next += 1;
        let part = read(file, start, length)?;
        let mut rest = part.as_slice();
        while let Some((kind, message)) = envelope.take(&mut rest) {
            match kind {
                ATTRIBUTE => check(message)?,
                CONTINUATION => parts.push(envelope.continuation(message, sizes)?),
                _ => {}
            }
        }
        if parts.len() > MOST_PARTS {
            return Err(Refusal::unsupported("object headers in so many parts"));
        }
    }
    Ok(())
}

/// A name has a zero behind it, which counts, and none in it.
fn check(message: &[u8]) -> Result<(), Refusal> {
    let start: usize = match message.first() {
        Some(1 | 2) => 8,
        Some(3) => 9,
        _ => return Err(Refusal::unsupported("attributes of another version")),
    };
    let length = number(message, 2, 2).and_then(|length| usize::try_from(length).ok());
    let name = length.and_then(|length| message.get(start..start.checked_add(length)?));
    match name.and_then(|name| name.iter().position(|byte| *byte == 0)) {
        Some(end) if Some(end + 1) == length => Ok(()),
        _ => Err(Refusal::damaged(
            "the name of an attribute does not end where it says",
        )),
    }
}

/// What stands before each message of a header.
struct Envelope {
    is_old: bool,
    length: usize,
}

impl Envelope {
    /// The next message and its kind, which are taken.
    fn take<'a>(&self, rest: &mut &'a [u8]) -> Option<(u16, &'a [u8])> {
        let kind_size = if self.is_old { 2 } else { 1 };
        let kind = u16::try_from(number(rest, 0, kind_size)?).ok()?;
        let length = usize::try_from(number(rest, kind_size, 2)?).ok()?;
        let (message, others) = rest.get(self.length..)?.split_at_checked(length)?;
        *rest = others;
        Some((kind, message))
    }

    /// Where the header goes on: newer ones have a mark there, and a checksum.
    fn continuation(
        &self,
        message: &[u8],
        (offset_size, length_size): (u8, u8),
    ) -> Result<(u64, u64), Refusal> {
        let (offset_size, length_size) = (usize::from(offset_size), usize::from(length_size));
        let start = number(message, 0, offset_size);
        let part = start.zip(number(message, offset_size, length_size));
        let part = match self.is_old {
            true => part,
            false => part
                .and_then(|(start, length)| Some((start.checked_add(4)?, length.checked_sub(8)?))),
        };
        part.ok_or_else(broken)
    }
}

/// The form of a header's messages, and where the first of them lie.
fn first_part(file: &Hdf5File, address: u64) -> Result<(Envelope, (u64, u64)), Refusal> {
    let start = read(file, address, 16)?;
    let (envelope, offset, length) = if start.starts_with(b"OHDR") {
        let flags = start[5];
        let times = if flags & 0x20 == 0 { 0 } else { 16 };
        let phases = if flags & 0x10 == 0 { 0 } else { 4 };
        let order = if flags & 0x04 == 0 { 0 } else { 2 };
        let width = 1_usize << (flags & 3);
        let before = 6 + times + phases;
        let length = read(file, address.saturating_add(before), width as u64)?;
        let envelope = Envelope {
            is_old: false,
            length: 4 + order,
        };
        (envelope, before + width as u64, number(&length, 0, width))
    } else {
        let envelope = Envelope {
            is_old: true,
            length: 8,
        };
        (envelope, 16, number(&start, 8, 4))
    };
    let first = address.checked_add(offset).zip(length);
    Ok((envelope, first.ok_or_else(broken)?))
}

fn read(file: &Hdf5File, start: u64, length: u64) -> Result<Vec<u8>, Refusal> {
    let length = usize::try_from(length).ok();
    let length = length.filter(|length| *length <= MOST_BYTES);
    let length = length.ok_or_else(|| Refusal::unsupported("object headers of so many bytes"))?;
    Ok(file.storage().read_range(start, length)?.to_vec())
}

/// A number of at most eight bytes, the least significant first.
fn number(bytes: &[u8], start: usize, size: usize) -> Option<u64> {
    let bytes = bytes.get(start..start.checked_add(size)?)?;
    let mut word = [0; 8];
    word.get_mut(..size)?.copy_from_slice(bytes);
    Some(u64::from_le_bytes(word))
}

fn broken() -> Refusal {
    Refusal::damaged("an object header goes on nowhere")
}
