//! Forked children: each is named by the thread that forked and a count.

use crate::errno::fail;
use crate::next::next;
use crate::process::PROCESS;
use crate::start;
use crate::system::NOT_IMPLEMENTED;
use crate::thread;
use core::ffi::{c_int, c_void};

/// Forks with `make`, which answers 0 in the child.
fn fork_with(make: impl FnOnce() -> Option<c_int>) -> c_int {
    let make = || make().unwrap_or_else(|| fail(NOT_IMPLEMENTED) as c_int);
    let parent = (start::ready() && PROCESS.is_seeded())
        .then(thread::current)
        .flatten();
    let Some(parent) = parent else {
        return make();
    };
    let key = parent.next_key("fork", &parent.forks);
    parent.leave_key_for_child(&key);
    let made = make();
    if made == 0 {
        PROCESS.be_child();
        return made;
    }
    parent.take_key_of_child();
    if made < 0 {
        parent
            .forks
            .fetch_sub(1, core::sync::atomic::Ordering::Relaxed);
    }
    made
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fork() -> c_int {
    fork_with(|| next!("fork", fn() -> c_int))
}

/// `fork` without the handlers of `pthread_atfork`.
///
/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _Fork() -> c_int {
    fork_with(|| next!("_Fork", fn() -> c_int))
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forkpty(
    terminal: *mut c_int,
    name: *mut u8,
    settings: *const c_void,
    size: *const c_void,
) -> c_int {
    fork_with(|| {
        next!(
            "forkpty",
            fn(
                terminal: *mut c_int,
                name: *mut u8,
                settings: *const c_void,
                size: *const c_void,
            ) -> c_int
        )
    })
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn daemon(keep_folder: c_int, keep_streams: c_int) -> c_int {
    // Its parent does not come back.
    fork_with(|| {
        next!(
            "daemon",
            fn(keep_folder: c_int, keep_streams: c_int) -> c_int
        )
    })
}
