//! Waits until an instant of a clock: they last as long as the program meant, though that clock stands or counts.

use crate::counting;
use crate::errno::{self, answer};
use crate::instant::Instant;
use crate::interpreter;
use crate::next::next;
use crate::standing::{self, MONOTONIC, REALTIME};
use crate::system::NOT_IMPLEMENTED;
use crate::system::machine::{call, number};
use core::ffi::{c_int, c_void};

/// A wait until an instant of a clock of the program's.
pub(crate) struct Wait {
    /// The instant as the kernel's clock has it: `None` where the given one is to be passed on as it is.
    translated: Option<Instant>,
    /// How many nanoseconds the program means to wait.
    meant: u64,
}

impl Wait {
    const AS_GIVEN: Self = Self {
        translated: None,
        meant: 0,
    };

    /// # Safety
    /// `deadline` must be null or an instant.
    pub(crate) unsafe fn on(clock: c_int, deadline: *const Instant) -> Self {
        let standing = standing::instant().filter(|_| clock == REALTIME);
        let counted = || counting::now(clock).filter(|_| matches!(clock, REALTIME | MONOTONIC));
        let Some(now) = standing.or_else(counted) else {
            return Self::AS_GIVEN;
        };
        // SAFETY: the caller's promise.
        let deadline = unsafe { deadline.as_ref() }.filter(|deadline| deadline.is_valid());
        deadline.map_or(Self::AS_GIVEN, |deadline| Self {
            translated: Some(deadline.translate(now, standing::running(clock))),
            meant: deadline.since(now),
        })
    }

    /// As `on`, for a call whose clock was chosen when what is waited for was made: which, is told by what the instant
    /// is near to.
    ///
    /// # Safety
    /// `deadline` must be null or an instant.
    unsafe fn on_nearest(deadline: *const Instant) -> Self {
        let now = |clock| counting::now(clock).unwrap_or_else(|| standing::running(clock));
        let wall = standing::instant().or_else(|| counting::now(REALTIME));
        // SAFETY: the caller's promise.
        let (Some(given), Some(wall)) = (unsafe { deadline.as_ref() }, wall) else {
            return Self::AS_GIVEN;
        };
        let clock = if given.is_nearer(now(MONOTONIC), wall) {
            MONOTONIC
        } else {
            REALTIME
        };
        // SAFETY: the caller's promise.
        unsafe { Self::on(clock, deadline) }
    }

    /// What to pass on.
    pub(crate) fn deadline(&self, given: *const Instant) -> *const Instant {
        self.translated
            .as_ref()
            .map_or(given, core::ptr::from_ref)
    }

    /// The instant has come.
    pub(crate) fn passed(&self) {
        counting::wait(self.meant);
    }

    /// Notes whether the instant has come, by what a call answered.
    fn ended(&self, answer: c_int) -> c_int {
        const TIMED_OUT: c_int = 110;
        /// As C says it, where no function of POSIX says anything else.
        const TIMED_OUT_OF_C: c_int = 4;
        let failed = || answer == -1 && errno::last() == TIMED_OUT;
        if matches!(answer, TIMED_OUT | TIMED_OUT_OF_C) || failed() {
            self.passed();
        }
        answer
    }
}

/// A call whose last argument is a deadline, with the clock that it is one of, or `nearest`.
macro_rules! wait {
    ($name:ident, $text:literal, $clock:tt, fn($($argument:ident: $type:ty),+)) => {
        /// # Safety
        /// As for the C library's.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name($($argument: $type,)+ deadline: *const Instant) -> c_int {
            // SAFETY: the caller's promise.
            let wait = unsafe { wait!(@ $clock deadline) };
            let deadline = wait.deadline(deadline);
            let answer = next!($text, fn($($argument: $type,)+ deadline: *const Instant) -> c_int);
            wait.ended(answer.unwrap_or(NOT_IMPLEMENTED))
        }
    };
    (@ nearest $deadline:ident) => { Wait::on_nearest($deadline) };
    (@ $clock:tt $deadline:ident) => { Wait::on($clock, $deadline) };
}

/// Something of the C library that is waited for.
type Object = *mut c_void;

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pthread_cond_timedwait(
    condition: Object,
    mutex: Object,
    deadline: *const Instant,
) -> c_int {
    // SAFETY: the caller's promise.
    let wait = unsafe { Wait::on_nearest(deadline) };
    let of_interpreter = wait.translated.is_some() && interpreter::owns(condition);
    if of_interpreter {
        counting::take_back();
    }
    let deadline = wait.deadline(deadline);
    let answer = next!(
        "pthread_cond_timedwait",
        fn(condition: Object, mutex: Object, deadline: *const Instant) -> c_int
    )
    .unwrap_or(NOT_IMPLEMENTED);
    if of_interpreter {
        return answer;
    }
    wait.ended(answer)
}

wait!(pthread_cond_clockwait, "pthread_cond_clockwait", clock,
    fn(condition: Object, mutex: Object, clock: c_int));
wait!(cnd_timedwait, "cnd_timedwait", REALTIME, fn(condition: Object, mutex: Object));
wait!(pthread_mutex_timedlock, "pthread_mutex_timedlock", REALTIME, fn(mutex: Object));
wait!(pthread_mutex_clocklock, "pthread_mutex_clocklock", clock, fn(mutex: Object, clock: c_int));
wait!(mtx_timedlock, "mtx_timedlock", REALTIME, fn(mutex: Object));
wait!(pthread_rwlock_timedrdlock, "pthread_rwlock_timedrdlock", REALTIME, fn(lock: Object));
wait!(pthread_rwlock_timedwrlock, "pthread_rwlock_timedwrlock", REALTIME, fn(lock: Object));
wait!(pthread_rwlock_clockrdlock, "pthread_rwlock_clockrdlock", clock,
    fn(lock: Object, clock: c_int));
wait!(pthread_rwlock_clockwrlock, "pthread_rwlock_clockwrlock", clock,
    fn(lock: Object, clock: c_int));
wait!(sem_timedwait, "sem_timedwait", REALTIME, fn(semaphore: Object));
wait!(sem_clockwait, "sem_clockwait", clock, fn(semaphore: Object, clock: c_int));
wait!(pthread_timedjoin_np, "pthread_timedjoin_np", REALTIME, fn(thread: usize, answer: Object));
wait!(pthread_clockjoin_np, "pthread_clockjoin_np", clock,
    fn(thread: usize, answer: Object, clock: c_int));

/// The system call by which C++ and other languages wait.
///
/// # Safety
/// As for the system call.
pub(crate) unsafe fn futex(mut arguments: [usize; 6]) -> isize {
    const WAIT: usize = 0;
    const WAIT_BITSET: usize = 9;
    const ON_WALL_CLOCK: usize = 256;
    const OPERATION: usize = 127;
    const TIMED_OUT: isize = -110;
    let operation = arguments[1];
    let deadline = arguments[3] as *const Instant;
    let clock = if operation & ON_WALL_CLOCK == 0 {
        MONOTONIC
    } else {
        REALTIME
    };
    let wait = match operation & OPERATION {
        // SAFETY: the caller's promise.
        WAIT_BITSET => unsafe { Wait::on(clock, deadline) },
        // Its duration is passed on as it is.
        WAIT => Wait {
            translated: None,
            // SAFETY: the caller's promise.
            meant: unsafe { deadline.as_ref() }
                .map_or(0, |duration| duration.since(Instant::of_nanoseconds(0))),
        },
        _ => Wait::AS_GIVEN,
    };
    arguments[3] = wait.deadline(deadline) as usize;
    // SAFETY: the caller's promise.
    let told = unsafe { call(number::FUTEX, arguments) };
    if told == TIMED_OUT {
        wait.passed();
    }
    answer(told)
}
