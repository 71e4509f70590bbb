//! Where clocks count, each thread begins as far as its maker is.

use crate::counting;
use crate::standing;
use crate::threads::Inheritance;
use core::sync::atomic::{AtomicU64, Ordering};

/// How far the maker's clocks are: what its reads came to, and what it waited.
pub(crate) struct Inherited([AtomicU64; 2]);

impl Inheritance for Inherited {
    const EMPTY: Self = Self([const { AtomicU64::new(0) }; 2]);

    fn leave(&self) -> bool {
        if standing::counting().is_none() {
            return false;
        }
        for (place, progress) in self.0.iter().zip(counting::progress()) {
            place.store(progress, Ordering::Relaxed);
        }
        true
    }

    fn take(&self) {
        let [read, waited] = &self.0;
        counting::begin([read, waited].map(|it| it.load(Ordering::Relaxed)));
    }

    fn take_back(&self) {}
}
