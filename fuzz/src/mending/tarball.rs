//! The checksums of a tar's headers.

use std::ops::Range;

use tar::Header;

const BLOCK: usize = 512;

/// A tar with the right checksum in each header.
pub fn tarball(_before: &[u8], after: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = after.to_vec();
    mend(&mut bytes);
    Some(bytes)
}

/// Writes the right checksum into each header.
pub(super) fn mend(bytes: &mut [u8]) {
    for header in entries(bytes).into_iter().map(|(header, _)| header) {
        let mut mended = Header::new_old();
        mended
            .as_mut_bytes()
            .copy_from_slice(&bytes[header.clone()]);
        mended.set_cksum();
        bytes[header].copy_from_slice(mended.as_bytes());
    }
}

/// Where each header and its content lie.
pub(super) fn entries(bytes: &[u8]) -> Vec<(Range<usize>, Range<usize>)> {
    let mut found = Vec::new();
    let mut position = 0;
    while let Some(block) = bytes.get(position..position + BLOCK) {
        let start = position + BLOCK;
        if block.iter().all(|byte| *byte == 0) {
            position = start;
            continue;
        }
        let mut header = Header::new_old();
        header.as_mut_bytes().copy_from_slice(block);
        let size = header
            .entry_size()
            .ok()
            .and_then(|size| usize::try_from(size).ok());
        let room = bytes.len() - start;
        let size = size.filter(|size| *size <= room).unwrap_or(0);
        found.push((position..start, start..start + size));
        position = start + size.next_multiple_of(BLOCK);
    }
    found
}
