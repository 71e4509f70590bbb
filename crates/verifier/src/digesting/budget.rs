//! The bytes that may still be hashed, shared by all threads.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

pub(super) struct Budget {
    left: AtomicU64,
    stopped: AtomicBool,
}

impl Budget {
    pub(super) fn new(bytes: u64) -> Self {
        Self {
            left: AtomicU64::new(bytes),
            stopped: AtomicBool::new(false),
        }
    }

    /// Takes `bytes` out; whether they were left.
    pub(super) fn take(&self, bytes: u64) -> bool {
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(bytes)
            })
            .is_ok()
    }

    /// Tells all threads to begin no other file.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}
