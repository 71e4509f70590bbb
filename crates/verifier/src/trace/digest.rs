//! A step as 64 bits: the first of its SHA-256. Two steps that differ are alike by chance once in 2^64.

use sha2::{Digest as _, Sha256};

/// The digest of a step while its lines are read: its number and its values, each text after its length.
pub(super) struct StepDigest(Sha256);

impl StepDigest {
    pub(super) fn new(number: u64) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(number.to_le_bytes());
        Self(hasher)
    }

    pub(super) fn add(&mut self, values: &[(String, String)]) {
        for text in values.iter().flat_map(|(name, text)| [name, text]) {
            self.0.update((text.len() as u64).to_le_bytes());
            self.0.update(text);
        }
    }

    pub(super) fn finish(self) -> u64 {
        first(self.0)
    }
}

/// The digest of steps that follow one another.
pub(super) fn of_block(steps: &[u64]) -> u64 {
    let mut hasher = Sha256::new();
    for step in steps {
        hasher.update(step.to_le_bytes());
    }
    first(hasher)
}

fn first(hasher: Sha256) -> u64 {
    let digest: [u8; 32] = hasher.finalize().into();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_le_bytes(first)
}
