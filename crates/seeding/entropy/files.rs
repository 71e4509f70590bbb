//! Files, by system calls.

use crate::memory;
use crate::system::answered;
use crate::system::machine::{call, number, status};
use core::ffi::CStr;

const CURRENT_FOLDER: usize = -100_isize as usize;

/// What an open file is for; each also closes it when another program starts.
#[derive(Clone, Copy)]
pub(crate) enum Use {
    Read = 0o2_000_000,
    Append = 0o2_002_001,
    Share = 0o2_000_002,
    /// Does not wait where the file is a pipe.
    Inspect = 0o2_004_000,
}

/// An open file, closed when it is dropped.
pub(crate) struct File(i32);

impl Drop for File {
    fn drop(&mut self) {
        close(self.0);
    }
}

impl File {
    pub(crate) fn open(path: &CStr, purpose: Use) -> Result<Self, i32> {
        open(path, purpose as i32).map(Self)
    }

    pub(crate) fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize, i32> {
        let pointer = buffer.as_mut_ptr() as usize;
        let arguments = [
            self.0 as usize,
            pointer,
            buffer.len(),
            offset as usize,
            0,
            0,
        ];
        // SAFETY: the kernel writes into `buffer`, which is borrowed for writing.
        answered(unsafe { call(number::PREAD, arguments) })
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> Result<usize, i32> {
        write(self.0, bytes)
    }

    /// The file's beginning, shared with every process that maps it.
    pub(crate) fn share(&self, length: usize) -> Option<*mut u8> {
        memory::map(length, 1, self.0)
    }

    pub(crate) fn status(&self) -> Option<Status> {
        Status::of(self.0)
    }
}

/// The descriptor of a file that the caller closes.
pub(crate) fn open(path: &CStr, flags: i32) -> Result<i32, i32> {
    let arguments = [
        CURRENT_FOLDER,
        path.as_ptr() as usize,
        flags as usize,
        0,
        0,
        0,
    ];
    // SAFETY: the path ends with a zero byte and is only read.
    answered(unsafe { call(number::OPENAT, arguments) }).map(|descriptor| descriptor as i32)
}

pub(crate) fn close(descriptor: i32) {
    // SAFETY: no memory is touched; the descriptor is the caller's to close.
    unsafe { call(number::CLOSE, [descriptor as usize, 0, 0, 0, 0, 0]) };
}

pub(crate) fn write(descriptor: i32, bytes: &[u8]) -> Result<usize, i32> {
    let arguments = [
        descriptor as usize,
        bytes.as_ptr() as usize,
        bytes.len(),
        0,
        0,
        0,
    ];
    // SAFETY: the kernel only reads `bytes`.
    answered(unsafe { call(number::WRITE, arguments) })
}

/// What a descriptor stands for.
pub(crate) struct Status {
    pub(crate) mode: u32,
    pub(crate) links: u32,
    pub(crate) device: u64,
    pub(crate) size: u64,
}

impl Status {
    pub(crate) fn of(descriptor: i32) -> Option<Self> {
        let mut bytes = [0u8; status::LENGTH];
        let arguments = [descriptor as usize, bytes.as_mut_ptr() as usize, 0, 0, 0, 0];
        // SAFETY: the kernel writes one `struct stat`, which is as long as `bytes`.
        answered(unsafe { call(number::FSTAT, arguments) }).ok()?;
        let word = |at: usize| {
            bytes[at..]
                .first_chunk::<4>()
                .map(|word| u32::from_ne_bytes(*word))
        };
        let long = |at: usize| {
            bytes[at..]
                .first_chunk::<8>()
                .map(|word| u64::from_ne_bytes(*word))
        };
        Some(Self {
            mode: word(status::MODE)?,
            links: word(status::LINKS)?,
            device: long(status::DEVICE)?,
            size: long(status::SIZE)?,
        })
    }
}

/// Whether the caller may start this program: a file, and not a folder.
pub(crate) fn may_start(path: &CStr) -> bool {
    const START: usize = 1;
    let arguments = [CURRENT_FOLDER, path.as_ptr() as usize, START, 0, 0, 0];
    // SAFETY: the path ends with a zero byte and is only read.
    unsafe { call(number::FACCESSAT, arguments) == 0 }
}

/// The target of a symbolic link, as much as fits.
pub(crate) fn read_link<'a>(path: &CStr, buffer: &'a mut [u8]) -> Option<&'a [u8]> {
    let pointer = buffer.as_mut_ptr() as usize;
    let arguments = [
        CURRENT_FOLDER,
        path.as_ptr() as usize,
        pointer,
        buffer.len(),
        0,
        0,
    ];
    // SAFETY: the path ends with a zero byte, and the kernel writes into `buffer`.
    let length = answered(unsafe { call(number::READLINKAT, arguments) }).ok()?;
    buffer.get(..length)
}
