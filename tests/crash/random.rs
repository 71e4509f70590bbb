//! Random moments that can be had again.

use std::time::{SystemTime, UNIX_EPOCH};

/// A stream of numbers (xorshift64*, by Marsaglia and Vigna), from a seed that is printed where a test fails.
pub(crate) struct Random {
    seed: u64,
    state: u64,
}

impl Random {
    /// From the variable `RESOW_CRASH_SEED`, else from the clock.
    pub(crate) fn new() -> Self {
        let given = std::env::var("RESOW_CRASH_SEED").ok();
        let clock = || {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            now.map_or(1, |now| u64::from(now.subsec_nanos()) | 1)
        };
        let seed = given
            .and_then(|text| text.parse().ok())
            .unwrap_or_else(clock);
        Self {
            seed,
            state: seed | 1,
        }
    }

    /// What makes the same stream again.
    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// A number from 0 to 1.
    pub(crate) fn fraction(&mut self) -> f64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let bits = self.state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32;
        f64::from(u32::try_from(bits).unwrap_or(0)) / f64::from(u32::MAX)
    }
}
