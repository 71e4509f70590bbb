//! How many files at once, and how much at most.

use std::num::NonZero;

/// The most threads that hash: with a buffer each, memory stays far under 64 MiB on any machine.
const MOST_THREADS: usize = 32;

/// How digests are taken.
#[derive(Clone, Copy, Debug, Default)]
pub struct DigestOptions {
    /// How many threads; by default as many as the process may run at once.
    pub threads: Option<NonZero<usize>>,
    /// How much at most.
    pub limits: Limits,
}

/// How much may be hashed before it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The sum of all sizes, in bytes; holes in sparse files count.
    pub bytes: u64,
    /// The number of files and links.
    pub files: usize,
}

impl Default for Limits {
    /// One TiB and a million files.
    fn default() -> Self {
        Self {
            bytes: 1 << 40,
            files: 1_000_000,
        }
    }
}

impl DigestOptions {
    pub(super) fn thread_count(&self) -> usize {
        self.threads
            .or_else(|| std::thread::available_parallelism().ok())
            .map_or(1, NonZero::get)
            .min(MOST_THREADS)
    }
}
