//! The functions that read clocks.

use crate::counters::{self, Counter};
use crate::counting;
use crate::errno::{answer, fail};
use crate::instant::Instant;
use crate::next::{self, next};
use crate::standing::{self, INTERNATIONAL_ATOMIC, REALTIME, REALTIME_COARSE};
use crate::system::BAD_ADDRESS;
use crate::system::machine::{answer_system_calls, call, number};
use crate::waits;
use core::ffi::{c_int, c_long};
use core::sync::atomic::{AtomicUsize, Ordering};

/// What a clock says that stands or counts; `None` where it runs.
fn read(clock: c_int) -> Option<Instant> {
    let tells_time_of_day = matches!(clock, REALTIME | REALTIME_COARSE | INTERNATIONAL_ATOMIC);
    counters::count(if tells_time_of_day {
        Counter::WallClock
    } else {
        Counter::OtherClock
    });
    let standing = || standing::instant().filter(|_| tells_time_of_day);
    standing().or_else(|| counting::read(clock))
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clock_gettime(clock: c_int, told: *mut Instant) -> c_int {
    if let Some(instant) = read(clock) {
        if told.is_null() {
            return fail(BAD_ADDRESS) as c_int;
        }
        // SAFETY: the caller's promise.
        unsafe { told.write(instant) };
        return 0;
    }
    next!(
        "clock_gettime",
        fn(clock: c_int, told: *mut Instant) -> c_int
    )
    .unwrap_or_else(|| {
        let arguments = [clock as usize, told as usize, 0, 0, 0, 0];
        // SAFETY: the caller's promise.
        answer(unsafe { call(number::CLOCK_GETTIME, arguments) }) as c_int
    })
}

/// The time now, where no other clock was asked for.
fn now() -> Instant {
    read(REALTIME).unwrap_or_else(|| standing::running(REALTIME))
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gettimeofday(told: *mut [c_long; 2], zone: *mut [c_int; 2]) -> c_int {
    let now = now();
    if !told.is_null() {
        // SAFETY: the caller's promise.
        unsafe { told.write([now.seconds, now.nanoseconds / 1000]) };
    }
    if !zone.is_null() {
        // SAFETY: the caller's promise.
        unsafe { zone.write([0, 0]) };
    }
    0
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn time(told: *mut c_long) -> c_long {
    let seconds = now().seconds;
    if !told.is_null() {
        // SAFETY: the caller's promise.
        unsafe { told.write(seconds) };
    }
    seconds
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn timespec_get(told: *mut Instant, base: c_int) -> c_int {
    const COORDINATED_UNIVERSAL: c_int = 1;
    if base != COORDINATED_UNIVERSAL {
        return next!("timespec_get", fn(told: *mut Instant, base: c_int) -> c_int).unwrap_or(0);
    }
    // SAFETY: the caller's promise.
    unsafe { told.write(now()) };
    base
}

static NEXT: AtomicUsize = AtomicUsize::new(0);

#[used]
#[unsafe(link_section = ".init_array")]
static CONSTRUCTOR: extern "C" fn() = connect;

/// Finds who answers the other system calls.
extern "C" fn connect() {
    NEXT.store(next::find("syscall").unwrap_or(0), Ordering::Relaxed);
    counters::connect();
}

/// The calls that tell the time, or wait for it.
///
/// # Safety
/// As for the system calls.
unsafe extern "C" fn system_call(
    number: usize,
    a: usize,
    b: usize,
    c: usize,
    d: usize,
    e: usize,
    f: usize,
) -> isize {
    match number {
        // SAFETY: the caller's promise.
        number::CLOCK_GETTIME => unsafe {
            clock_gettime(a as c_int, b as *mut Instant) as isize
        },
        // SAFETY: the caller's promise.
        number::GETTIMEOFDAY => unsafe {
            gettimeofday(a as *mut [c_long; 2], b as *mut [c_int; 2]) as isize
        },
        // SAFETY: the caller's promise.
        number::TIME => unsafe { time(a as *mut c_long) as isize },
        // SAFETY: the caller's promise.
        number::FUTEX => unsafe { waits::futex([a, b, c, d, e, f]) },
        // SAFETY: the caller's promise.
        _ => answer(unsafe { call(number, [a, b, c, d, e, f]) }),
    }
}

#[cfg(target_arch = "x86_64")]
answer_system_calls!(system_call, NEXT, 228 96 201 202);
#[cfg(target_arch = "aarch64")]
answer_system_calls!(system_call, NEXT, 113 169 98);
