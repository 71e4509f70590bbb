//! The functions by which programs open files and read: those of `/dev/urandom` and `/dev/random` come from the stream.

use crate::c;
use crate::device;
use crate::draws::wanted;
use crate::errno::fail;
use crate::next::next;
use crate::system::{BAD_ADDRESS, NOT_IMPLEMENTED};
use crate::thread;
use core::ffi::{c_int, c_void};

/// A call that opens a file: the descriptor is remembered where the path is a device's.
macro_rules! open {
    ($name:ident, $text:literal, ($($before:ident: $type:ty)?), ($($mode:ident)?)) => {
        /// # Safety
        /// As for the C library's.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(
            $($before: $type,)? path: *const u8, flags: c_int $(, $mode: u32)?
        ) -> c_int {
            let opened = next!($text, fn(
                $($before: $type,)? path: *const u8, flags: c_int $(, $mode: u32)?
            ) -> c_int);
            let opened = opened.unwrap_or_else(|| fail(NOT_IMPLEMENTED) as c_int);
            // SAFETY: the file was opened, so the path is a text.
            if opened >= 0 && unsafe { device::is_device(path) } {
                device::opened();
            }
            opened
        }
    };
}

open!(open, "open", (), (mode));
open!(open64, "open64", (), (mode));
open!(openat, "openat", (folder: c_int), (mode));
open!(openat64, "openat64", (folder: c_int), (mode));
open!(__open_2, "__open_2", (), ());
open!(__open64_2, "__open64_2", (), ());
open!(__openat_2, "__openat_2", (folder: c_int), ());
open!(__openat64_2, "__openat64_2", (folder: c_int), ());

/// An open file of the C library.
type Stream = *mut c_void;

/// # Safety
/// `path` and `mode` must be null or texts.
unsafe fn open_stand_in(path: *const u8, mode: *const u8) -> Option<Stream> {
    // SAFETY: the caller's promise.
    let letters = unsafe { c::text(mode) };
    // SAFETY: the caller's promise.
    if !letters.starts_with(b"r") || letters.contains(&b'+') || !unsafe { device::is_device(path) }
    {
        return None;
    }
    let descriptor = device::stand_in(letters.contains(&b'e'))?;
    let mode = c"r".as_ptr();
    next!(
        "fdopen",
        fn(descriptor: c_int, mode: *const core::ffi::c_char) -> Stream
    )
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fopen(path: *const u8, mode: *const u8) -> Stream {
    // SAFETY: the caller's promise.
    unsafe { open_stand_in(path, mode) }
        .or_else(|| next!("fopen", fn(path: *const u8, mode: *const u8) -> Stream))
        .unwrap_or(core::ptr::null_mut())
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fopen64(path: *const u8, mode: *const u8) -> Stream {
    // SAFETY: the caller's promise.
    unsafe { open_stand_in(path, mode) }
        .or_else(|| next!("fopen64", fn(path: *const u8, mode: *const u8) -> Stream))
        .unwrap_or(core::ptr::null_mut())
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fdopen(descriptor: c_int, mode: *const u8) -> Stream {
    if device::is_open_device(descriptor) {
        device::replace(descriptor);
    }
    next!("fdopen", fn(descriptor: c_int, mode: *const u8) -> Stream)
        .unwrap_or(core::ptr::null_mut())
}

/// What a call that reads `length` bytes from `descriptor` answers, where that is a device.
///
/// # Safety
/// The program must own so many bytes.
unsafe fn read_device(descriptor: c_int, buffer: *mut u8, length: usize) -> Option<isize> {
    if !device::answers(descriptor) {
        return None;
    }
    if buffer.is_null() && length > 0 {
        return Some(fail(BAD_ADDRESS));
    }
    let length = length.min(0x7fff_f000);
    // SAFETY: the caller's promise.
    thread::fill(unsafe { wanted(buffer, length) }).then_some(length as isize)
}

/// A call that reads from a descriptor into one piece of memory.
macro_rules! read {
    ($name:ident, $text:literal, $($rest:ident: $type:ty),*) => {
        /// # Safety
        /// As for the C library's.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(
            descriptor: c_int, buffer: *mut u8, length: usize $(, $rest: $type)*
        ) -> isize {
            // SAFETY: the caller's promise.
            unsafe { read_device(descriptor, buffer, length) }
                .or_else(|| next!($text, fn(
                    descriptor: c_int, buffer: *mut u8, length: usize $(, $rest: $type)*
                ) -> isize))
                // No C library has it, so that nobody can have called it.
                .unwrap_or_else(|| fail(NOT_IMPLEMENTED))
        }
    };
}

read!(read, "read",);
read!(pread, "pread", offset: i64);
read!(pread64, "pread64", offset: i64);

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __read_chk(
    descriptor: c_int,
    buffer: *mut u8,
    length: usize,
    room: usize,
) -> isize {
    if length <= room {
        // SAFETY: the caller's promise.
        return unsafe { read(descriptor, buffer, length) };
    }
    next!(
        "__read_chk",
        fn(descriptor: c_int, buffer: *mut u8, length: usize, room: usize) -> isize
    )
    .unwrap_or_else(|| crate::system::leave())
}

/// A piece of memory that is to be filled (`struct iovec`).
#[repr(C)]
pub struct Piece {
    start: *mut u8,
    length: usize,
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn readv(descriptor: c_int, pieces: *const Piece, count: c_int) -> isize {
    if device::answers(descriptor) && !pieces.is_null() && (0..=1024).contains(&count) {
        // SAFETY: the caller's promise.
        let pieces = unsafe { core::slice::from_raw_parts(pieces, count as usize) };
        for piece in pieces {
            // SAFETY: the caller's promise.
            thread::fill(unsafe { wanted(piece.start, piece.length) });
        }
        return pieces.iter().map(|piece| piece.length as isize).sum();
    }
    next!(
        "readv",
        fn(descriptor: c_int, pieces: *const Piece, count: c_int) -> isize
    )
    .unwrap_or_else(|| fail(NOT_IMPLEMENTED))
}

/// Whether a stream of the C library reads from what stands in for a device.
fn answers(stream: Stream) -> bool {
    device::is_near()
        && !stream.is_null()
        && next!("fileno", fn(stream: Stream) -> c_int).is_some_and(device::answers)
}

/// # Safety
/// The program must own so many bytes.
unsafe fn read_items(buffer: *mut u8, size: usize, count: usize, stream: Stream) -> Option<usize> {
    let length = size.checked_mul(count).filter(|_| answers(stream))?;
    // SAFETY: the caller's promise.
    thread::fill(unsafe { wanted(buffer, length) }).then_some(if size == 0 { 0 } else { count })
}

/// A call that reads items from a stream of the C library.
macro_rules! read_items {
    ($name:ident, $text:literal, $($room:ident)?) => {
        /// # Safety
        /// As for the C library's.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(
            buffer: *mut u8, $($room: usize,)? size: usize, count: usize, stream: Stream
        ) -> usize {
            let fits = true $(&& size.checked_mul(count).is_some_and(|length| length <= $room))?;
            // SAFETY: the caller's promise.
            let read = if fits { unsafe { read_items(buffer, size, count, stream) } } else { None };
            read.or_else(|| next!($text, fn(
                buffer: *mut u8, $($room: usize,)? size: usize, count: usize, stream: Stream
            ) -> usize))
            .unwrap_or(0)
        }
    };
}

read_items!(fread, "fread",);
read_items!(fread_unlocked, "fread_unlocked",);
read_items!(__fread_chk, "__fread_chk", room);
read_items!(__fread_unlocked_chk, "__fread_unlocked_chk", room);
