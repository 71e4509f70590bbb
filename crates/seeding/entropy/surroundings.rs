//! What a program asks of its surroundings, counted where the run is watched; the calls themselves are passed on.

use crate::addresses;
use crate::c;
use crate::counters::{self, Counter};
use crate::errno::fail;
use crate::next::next;
use crate::system::NOT_IMPLEMENTED;
use core::ffi::{c_char, c_int, c_long, c_void};

/// Counts what a program is started with.
pub(crate) fn count() {
    let pointer = size_of::<*const u8>();
    let size: usize = c::variables().map(|it| it.len() + 1 + pointer).sum();
    counters::raise(Counter::EnvironmentSize, size as u64);
    match addresses::are_fixed() {
        Some(true) => counters::count(Counter::FixedAddresses),
        Some(false) => counters::count(Counter::RandomAddresses),
        None => {}
    }
}

/// Functions that are counted and passed on, with what they answer where no C library has them.
macro_rules! counted {
    ($($counter:ident: $name:ident = $text:literal($($argument:ident: $type:ty),*) -> $answer:ty, else $absent:expr;)+) => {$(
        /// # Safety
        /// As for the C library's.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name($($argument: $type),*) -> $answer {
            counters::count(Counter::$counter);
            next!($text, fn($($argument: $type),*) -> $answer).unwrap_or_else(|| $absent)
        }
    )+};
}

/// An instant as C has it in days, hours and so on.
type BrokenDown = *mut c_void;
type Seconds = *const c_long;

const NOTHING: *mut c_void = core::ptr::null_mut();

counted! {
    HostName: gethostname = "gethostname"(name: *mut c_char, length: usize) -> c_int, else fail(NOT_IMPLEMENTED) as c_int;
    HostName: uname = "uname"(names: *mut c_void) -> c_int, else fail(NOT_IMPLEMENTED) as c_int;
    TimeZone: localtime = "localtime"(seconds: Seconds) -> BrokenDown, else NOTHING;
    TimeZone: localtime_r = "localtime_r"(seconds: Seconds, told: BrokenDown) -> BrokenDown, else NOTHING;
    TimeZone: mktime = "mktime"(given: BrokenDown) -> c_long, else fail(NOT_IMPLEMENTED) as c_long;
    TimeZone: ctime = "ctime"(seconds: Seconds) -> *mut c_char, else NOTHING.cast();
    TimeZone: ctime_r = "ctime_r"(seconds: Seconds, told: *mut c_char) -> *mut c_char, else NOTHING.cast();
    TimeZone: tzset = "tzset"() -> (), else ();
    Locale: setlocale = "setlocale"(category: c_int, name: *const c_char) -> *mut c_char, else NOTHING.cast();
    Locale: newlocale = "newlocale"(categories: c_int, name: *const c_char, base: *mut c_void) -> *mut c_void, else NOTHING;
}
