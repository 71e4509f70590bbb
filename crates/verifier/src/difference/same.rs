//! Whether two files are the same bytes.

use std::io;

use crate::content::Source;

/// Large enough that system calls cost nothing, small enough that both stay in the second cache.
const BUFFER: usize = 256 << 10;

/// Whether both are the same bytes; the first that differs ends the look.
///
/// # Errors
/// When either cannot be read.
pub fn are_same_bytes(left: &Source, right: &Source) -> io::Result<bool> {
    if left.length() != right.length() {
        return Ok(false);
    }
    let (mut first, mut second) = (vec![0; BUFFER], vec![0; BUFFER]);
    let mut offset = 0;
    while offset < left.length() {
        let read = left.read_at(offset, &mut first)?;
        if right.read_at(offset, &mut second)? != read || first[..read] != second[..read] {
            return Ok(false);
        }
        if read == 0 {
            // Both ended before the length that they had.
            break;
        }
        offset += read as u64;
    }
    Ok(true)
}
