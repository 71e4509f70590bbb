//! Whether numbers are laid out as processors have them: HDF5 can say any place for sign, exponent and fraction, and the
//! reader takes no notice.

use super::super::refusal::Refusal;

/// Length of what every datatype begins with: class, bits and size.
const HEAD: usize = 8;

/// Checks the encoding of a number's datatype.
pub(super) fn check(encoded: &[u8]) -> Result<(), Refusal> {
    match is_plain(encoded) {
        true => Ok(()),
        false => Err(Refusal::unsupported("numbers with a layout of their own")),
    }
}

/// The encoding of the datatype that an array's or an enumeration's stands on.
pub(super) fn base(encoded: &[u8]) -> Option<&[u8]> {
    let version = encoded.first()? >> 4;
    let dimensions = usize::from(*encoded.get(HEAD)?);
    match (encoded.first()? & 0x0f, version) {
        (8, _) => encoded.get(HEAD..),
        (10, 2) => encoded.get(HEAD + 4 + 8 * dimensions..),
        (10, 3 | 4) => encoded.get(HEAD + 1 + 4 * dimensions..),
        _ => None,
    }
}

/// How many floating-point numbers of this size, as IEEE 754 has them, an encoding of fields has.
pub(super) fn floats(encoded: &[u8], size: u8) -> usize {
    let windows = encoded.windows(HEAD + 12);
    let is_float = |window: &&[u8]| {
        window[0] & 0x0f == 1 && window[4] == size && window[5..8] == [0, 0, 0] && is_plain(window)
    };
    windows.filter(is_float).count()
}

/// How many plain numbers an encoding of fields has.
pub(super) fn plain_ones(encoded: &[u8]) -> usize {
    let places = 0..encoded.len();
    places.filter(|at| is_plain(&encoded[*at..])).count()
}

fn is_plain(encoded: &[u8]) -> bool {
    let Some((head, rest)) = encoded.split_at_checked(HEAD) else {
        return false;
    };
    let size = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
    let Some(bits) = size
        .checked_mul(8)
        .and_then(|bits| u16::try_from(bits).ok())
    else {
        return false;
    };
    let [low, high] = bits.to_le_bytes();
    match head[0] & 0x0f {
        // The first two say where the number begins and how many bits it has.
        0 if matches!(size, 1 | 2 | 4 | 8) => {
            head[1] & !0x09 == 0 && head[2..4] == [0, 0] && rest.starts_with(&[0, 0, low, high])
        }
        1 => {
            // Where the exponent begins and its bits, the fraction's bits, and the bias.
            let (exponent, exponent_bits, fraction_bits, bias) = match size {
                2 => (10, 5, 10, 15_u32),
                4 => (23, 8, 23, 127),
                8 => (52, 11, 52, 1023),
                _ => return false,
            };
            let sign = low.wrapping_sub(1);
            let properties = [0, 0, low, high, exponent, exponent_bits, 0, fraction_bits];
            head[1] & !0x01 == 0x20
                && head[2..4] == [sign, 0]
                && rest.starts_with(&properties)
                && rest[8..].starts_with(&bias.to_le_bytes())
        }
        _ => false,
    }
}
