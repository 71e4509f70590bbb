//! PNG.

use resow_manifest::comparator::ComparatorKind;
use resow_verifier::content::ContentError;

use super::{bytes, read_bytes};

#[test]
fn a_picture_that_promises_too_much_is_an_error() {
    let mut picture = bytes("colors.png");
    picture[16..24].copy_from_slice(&[0, 0x7f, 0xff, 0xff, 0, 0x7f, 0xff, 0xff]);
    let sum = crc(&picture[12..29]);
    picture[29..33].copy_from_slice(&sum.to_be_bytes());
    assert!(matches!(
        read_bytes(ComparatorKind::Png, &picture),
        Err(ContentError::Truncated
            | ContentError::TooMuchPacked { .. }
            | ContentError::Malformed { .. })
    ));
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg())
        })
    })
}
