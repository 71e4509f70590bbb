//! Python's own lock, for which its threads wait by turns of some milliseconds: how often, depends on scheduling, and is
//! no time that the program measures.

use crate::next;
use core::ffi::c_void;
use core::sync::atomic::{AtomicUsize, Ordering};

static START: AtomicUsize = AtomicUsize::new(0);
static END: AtomicUsize = AtomicUsize::new(0);

/// How often it is looked for: a program may load Python late, and most never do.
const LOOKS: usize = 64;
static LOOKED: AtomicUsize = AtomicUsize::new(0);

/// Whether what is waited for belongs to Python's interpreter itself, and not to the program that it runs.
pub(crate) fn owns(object: *const c_void) -> bool {
    if END.load(Ordering::Acquire) == 0
        && LOOKED.fetch_add(1, Ordering::Relaxed) < LOOKS
        && let Some((start, size)) = next::find_data("_PyRuntime")
    {
        START.store(start, Ordering::Relaxed);
        END.store(start + size, Ordering::Release);
    }
    let end = END.load(Ordering::Acquire);
    (START.load(Ordering::Relaxed)..end).contains(&(object as usize))
}
