//! Memory from the kernel, without an allocator: what is reserved costs nothing until it is touched.

use crate::system::answered;
use crate::system::machine::{call, number};

/// Memory of zeros that costs nothing until it is touched.
pub(crate) fn reserve(length: usize) -> Option<*mut u8> {
    map(length, 0x4022, -1)
}

pub(crate) fn map(length: usize, flags: usize, descriptor: i32) -> Option<*mut u8> {
    const READ_AND_WRITE: usize = 3;
    let arguments = [0, length, READ_AND_WRITE, flags, descriptor as usize, 0];
    // SAFETY: the kernel chooses a place where nothing is.
    let address = answered(unsafe { call(number::MMAP, arguments) }).ok()?;
    Some(address as *mut u8)
}

/// # Safety
/// Nothing may use the memory afterwards.
pub(crate) unsafe fn release(memory: *mut u8, length: usize) {
    // SAFETY: the caller's promise.
    unsafe { call(number::MUNMAP, [memory as usize, length, 0, 0, 0, 0]) };
}
