//! Sleeps, which last as long as they say and pass on clocks that count.

use crate::counting;
use crate::errno::{self, fail};
use crate::instant::Instant;
use crate::next::next;
use crate::standing;
use crate::system::NOT_IMPLEMENTED;
use crate::waits::Wait;
use core::ffi::{c_int, c_uint};

const INTERRUPTED: c_int = 4;
const BEGINNING: Instant = Instant {
    seconds: 0,
    nanoseconds: 0,
};

/// Sleeps with `sleep`, which is handed where to write what was left; what was slept has passed.
///
/// # Safety
/// `duration` must be what the C library takes, and `remaining` null or room for an instant.
unsafe fn sleep_with(
    duration: *const Instant,
    remaining: *mut Instant,
    sleep: impl FnOnce(*mut Instant) -> c_int,
) -> c_int {
    if standing::counting().is_none() {
        return sleep(remaining);
    }
    let mut left = BEGINNING;
    let answer = sleep(&raw mut left);
    // C's own function says so by -1 alone.
    let interrupted = answer == INTERRUPTED || answer == -1 && errno::last() == INTERRUPTED;
    if answer == 0 || interrupted {
        // SAFETY: the C library has read it.
        let wanted = unsafe { duration.read() }.since(BEGINNING);
        counting::wait(wanted.saturating_sub(left.since(BEGINNING)));
    }
    if interrupted && !remaining.is_null() {
        // SAFETY: the caller's promise.
        unsafe { remaining.write(left) };
    }
    answer
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nanosleep(duration: *const Instant, remaining: *mut Instant) -> c_int {
    let sleep = |remaining| {
        next!(
            "nanosleep",
            fn(duration: *const Instant, remaining: *mut Instant) -> c_int
        )
        .unwrap_or_else(|| fail(NOT_IMPLEMENTED) as c_int)
    };
    // SAFETY: the caller's promise.
    unsafe { sleep_with(duration, remaining, sleep) }
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn thrd_sleep(duration: *const Instant, remaining: *mut Instant) -> c_int {
    const ERROR: c_int = -2;
    let sleep = |remaining| {
        next!(
            "thrd_sleep",
            fn(duration: *const Instant, remaining: *mut Instant) -> c_int
        )
        .unwrap_or(ERROR)
    };
    // SAFETY: the caller's promise.
    unsafe { sleep_with(duration, remaining, sleep) }
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clock_nanosleep(
    clock: c_int,
    flags: c_int,
    duration: *const Instant,
    remaining: *mut Instant,
) -> c_int {
    const UNTIL_AN_INSTANT: c_int = 1;
    let sleep = |duration: *const Instant, remaining: *mut Instant| {
        next!(
            "clock_nanosleep",
            fn(
                clock: c_int,
                flags: c_int,
                duration: *const Instant,
                remaining: *mut Instant,
            ) -> c_int
        )
        .unwrap_or(NOT_IMPLEMENTED)
    };
    if flags & UNTIL_AN_INSTANT == 0 {
        // SAFETY: the caller's promise.
        return unsafe { sleep_with(duration, remaining, |left| sleep(duration, left)) };
    }
    // SAFETY: the caller's promise.
    let wait = unsafe { Wait::on(clock, duration) };
    let answer = sleep(wait.deadline(duration), remaining);
    if answer == 0 {
        wait.passed();
    }
    answer
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sleep(seconds: c_uint) -> c_uint {
    let left = next!("sleep", fn(seconds: c_uint) -> c_uint).unwrap_or(seconds);
    counting::wait(u64::from(seconds.saturating_sub(left)) * 1_000_000_000);
    left
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn usleep(microseconds: c_uint) -> c_int {
    let answer = next!("usleep", fn(microseconds: c_uint) -> c_int)
        .unwrap_or_else(|| fail(NOT_IMPLEMENTED) as c_int);
    if answer == 0 {
        counting::wait(u64::from(microseconds) * 1000);
    }
    answer
}
