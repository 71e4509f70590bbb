//! What is asked of the kernel, without a C library between: its errors, and what belongs to no noun of its own.

#[cfg(target_arch = "aarch64")]
#[path = "system_aarch64.rs"]
pub(crate) mod machine;
#[cfg(target_arch = "x86_64")]
#[path = "system_x86_64.rs"]
pub(crate) mod machine;

use machine::{call, number};

#[cfg(entropy)]
pub(crate) const INTERRUPTED: i32 = 4;
#[cfg(entropy)]
pub(crate) const INPUT_OUTPUT: i32 = 5;
pub(crate) const BAD_ADDRESS: i32 = 14;
#[cfg(entropy)]
pub(crate) const INVALID: i32 = 22;
/// What a function answers that the process has nowhere else.
pub(crate) const NOT_IMPLEMENTED: i32 = 38;

/// The answer of a system call: an error's number is negative.
#[cfg(entropy)]
pub(crate) fn answered(answer: isize) -> Result<usize, i32> {
    usize::try_from(answer).map_err(|_| -answer as i32)
}

#[cfg(entropy)]
pub(crate) fn process_identifier() -> u32 {
    // SAFETY: no memory is touched.
    unsafe { call(number::GETPID, [0; 6]) as u32 }
}

/// The operating system's own entropy.
#[cfg(entropy)]
pub(crate) fn host_entropy(buffer: &mut [u8]) {
    let mut rest = buffer;
    while !rest.is_empty() {
        let arguments = [rest.as_mut_ptr() as usize, rest.len(), 0, 0, 0, 0];
        // SAFETY: the kernel writes into `rest`.
        match answered(unsafe { call(number::GETRANDOM, arguments) }) {
            Ok(length) => rest = &mut rest[length..],
            Err(INTERRUPTED) => {}
            Err(_) => leave(),
        }
    }
}

/// Ends the process: there is nothing better to do.
pub(crate) fn leave() -> ! {
    loop {
        // SAFETY: the process ends.
        unsafe { call(number::EXIT_GROUP, [127, 0, 0, 0, 0, 0]) };
    }
}
