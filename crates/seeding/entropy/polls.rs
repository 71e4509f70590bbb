//! Waits for files with a timeout: one that passed has passed on clocks that count, too.

use crate::counting;
use crate::errno::fail;
use crate::instant::Instant;
use crate::next::next;
use crate::standing;
use crate::system::NOT_IMPLEMENTED;
use core::ffi::{c_int, c_long, c_ulong, c_void};

/// What a call answers where nothing happened in time.
const NOTHING: c_int = 0;

fn waited(answer: c_int, nanoseconds: u64) -> c_int {
    if answer == NOTHING {
        counting::wait(nanoseconds);
    }
    answer
}

fn milliseconds(timeout: c_int) -> u64 {
    u64::try_from(timeout).unwrap_or(0) * 1_000_000
}

/// # Safety
/// `timeout` must be null or a duration.
unsafe fn duration(timeout: *const Instant) -> u64 {
    // What nobody needs, is left to the kernel to read.
    let timeout = standing::counting().map_or(core::ptr::null(), |_| timeout);
    // SAFETY: the caller's promise.
    unsafe { timeout.as_ref() }.map_or(0, |timeout| timeout.since(Instant::of_nanoseconds(0)))
}

/// As above, of seconds and microseconds.
///
/// # Safety
/// `timeout` must be null or a duration.
unsafe fn coarse_duration(timeout: *const [c_long; 2]) -> u64 {
    let timeout = standing::counting().map_or(core::ptr::null(), |_| timeout);
    // SAFETY: the caller's promise.
    let timeout = unsafe { timeout.as_ref() }.map(|[seconds, microseconds]| Instant {
        seconds: *seconds,
        nanoseconds: microseconds.saturating_mul(1000),
    });
    timeout.map_or(0, |timeout| timeout.since(Instant::of_nanoseconds(0)))
}

/// Calls that wait for files: their arguments, and how many nanoseconds their timeout has.
macro_rules! poll {
    ($($name:ident = $text:literal($($argument:ident: $type:ty),+), $timeout:expr;)+) => {$(
        /// # Safety
        /// As for the C library's.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name($($argument: $type),+) -> c_int {
            // Before the call, which may write what is left of it there.
            let timeout = $timeout;
            let answer = next!($text, fn($($argument: $type),+) -> c_int);
            waited(answer.unwrap_or_else(|| fail(NOT_IMPLEMENTED) as c_int), timeout)
        }
    )+};
}

/// Files, signals or events, which are passed on.
type Things = *mut c_void;

// SAFETY of all: where a timeout is a pointer, the caller's promise is that of the C library's function.
poll! {
    poll = "poll"(files: Things, count: c_ulong, timeout: c_int), milliseconds(timeout);
    ppoll = "ppoll"(files: Things, count: c_ulong, timeout: *const Instant, signals: Things), unsafe { duration(timeout) };
    select = "select"(count: c_int, read: Things, write: Things, except: Things, timeout: *mut [c_long; 2]), unsafe { coarse_duration(timeout) };
    pselect = "pselect"(count: c_int, read: Things, write: Things, except: Things, timeout: *const Instant, signals: Things), unsafe { duration(timeout) };
    epoll_wait = "epoll_wait"(set: c_int, events: Things, count: c_int, timeout: c_int), milliseconds(timeout);
    epoll_pwait = "epoll_pwait"(set: c_int, events: Things, count: c_int, timeout: c_int, signals: Things), milliseconds(timeout);
    epoll_pwait2 = "epoll_pwait2"(set: c_int, events: Things, count: c_int, timeout: *const Instant, signals: Things), unsafe { duration(timeout) };
}
