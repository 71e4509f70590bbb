//! Generators of the C library that a program seeds itself: told where the seed is evidently the present time. The calls
//! are passed on unchanged.

use crate::events;
use crate::next::next;
use crate::start;
use crate::system::machine::{call, number};
use core::ffi::{c_long, c_uint};
use core::sync::atomic::{AtomicBool, Ordering};

/// How far from the present a seed still is a time: a day.
const NEAR: i64 = 86_400;

/// Whether it was told: once a process is enough.
static TOLD: AtomicBool = AtomicBool::new(false);

/// Seconds since 1970, as the kernel says; 0 where it does not.
fn now() -> i64 {
    const REALTIME: usize = 0;
    let mut told = [0_i64; 2];
    let arguments = [REALTIME, (&raw mut told) as usize, 0, 0, 0, 0];
    // SAFETY: the kernel fills two numbers.
    unsafe { call(number::CLOCK_GETTIME, arguments) };
    told[0]
}

/// Whether a seed, of which a program may have kept the lower 32 bits alone, is near the present in seconds.
fn is_present(seed: i64) -> bool {
    let now = now();
    let whole = (seed - now).abs() < NEAR;
    let lower = i64::from(seed as u32) - i64::from(now as u32);
    now != 0 && (whole || lower.abs() < NEAR)
}

fn look(function: &str, seed: i64) {
    if start::ready() && is_present(seed) && !TOLD.swap(true, Ordering::Relaxed) {
        events::tell(
            events::line("draw")
                .text("call", function.as_bytes())
                .text("reason", b"the clock"),
        );
    }
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn srand(seed: c_uint) {
    look("srand", i64::from(seed));
    next!("srand", fn(seed: c_uint) -> ()).unwrap_or(());
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn srandom(seed: c_uint) {
    look("srandom", i64::from(seed));
    next!("srandom", fn(seed: c_uint) -> ()).unwrap_or(());
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn srand48(seed: c_long) {
    look("srand48", seed as i64);
    next!("srand48", fn(seed: c_long) -> ()).unwrap_or(());
}
