//! `syscall`, by which programs ask for entropy that their C library has no function for.

use crate::draws;
use crate::next;
use crate::system::machine::answer_system_calls;
use core::sync::atomic::{AtomicUsize, Ordering};

static NEXT: AtomicUsize = AtomicUsize::new(0);

/// Finds who answers the other calls: the library of clocks, or the C library.
pub(crate) fn connect() {
    NEXT.store(next::find("syscall").unwrap_or(0), Ordering::Relaxed);
}

/// # Safety
/// As for the system call.
unsafe extern "C" fn getrandom(_: usize, buffer: *mut u8, length: usize, flags: u32) -> isize {
    // SAFETY: the caller's promise.
    unsafe { draws::getrandom(buffer, length, flags) }
}

#[cfg(target_arch = "x86_64")]
answer_system_calls!(getrandom, NEXT, 318);
#[cfg(target_arch = "aarch64")]
answer_system_calls!(getrandom, NEXT, 278);
