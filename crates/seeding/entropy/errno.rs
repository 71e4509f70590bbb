//! How failures are told to C.

use crate::c;

/// Says that error `number` happened, and gives what a C function then returns.
pub(crate) fn fail(number: i32) -> isize {
    // SAFETY: the C library gives the address of the calling thread's own variable.
    unsafe { *c::__errno_location() = number };
    -1
}

/// The answer of a system call, as a C function gives it.
pub(crate) extern "C" fn answer(answer: isize) -> isize {
    if (-4095..0).contains(&answer) {
        fail(-answer as i32)
    } else {
        answer
    }
}

/// The number of the calling thread's last error.
#[cfg(clock)]
pub(crate) fn last() -> i32 {
    // SAFETY: the C library gives the address of the calling thread's own variable.
    unsafe { *c::__errno_location() }
}
