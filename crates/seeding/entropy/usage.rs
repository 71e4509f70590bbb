//! The older functions that tell how much of the processor was used, where clocks count.

use crate::counters::{self, Counter};
use crate::counting;
use crate::errno::fail;
use crate::instant::Instant;
use crate::next::next;
use crate::system::NOT_IMPLEMENTED;
use core::ffi::{c_int, c_long, c_void};

const MONOTONIC: c_int = 1;
const PROCESS_CPU: c_int = 2;

/// How many units of so many nanoseconds an instant has.
fn units(instant: Instant, unit: u64) -> c_long {
    (instant.since(Instant::of_nanoseconds(0)) / unit) as c_long
}

fn read(clock: c_int) -> Option<Instant> {
    counters::count(Counter::OtherClock);
    counting::read(clock)
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clock() -> c_long {
    const UNIT: u64 = 1000;
    match read(PROCESS_CPU) {
        Some(used) => units(used, UNIT),
        None => next!("clock", fn() -> c_long).unwrap_or(-1),
    }
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn times(told: *mut [c_long; 4]) -> c_long {
    /// Every system of these architectures has 100 to a second.
    const UNIT: u64 = 10_000_000;
    let Some(now) = read(MONOTONIC) else {
        return next!("times", fn(told: *mut [c_long; 4]) -> c_long)
            .unwrap_or_else(|| fail(NOT_IMPLEMENTED) as c_long);
    };
    if let (false, Some(used)) = (told.is_null(), counting::now(PROCESS_CPU)) {
        // SAFETY: the caller's promise.
        unsafe { told.write([units(used, UNIT), 0, 0, 0]) };
    }
    units(now, UNIT)
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn getrusage(who: c_int, told: *mut c_void) -> c_int {
    let answer = next!("getrusage", fn(who: c_int, told: *mut c_void) -> c_int)
        .unwrap_or_else(|| fail(NOT_IMPLEMENTED) as c_int);
    if let (0, Some(used)) = (answer, read(PROCESS_CPU)) {
        // SAFETY: the C library has written there, and two times of seconds and microseconds come first.
        unsafe {
            told.cast::<[c_long; 4]>()
                .write([used.seconds, used.nanoseconds / 1000, 0, 0]);
        }
    }
    answer
}
