//! Waits until an instant of the wall clock: they last as long as the program meant, though that clock stands.

use crate::errno::answer;
use crate::instant::Instant;
use crate::next::next;
use crate::standing::{self, MONOTONIC, REALTIME};
use crate::system::NOT_IMPLEMENTED;
use crate::system::machine::{call, number};
use core::ffi::{c_int, c_void};

/// The deadline as the kernel's wall clock has it: `None` where the given one is to be passed on as it is.
///
/// # Safety
/// `deadline` must be null or an instant.
unsafe fn translate(deadline: *const Instant) -> Option<Instant> {
    let standing = standing::instant()?;
    // SAFETY: the caller's promise.
    let deadline = unsafe { deadline.as_ref() }.filter(|deadline| deadline.is_valid())?;
    Some(deadline.translate(standing, standing::running(REALTIME)))
}

/// As `translate`, for a call whose clock was chosen when what is waited for was made: which, is told by what the
/// instant is near to.
///
/// # Safety
/// `deadline` must be null or an instant.
unsafe fn translate_unless_monotonic(deadline: *const Instant) -> Option<Instant> {
    let standing = standing::instant()?;
    // SAFETY: the caller's promise.
    let given = unsafe { deadline.as_ref() }?;
    if given.is_nearer(standing::running(MONOTONIC), standing) {
        return None;
    }
    // SAFETY: the caller's promise.
    unsafe { translate(deadline) }
}

/// What to pass on: the translated instant, or the one that was given.
fn pass(translated: &Option<Instant>, given: *const Instant) -> *const Instant {
    translated.as_ref().map_or(given, core::ptr::from_ref)
}

/// A call whose last argument is a deadline; of those before it, one may name the clock.
macro_rules! wait {
    ($name:ident, $text:literal, $translate:ident, fn($($argument:ident: $type:ty),+)) => {
        /// # Safety
        /// As for the C library's.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name($($argument: $type,)+ deadline: *const Instant) -> c_int {
            // SAFETY: the caller's promise.
            let translated = unsafe { $translate(deadline) };
            let deadline = pass(&translated, deadline);
            next!($text, fn($($argument: $type,)+ deadline: *const Instant) -> c_int)
                .unwrap_or(NOT_IMPLEMENTED)
        }
    };
    ($name:ident, $text:literal, $clock:ident in fn($($argument:ident: $type:ty),+)) => {
        /// # Safety
        /// As for the C library's.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name($($argument: $type,)+ deadline: *const Instant) -> c_int {
            // SAFETY: the caller's promise.
            let translated = if $clock == REALTIME { unsafe { translate(deadline) } } else { None };
            let deadline = pass(&translated, deadline);
            next!($text, fn($($argument: $type,)+ deadline: *const Instant) -> c_int)
                .unwrap_or(NOT_IMPLEMENTED)
        }
    };
}

/// Something of the C library that is waited for.
type Object = *mut c_void;

wait!(
    pthread_cond_timedwait,
    "pthread_cond_timedwait",
    translate_unless_monotonic,
    fn(condition: Object, mutex: Object)
);
wait!(pthread_cond_clockwait, "pthread_cond_clockwait",
    clock in fn(condition: Object, mutex: Object, clock: c_int));
wait!(
    cnd_timedwait,
    "cnd_timedwait",
    translate,
    fn(condition: Object, mutex: Object)
);
wait!(
    pthread_mutex_timedlock,
    "pthread_mutex_timedlock",
    translate,
    fn(mutex: Object)
);
wait!(pthread_mutex_clocklock, "pthread_mutex_clocklock", clock in fn(mutex: Object, clock: c_int));
wait!(mtx_timedlock, "mtx_timedlock", translate, fn(mutex: Object));
wait!(
    pthread_rwlock_timedrdlock,
    "pthread_rwlock_timedrdlock",
    translate,
    fn(lock: Object)
);
wait!(
    pthread_rwlock_timedwrlock,
    "pthread_rwlock_timedwrlock",
    translate,
    fn(lock: Object)
);
wait!(pthread_rwlock_clockrdlock, "pthread_rwlock_clockrdlock",
    clock in fn(lock: Object, clock: c_int));
wait!(pthread_rwlock_clockwrlock, "pthread_rwlock_clockwrlock",
    clock in fn(lock: Object, clock: c_int));
wait!(
    sem_timedwait,
    "sem_timedwait",
    translate,
    fn(semaphore: Object)
);
wait!(sem_clockwait, "sem_clockwait", clock in fn(semaphore: Object, clock: c_int));
wait!(
    pthread_timedjoin_np,
    "pthread_timedjoin_np",
    translate,
    fn(thread: usize, answer: Object)
);

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clock_nanosleep(
    clock: c_int,
    flags: c_int,
    duration: *const Instant,
    remaining: *mut Instant,
) -> c_int {
    const UNTIL_AN_INSTANT: c_int = 1;
    let until = clock == REALTIME && flags & UNTIL_AN_INSTANT != 0;
    // SAFETY: the caller's promise.
    let translated = if until {
        unsafe { translate(duration) }
    } else {
        None
    };
    let duration = pass(&translated, duration);
    next!(
        "clock_nanosleep",
        fn(clock: c_int, flags: c_int, duration: *const Instant, remaining: *mut Instant) -> c_int
    )
    .unwrap_or(NOT_IMPLEMENTED)
}

/// The system call by which C++ and other languages wait.
///
/// # Safety
/// As for the system call.
pub(crate) unsafe fn futex(mut arguments: [usize; 6]) -> isize {
    const WAIT_BITSET: usize = 9;
    const ON_WALL_CLOCK: usize = 256;
    const OPERATION: usize = 127;
    let operation = arguments[1];
    let until = operation & OPERATION == WAIT_BITSET && operation & ON_WALL_CLOCK != 0;
    let deadline = arguments[3] as *const Instant;
    // SAFETY: the caller's promise.
    let translated = if until {
        unsafe { translate(deadline) }
    } else {
        None
    };
    if translated.is_some() {
        arguments[3] = pass(&translated, deadline) as usize;
    }
    // SAFETY: the caller's promise.
    answer(unsafe { call(number::FUTEX, arguments) })
}
