//! Threads that the program makes: each is handed what it has from its maker.

use crate::Inherited;
use crate::next::next;
use crate::system::NOT_IMPLEMENTED;
use crate::system::machine::begin_thread;
use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What a thread has from its maker.
pub(crate) trait Inheritance {
    /// What nobody has left anything in.
    const EMPTY: Self;

    /// The calling thread leaves here what one that it makes now is to have; `false` where it has nothing to leave.
    fn leave(&self) -> bool;

    /// The calling thread, which begins, takes what was left here.
    fn take(&self);

    /// The thread was not made after all.
    fn take_back(&self);
}

/// What a thread is told by its maker.
struct Handover {
    taken: AtomicBool,
    function: AtomicUsize,
    argument: AtomicUsize,
    inherited: Inherited,
}

/// As many threads can be about to begin at once.
static HANDOVERS: [Handover; 1024] = [const {
    Handover {
        taken: AtomicBool::new(false),
        function: AtomicUsize::new(0),
        argument: AtomicUsize::new(0),
        inherited: Inherited::EMPTY,
    }
}; 1024];

/// Takes what the maker left, and gives its place back: where the thread is to begin, and with what.
///
/// # Safety
/// `handover` must be a place of the table that was handed over, and `begins` two words.
unsafe extern "C" fn take_over(handover: *mut c_void, begins: *mut [usize; 2]) {
    // SAFETY: the caller's promise.
    let handover = unsafe { &*handover.cast::<Handover>() };
    let function = handover.function.load(Ordering::Relaxed);
    let argument = handover.argument.load(Ordering::Relaxed);
    handover.inherited.take();
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
    let mut places = HANDOVERS.iter();
    let Some(handover) = places.find(|place| !place.taken.swap(true, Ordering::Acquire)) else {
        return make(function, argument);
    };
    if !handover.inherited.leave() {
        handover.taken.store(false, Ordering::Release);
        return make(function, argument);
    }
    handover.function.store(function, Ordering::Relaxed);
    handover
        .argument
        .store(argument as usize, Ordering::Relaxed);
    let made = make(
        begin as *const () as usize,
        core::ptr::from_ref(handover).cast_mut().cast(),
    );
    if made != 0 {
        handover.inherited.take_back();
        handover.taken.store(false, Ordering::Release);
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
