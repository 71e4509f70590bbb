//! Threads that the program makes: each is named by its maker and a count, so that scheduling does not matter.

use crate::cell::KeyCell;
use crate::counters::{self, Counter};
use crate::derivation::Key;
use crate::next::next;
use crate::process::PROCESS;
use crate::start;
use crate::system::NOT_IMPLEMENTED;
use crate::system::machine::begin_thread;
use crate::thread;
use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What a thread is told by its maker.
struct Handover {
    taken: AtomicBool,
    function: AtomicUsize,
    argument: AtomicUsize,
    key: KeyCell,
}

/// As many threads can be about to begin at once.
static HANDOVERS: [Handover; 1024] = [const {
    Handover {
        taken: AtomicBool::new(false),
        function: AtomicUsize::new(0),
        argument: AtomicUsize::new(0),
        key: KeyCell::new(),
    }
}; 1024];

fn hand_over(function: usize, argument: *mut c_void, key: &Key) -> Option<&'static Handover> {
    let handover = HANDOVERS
        .iter()
        .find(|handover| !handover.taken.swap(true, Ordering::Acquire))?;
    handover.function.store(function, Ordering::Relaxed);
    handover
        .argument
        .store(argument as usize, Ordering::Relaxed);
    handover.key.set(key);
    Some(handover)
}

/// Takes what the maker left, and gives its place back: where the thread is to begin, and with what.
///
/// # Safety
/// `handover` must be a place of the table that was handed over, and `begins` two words.
unsafe extern "C" fn take_over(handover: *mut c_void, begins: *mut [usize; 2]) {
    // SAFETY: the caller's promise.
    let handover = unsafe { &*handover.cast::<Handover>() };
    let function = handover.function.load(Ordering::Relaxed);
    let argument = handover.argument.load(Ordering::Relaxed);
    thread::begin(&handover.key.get());
    handover.taken.store(false, Ordering::Release);
    // SAFETY: the caller's promise.
    unsafe { begins.write([function, argument]) };
}

begin_thread!(begin => take_over);

/// Makes a thread with `make`, which is handed a function and its argument.
fn create(
    function: usize,
    argument: *mut c_void,
    make: impl FnOnce(usize, *mut c_void) -> c_int,
) -> c_int {
    counters::count(Counter::Thread);
    let maker = (start::ready() && PROCESS.is_seeded())
        .then(thread::current)
        .flatten();
    let Some(maker) = maker else {
        return make(function, argument);
    };
    let key = maker.next_key("thread", &maker.threads);
    let Some(handover) = hand_over(function, argument, &key) else {
        return make(function, argument);
    };
    let made = make(
        begin as *const () as usize,
        core::ptr::from_ref(handover).cast_mut().cast(),
    );
    if made != 0 {
        handover.taken.store(false, Ordering::Release);
        maker.threads.fetch_sub(1, Ordering::Relaxed);
    }
    made
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pthread_create(
    thread: *mut c_void,
    attributes: *const c_void,
    function: usize,
    argument: *mut c_void,
) -> c_int {
    create(function, argument, |function, argument| {
        next!(
            "pthread_create",
            fn(
                thread: *mut c_void,
                attributes: *const c_void,
                function: usize,
                argument: *mut c_void,
            ) -> c_int
        )
        .unwrap_or(NOT_IMPLEMENTED)
    })
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn thrd_create(
    thread: *mut c_void,
    function: usize,
    argument: *mut c_void,
) -> c_int {
    const ERROR: c_int = 2;
    create(function, argument, |function, argument| {
        next!(
            "thrd_create",
            fn(thread: *mut c_void, function: usize, argument: *mut c_void) -> c_int
        )
        .unwrap_or(ERROR)
    })
}
