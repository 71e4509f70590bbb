//! Where the clocks stand or how they count, and how far the kernel's own are.

use crate::c;
use crate::instant::Instant;
use crate::system::machine::{call, number};
use core::sync::atomic::{AtomicI64, AtomicU8, AtomicU64, Ordering};

pub(crate) const REALTIME: i32 = 0;
pub(crate) const MONOTONIC: i32 = 1;
pub(crate) const REALTIME_COARSE: i32 = 5;
pub(crate) const INTERNATIONAL_ATOMIC: i32 = 11;

static STATE: AtomicU8 = AtomicU8::new(UNKNOWN);
const UNKNOWN: u8 = 0;
const RUNS: u8 = 1;
const STANDS: u8 = 2;
const COUNTS: u8 = 3;
static SECONDS: AtomicI64 = AtomicI64::new(0);
static NANOSECONDS: AtomicI64 = AtomicI64::new(0);
static STEP: AtomicU64 = AtomicU64::new(0);

#[used]
#[unsafe(link_section = ".init_array")]
static CONSTRUCTOR: extern "C" fn() = read;

/// Reads the variable when the program starts: later the program may have changed it.
extern "C" fn read() {
    // SAFETY: reads the pointer alone.
    if unsafe { c::environ }.is_null() || STATE.load(Ordering::Acquire) != UNKNOWN {
        return;
    }
    let value = c::variables().find_map(|variable| variable.strip_prefix(b"RESOW_CLOCK="));
    let read = value.and_then(Instant::parse_with_step);
    if let Some((instant, step)) = read {
        SECONDS.store(instant.seconds, Ordering::Relaxed);
        NANOSECONDS.store(instant.nanoseconds, Ordering::Relaxed);
        STEP.store(step, Ordering::Relaxed);
    }
    let state = match read {
        None => RUNS,
        Some((_, 0)) => STANDS,
        Some(_) => COUNTS,
    };
    STATE.store(state, Ordering::Release);
}

fn state() -> u8 {
    if STATE.load(Ordering::Acquire) == UNKNOWN {
        read();
    }
    STATE.load(Ordering::Acquire)
}

fn given() -> Instant {
    Instant {
        seconds: SECONDS.load(Ordering::Relaxed),
        nanoseconds: NANOSECONDS.load(Ordering::Relaxed),
    }
}

/// Where the wall clock stands; `None` where it runs or counts.
pub(crate) fn instant() -> Option<Instant> {
    (state() == STANDS).then(given)
}

/// Where the wall clock begins, and by how many nanoseconds every clock advances at each read; `None` where none counts.
pub(crate) fn counting() -> Option<(Instant, u64)> {
    (state() == COUNTS).then(|| (given(), STEP.load(Ordering::Relaxed)))
}

/// Where a clock of the kernel is.
pub(crate) fn running(clock: i32) -> Instant {
    let mut instant = Instant {
        seconds: 0,
        nanoseconds: 0,
    };
    let arguments = [clock as usize, (&raw mut instant) as usize, 0, 0, 0, 0];
    // SAFETY: the kernel writes one instant.
    unsafe { call(number::CLOCK_GETTIME, arguments) };
    instant
}
