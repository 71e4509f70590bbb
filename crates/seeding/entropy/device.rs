//! `/dev/urandom` and `/dev/random`: which descriptors stand for them, and files that stand in for them.
//!
//! A program that opens a device gets it, and what it reads from it comes from the stream. Where the C library itself
//! reads, in `getc` say, nobody can step between: there a file filled from the stream stands in, which is sealed and of
//! a length of its own, so that other processes know it too.

use crate::c;
use crate::draws;
use crate::files::{self, Status};
use crate::system::machine::{call, number};
use crate::thread;
use core::ffi::CStr;
use core::sync::atomic::{AtomicBool, Ordering};

const KIND: u32 = 0o170_000;
const CHARACTERS: u32 = 0o020_000;
const REGULAR: u32 = 0o100_000;
/// Numbers 1, 8 and 1, 9.
const DEVICES: [u64; 2] = [0x108, 0x109];

/// What a file that stands in holds: as much as a pipe, and a prime number of bytes.
const LENGTH: u64 = 65_537;
const ADD_SEALS: usize = 1033;
const GET_SEALS: usize = 1034;
/// Neither shorter, nor longer, nor written, nor unsealed.
const SEALS: usize = 15;
const CLOSE_ON_EXECUTION: usize = 0o2_000_000;

/// Whether a descriptor may be one: else no call is spent on asking.
static NEAR: AtomicBool = AtomicBool::new(false);

/// Whether a path is that of a device, and this library answers for it.
///
/// # Safety
/// `path` must be null or a text.
pub(crate) unsafe fn is_device(path: *const u8) -> bool {
    // SAFETY: the caller's promise.
    let path = unsafe { c::text(path) };
    (path == b"/dev/urandom" || path == b"/dev/random") && draws::answers()
}

/// A device was opened here.
pub(crate) fn opened() {
    NEAR.store(true, Ordering::Relaxed);
}

/// Whether a descriptor of this process may be one.
pub(crate) fn is_near() -> bool {
    NEAR.load(Ordering::Relaxed)
}

/// Whether what is read from this descriptor is to come from the stream.
pub(crate) fn answers(descriptor: i32) -> bool {
    is_near()
        && Status::of(descriptor)
            .is_some_and(|status| is(&status) || stands_in(descriptor, &status))
}

fn is(status: &Status) -> bool {
    status.mode & KIND == CHARACTERS && DEVICES.contains(&status.device)
}

fn stands_in(descriptor: i32, status: &Status) -> bool {
    status.mode & KIND == REGULAR
        && status.links == 0
        && status.size == LENGTH
        && control(descriptor, GET_SEALS, 0) == SEALS as isize
}

/// Whether this descriptor is a device itself.
pub(crate) fn is_open_device(descriptor: i32) -> bool {
    is_near() && Status::of(descriptor).is_some_and(|status| is(&status))
}

fn control(descriptor: i32, command: usize, argument: usize) -> isize {
    // SAFETY: these commands touch no memory.
    unsafe {
        call(
            number::FCNTL,
            [descriptor as usize, command, argument, 0, 0, 0],
        )
    }
}

/// A new descriptor of a file that stands in.
pub(crate) fn stand_in(closed_on_execution: bool) -> Option<i32> {
    const NAME: &CStr = c"entropy";
    const MAY_BE_SEALED: usize = 2;
    let flags = MAY_BE_SEALED | usize::from(closed_on_execution);
    let arguments = [NAME.as_ptr() as usize, flags, 0, 0, 0, 0];
    // SAFETY: a text, which is only read.
    let descriptor = i32::try_from(unsafe { call(number::MEMFD_CREATE, arguments) }).ok();
    let descriptor = descriptor.filter(|descriptor| *descriptor >= 0)?;
    if !fill(descriptor) || control(descriptor, ADD_SEALS, SEALS) != 0 {
        files::close(descriptor);
        return None;
    }
    opened();
    Some(descriptor)
}

/// Writes the file's bytes, without moving to its end.
fn fill(descriptor: i32) -> bool {
    let mut offset = 0;
    let mut piece = [0; 1024];
    while offset < LENGTH {
        let length = piece.len().min((LENGTH - offset) as usize);
        let piece = &mut piece[..length];
        if !thread::fill(piece) {
            return false;
        }
        let pointer = piece.as_ptr() as usize;
        let arguments = [descriptor as usize, pointer, length, offset as usize, 0, 0];
        // SAFETY: the piece is only read.
        if unsafe { call(number::PWRITE, arguments) } != length as isize {
            return false;
        }
        offset += length as u64;
    }
    true
}

/// Puts a file that stands in at the place of a device's descriptor.
pub(crate) fn replace(descriptor: i32) {
    const GET_FLAGS: usize = 1;
    let closed_on_execution = control(descriptor, GET_FLAGS, 0) & 1 == 1;
    if let Some(new) = stand_in(true) {
        let flags = if closed_on_execution {
            CLOSE_ON_EXECUTION
        } else {
            0
        };
        let arguments = [new as usize, descriptor as usize, flags, 0, 0, 0];
        // SAFETY: no memory is touched; the descriptor is the device's, which nobody reads meanwhile.
        unsafe { call(number::DUP3, arguments) };
        files::close(new);
    }
}

/// Looks for devices among the descriptors that a shell may have opened for the program.
pub(crate) fn adopt_inherited() {
    for descriptor in 0..10 {
        let Some(status) = Status::of(descriptor) else {
            continue;
        };
        if stands_in(descriptor, &status) {
            opened();
        } else if is(&status) {
            opened();
            if descriptor == 0 {
                replace(descriptor);
            }
        }
    }
}
