//! Tasks of pools: whichever thread takes one, it draws from the task's stream.

use crate::derivation::Key;
use crate::process::PROCESS;
use crate::start;

/// The calling thread draws from a new stream, and counts what it makes anew.
///
/// # Safety
/// `key` must be null or 32 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn resow_begin_task(key: *const u8) {
    // SAFETY: the caller's promise; bytes need no alignment.
    let key = unsafe { key.cast::<Key>().as_ref() };
    if let Some(key) = key
        && start::ready()
        && PROCESS.is_seeded()
    {
        PROCESS.begin_task(key);
    }
}
