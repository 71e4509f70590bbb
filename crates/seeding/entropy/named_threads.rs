//! Each thread is named by its maker and a count, so that scheduling does not matter.

use crate::cell::KeyCell;
use crate::counters::{self, Counter};
use crate::process::PROCESS;
use crate::start;
use crate::thread;
use crate::threads::Inheritance;
use core::sync::atomic::Ordering;

/// A thread's key, which its maker derived.
pub(crate) struct Inherited(KeyCell);

impl Inheritance for Inherited {
    const EMPTY: Self = Self(KeyCell::new());

    fn leave(&self) -> bool {
        counters::count(Counter::Thread);
        let maker = (start::ready() && PROCESS.is_seeded())
            .then(thread::current)
            .flatten();
        let Some(maker) = maker else {
            return false;
        };
        self.0.set(&maker.next_key("thread", &maker.threads));
        true
    }

    fn take(&self) {
        thread::begin(&self.0.get());
    }

    fn take_back(&self) {
        if let Some(maker) = thread::current() {
            maker.threads.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
