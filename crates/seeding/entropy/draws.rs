//! The functions that programs draw from.

use crate::errno::{answer, fail};
use crate::next::next;
use crate::process::PROCESS;
use crate::start;
use crate::system::machine::{call, number};
use crate::system::{self, BAD_ADDRESS, INPUT_OUTPUT, INVALID};
use crate::thread;
use core::ffi::c_int;

/// The kernel gives no more at once.
const LONGEST_DRAW: usize = 0x7fff_f000;
const NOT_BLOCKING: u32 = 1;
const RANDOM: u32 = 2;
const INSECURE: u32 = 4;

/// Fills `buffer`, from the host where entropy is the host's.
pub(crate) fn fill(buffer: &mut [u8]) {
    if !thread::fill(buffer) {
        system::host_entropy(buffer);
    }
}

/// Whether this library answers.
pub(crate) fn answers() -> bool {
    start::ready() && PROCESS.is_seeded()
}

/// The bytes that a program wants filled.
///
/// # Safety
/// The program must own so many bytes.
pub(crate) unsafe fn wanted<'a>(buffer: *mut u8, length: usize) -> &'a mut [u8] {
    if length == 0 {
        return &mut [];
    }
    // SAFETY: the caller's promise.
    unsafe { core::slice::from_raw_parts_mut(buffer, length) }
}

fn word() -> u32 {
    let mut bytes = [0; 4];
    fill(&mut bytes);
    u32::from_le_bytes(bytes)
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn getrandom(buffer: *mut u8, length: usize, flags: u32) -> isize {
    if !answers() {
        let arguments = [buffer as usize, length, flags as usize, 0, 0, 0];
        // SAFETY: the caller's promise.
        return answer(unsafe { call(number::GETRANDOM, arguments) });
    }
    if flags & !(NOT_BLOCKING | RANDOM | INSECURE) != 0
        || flags & (RANDOM | INSECURE) == RANDOM | INSECURE
    {
        return fail(INVALID);
    }
    let length = length.min(LONGEST_DRAW);
    if buffer.is_null() && length > 0 {
        return fail(BAD_ADDRESS);
    }
    // SAFETY: the caller's promise.
    fill(unsafe { wanted(buffer, length) });
    length as isize
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn getentropy(buffer: *mut u8, length: usize) -> c_int {
    if length > 256 {
        return fail(INPUT_OUTPUT) as c_int;
    }
    if buffer.is_null() && length > 0 {
        return fail(BAD_ADDRESS) as c_int;
    }
    // SAFETY: the caller's promise.
    fill(unsafe { wanted(buffer, length) });
    0
}

/// `arc4random` of the BSDs, of glibc since 2.36.
#[unsafe(no_mangle)]
pub extern "C" fn arc4random() -> u32 {
    word()
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arc4random_buf(buffer: *mut u8, length: usize) {
    // SAFETY: the caller's promise.
    fill(unsafe { wanted(buffer, length) });
}

/// A number below `bound`, each as likely: those above the last whole multiple of `bound` are drawn again.
#[unsafe(no_mangle)]
pub extern "C" fn arc4random_uniform(bound: u32) -> u32 {
    if bound < 2 {
        return 0;
    }
    let uneven = bound.wrapping_neg() % bound;
    loop {
        let drawn = word();
        if drawn >= uneven {
            return drawn % bound;
        }
    }
}

/// `std::random_device` of libstdc++, which may else ask the processor.
///
/// # Safety
/// As for the C++ library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _ZNSt13random_device9_M_getvalEv(device: *mut u8) -> u32 {
    if answers() {
        return word();
    }
    next!(
        "_ZNSt13random_device9_M_getvalEv",
        fn(device: *mut u8) -> u32
    )
    .unwrap_or_else(word)
}

/// The same, as libstdc++ calls it where it would be an engine of its own.
///
/// # Safety
/// As for the C++ library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _ZNSt13random_device16_M_getval_pretr1Ev(device: *mut u8) -> u32 {
    if answers() {
        return word();
    }
    next!(
        "_ZNSt13random_device16_M_getval_pretr1Ev",
        fn(device: *mut u8) -> u32
    )
    .unwrap_or_else(word)
}

/// OpenSSL's, which mixes the time and addresses into what it draws.
///
/// # Safety
/// As for OpenSSL's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RAND_bytes(buffer: *mut u8, length: c_int) -> c_int {
    if !answers()
        && let Some(given) = next!("RAND_bytes", fn(buffer: *mut u8, length: c_int) -> c_int)
    {
        return given;
    }
    // SAFETY: the caller's promise.
    unsafe { openssl(buffer, length) }
}

/// # Safety
/// As for OpenSSL's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RAND_priv_bytes(buffer: *mut u8, length: c_int) -> c_int {
    if !answers()
        && let Some(given) = next!(
            "RAND_priv_bytes",
            fn(buffer: *mut u8, length: c_int) -> c_int
        )
    {
        return given;
    }
    // SAFETY: the caller's promise.
    unsafe { openssl(buffer, length) }
}

/// # Safety
/// The program must own so many bytes.
unsafe fn openssl(buffer: *mut u8, length: c_int) -> c_int {
    let Ok(length) = usize::try_from(length) else {
        return 0;
    };
    // SAFETY: the caller's promise.
    fill(unsafe { wanted(buffer, length) });
    1
}
