//! How one key is derived from another, by name, and how keys are written.

use crate::sha256::Sha256;

/// What a stream is drawn from, and what further keys are derived from.
pub(crate) type Key = [u8; 32];

/// How many digits a written key has.
pub(crate) const DIGITS: usize = 64;

/// The beginning of a derivation: what is hashed after it is its data.
pub(crate) fn begin(key: &Key, label: &str) -> Sha256 {
    let mut hash = Sha256::new();
    hash.update(key);
    hash.update(label.as_bytes());
    hash.update(&[0]);
    hash
}

/// The key of the `number`th thing of its kind that the owner of `key` made.
pub(crate) fn derive(key: &Key, label: &str, number: u64) -> Key {
    let mut hash = begin(key, label);
    hash.update(&number.to_le_bytes());
    hash.finish()
}

/// The key as hexadecimal digits.
pub(crate) fn write(key: &Key) -> [u8; DIGITS] {
    let mut digits = [0; DIGITS];
    for (pair, byte) in digits.as_chunks_mut::<2>().0.iter_mut().zip(key) {
        *pair = [digit(byte >> 4), digit(byte & 15)];
    }
    digits
}

/// The key that `digits` stand for, if they are 64 hexadecimal digits.
pub(crate) fn read(digits: &[u8]) -> Option<Key> {
    if digits.len() != DIGITS {
        return None;
    }
    let mut key = [0; 32];
    for (byte, [high, low]) in key.iter_mut().zip(digits.as_chunks::<2>().0) {
        *byte = value(*high)? << 4 | value(*low)?;
    }
    Some(key)
}

fn digit(value: u8) -> u8 {
    if value < 10 {
        b'0' + value
    } else {
        b'a' + value - 10
    }
}

fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}
