//! What everything is compared with: a run in which all is held that can be held.

use serde::Serialize;

/// How everything is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Base {
    /// How time is held.
    pub clock: HeldClock,
    /// Whether threads and processors are fewer than the plan has.
    pub narrowed: Narrowed,
}

/// How time is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeldClock {
    /// Every clock counts its reads.
    Counting,
    /// The wall clock stands, and all other time passes.
    Running,
    /// Neither time nor anything else is held.
    Nothing,
}

/// Whether threads and processors are fewer than the plan has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Narrowed {
    /// As many as the plan has.
    No,
    /// One thread a pool.
    OneThread,
    /// One thread a pool, and one processor.
    OneProcessor,
}

impl Base {
    /// Those that are tried, in this order.
    pub(super) const WIDE: [Self; 2] = [
        Self::wide(HeldClock::Counting),
        Self::wide(HeldClock::Running),
    ];

    /// Where nothing can be held.
    pub(super) const NOTHING: Self = Self::wide(HeldClock::Nothing);

    const fn wide(clock: HeldClock) -> Self {
        Self {
            clock,
            narrowed: Narrowed::No,
        }
    }

    /// Whether there is but one thread.
    pub(super) fn is_narrow(self) -> bool {
        self.narrowed != Narrowed::No
    }
}
