//! Clocks that advance by a step at each read, counted in each thread by itself.
//!
//! What a thread slept, or waited for in vain, passes on its clocks too: a deadline that it computed from them is
//! reached when it has waited for that long.

use crate::instant::Instant;
use crate::standing::{self, INTERNATIONAL_ATOMIC, MONOTONIC, REALTIME, REALTIME_COARSE};
use crate::system::machine::thread_pointer;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

const PROCESS_CPU: i32 = 2;
const THREAD_CPU: i32 = 3;
const MONOTONIC_RAW: i32 = 4;
const MONOTONIC_COARSE: i32 = 6;
const BOOT: i32 = 7;
const REALTIME_ALARM: i32 = 8;
const BOOT_ALARM: i32 = 9;

/// Where monotonic clocks begin: some programs take zero for no time at all.
const UPTIME: Instant = Instant {
    seconds: 1000,
    nanoseconds: 0,
};

/// A thread, and how far its clocks are, in nanoseconds.
struct Place {
    /// Its thread pointer; zero where no thread was yet.
    pointer: AtomicUsize,
    /// What its reads came to.
    read: AtomicU64,
    /// What it waited.
    waited: AtomicU64,
}

const PLACES: usize = 1 << 13;
/// How many places are tried for a thread.
const TRIES: usize = 256;

static TABLE: [Place; PLACES] = [const {
    Place {
        pointer: AtomicUsize::new(0),
        read: AtomicU64::new(0),
        waited: AtomicU64::new(0),
    }
}; PLACES];

/// The calling thread's place. Where there is no room, threads share one.
fn place() -> &'static Place {
    let pointer = thread_pointer();
    let first = (pointer >> 6).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 51;
    let places = (0..TRIES).map(|step| &TABLE[(first + step) % PLACES]);
    let mut places = places.filter(|place| {
        let taken =
            place
                .pointer
                .compare_exchange(0, pointer, Ordering::Relaxed, Ordering::Relaxed);
        taken.is_ok() || taken == Err(pointer)
    });
    places.next().unwrap_or(&TABLE[first % PLACES])
}

/// Nobody but the thread itself changes its place, and a signal's handler in the middle of it may be lost.
fn add(to: &AtomicU64, nanoseconds: u64) {
    let sum = to.load(Ordering::Relaxed).saturating_add(nanoseconds);
    to.store(sum, Ordering::Relaxed);
}

/// How far the calling thread's clocks are: what its reads came to, and what it waited.
pub(crate) fn progress() -> [u64; 2] {
    let place = place();
    [&place.read, &place.waited].map(|it| it.load(Ordering::Relaxed))
}

/// The calling thread begins, as far as the one was that made it.
pub(crate) fn begin([read, waited]: [u64; 2]) {
    let place = place();
    place.read.store(read, Ordering::Relaxed);
    place.waited.store(waited, Ordering::Relaxed);
}

/// What a clock says, without a read; `None` where it does not count.
pub(crate) fn now(clock: i32) -> Option<Instant> {
    let (start, _) = standing::counting()?;
    let [read, waited] = progress();
    let passed = read.saturating_add(waited);
    match clock {
        REALTIME | REALTIME_COARSE | REALTIME_ALARM | INTERNATIONAL_ATOMIC => {
            Some(start.later(passed))
        }
        MONOTONIC | MONOTONIC_RAW | MONOTONIC_COARSE | BOOT | BOOT_ALARM => {
            Some(UPTIME.later(passed))
        }
        // Those of other processes and threads have negative numbers.
        PROCESS_CPU | THREAD_CPU | i32::MIN..0 => Some(Instant::of_nanoseconds(read)),
        _ => None,
    }
}

/// What a clock says when it is read; `None` where it does not count.
pub(crate) fn read(clock: i32) -> Option<Instant> {
    let (_, step) = standing::counting()?;
    now(clock)?;
    add(&place().read, step);
    now(clock)
}

/// Takes the last read back.
pub(crate) fn take_back() {
    if let Some((_, step)) = standing::counting() {
        let read = &place().read;
        let before = read.load(Ordering::Relaxed).saturating_sub(step);
        read.store(before, Ordering::Relaxed);
    }
}

/// The calling thread has waited; does nothing where no clock counts.
pub(crate) fn wait(nanoseconds: u64) {
    if standing::counting().is_some() {
        add(&place().waited, nanoseconds);
    }
}
