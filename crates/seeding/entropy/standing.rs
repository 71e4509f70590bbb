//! Where the wall clock stands, and how far the kernel's own clocks are.

use crate::c;
use crate::instant::Instant;
use crate::system::machine::{call, number};
use core::sync::atomic::{AtomicI64, AtomicU8, Ordering};

pub(crate) const REALTIME: i32 = 0;
pub(crate) const MONOTONIC: i32 = 1;
pub(crate) const REALTIME_COARSE: i32 = 5;
pub(crate) const INTERNATIONAL_ATOMIC: i32 = 11;

static STATE: AtomicU8 = AtomicU8::new(UNKNOWN);
const UNKNOWN: u8 = 0;
const RUNS: u8 = 1;
const STANDS: u8 = 2;
static SECONDS: AtomicI64 = AtomicI64::new(0);
static NANOSECONDS: AtomicI64 = AtomicI64::new(0);

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
    let instant = value.and_then(Instant::parse);
    if let Some(instant) = instant {
        SECONDS.store(instant.seconds, Ordering::Relaxed);
        NANOSECONDS.store(instant.nanoseconds, Ordering::Relaxed);
    }
    let state = if instant.is_some() { STANDS } else { RUNS };
    STATE.store(state, Ordering::Release);
}

/// Where the wall clock stands; `None` where it runs.
pub(crate) fn instant() -> Option<Instant> {
    if STATE.load(Ordering::Acquire) == UNKNOWN {
        read();
    }
    (STATE.load(Ordering::Acquire) == STANDS).then(|| Instant {
        seconds: SECONDS.load(Ordering::Relaxed),
        nanoseconds: NANOSECONDS.load(Ordering::Relaxed),
    })
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
