//! How many processors there are, where the run says so.

use crate::counters::{self, Counter};
use crate::environment;
use crate::errno::fail;
use crate::next::next;
use crate::start;
use crate::system::NOT_IMPLEMENTED;
use core::ffi::{c_int, c_long};
use core::sync::atomic::{AtomicI32, Ordering};

/// Zero where the host's are told.
static COUNT: AtomicI32 = AtomicI32::new(0);

const CONFIGURED: c_int = 83;
const ONLINE: c_int = 84;

pub(crate) fn read() {
    let given =
        environment::value(b"RESOW_PROCESSORS=").and_then(|digits| str::from_utf8(digits).ok());
    let count = given
        .and_then(|digits| digits.parse::<u16>().ok())
        .unwrap_or(0);
    COUNT.store(i32::from(count), Ordering::Relaxed);
}

fn told() -> Option<c_int> {
    counters::count(Counter::Processors);
    let count = if start::ready() {
        COUNT.load(Ordering::Relaxed)
    } else {
        0
    };
    (count > 0).then_some(count)
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sysconf(name: c_int) -> c_long {
    if matches!(name, CONFIGURED | ONLINE)
        && let Some(count) = told()
    {
        return c_long::from(count);
    }
    next!("sysconf", fn(name: c_int) -> c_long).unwrap_or_else(|| fail(NOT_IMPLEMENTED) as c_long)
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn get_nprocs() -> c_int {
    told()
        .or_else(|| next!("get_nprocs", fn() -> c_int))
        .unwrap_or(1)
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn get_nprocs_conf() -> c_int {
    told()
        .or_else(|| next!("get_nprocs_conf", fn() -> c_int))
        .unwrap_or(1)
}
