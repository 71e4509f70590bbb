//! The libraries that are preloaded into a run's processes, as they were built with this program.

/// `entropy.so`: answers for the operating system's entropy, and tells what happens beside it.
pub const ENTROPY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/entropy.so"));

/// `clock.so`: the wall clock stands where `RESOW_CLOCK` says.
pub const CLOCK: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/clock.so"));
