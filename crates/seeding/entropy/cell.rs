//! A key that one thread replaces while others may read it, without locks.

use crate::derivation::Key;
use core::sync::atomic::{AtomicU64, Ordering};

/// A key in four words.
pub(crate) struct KeyCell([AtomicU64; 4]);

impl KeyCell {
    pub(crate) const fn new() -> Self {
        Self([const { AtomicU64::new(0) }; 4])
    }

    pub(crate) fn get(&self) -> Key {
        let mut key = Key::default();
        for (bytes, word) in key.as_chunks_mut::<8>().0.iter_mut().zip(&self.0) {
            *bytes = word.load(Ordering::Relaxed).to_le_bytes();
        }
        key
    }

    pub(crate) fn set(&self, key: &Key) {
        for (bytes, word) in key.as_chunks::<8>().0.iter().zip(&self.0) {
            word.store(u64::from_le_bytes(*bytes), Ordering::Relaxed);
        }
    }
}
