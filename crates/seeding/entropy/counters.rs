//! Counts of what a watched run meets, in a page behind the file of occurrences that all processes share. Where there is
//! no such page, nothing is counted.

use crate::c;
use crate::system::machine::{call, number, status};
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

/// What is counted, by its place in the page.
#[derive(Clone, Copy)]
pub(crate) enum Counter {
    #[cfg(clock)]
    WallClock = 0,
    #[cfg(clock)]
    OtherClock = 1,
    #[cfg(entropy)]
    Entropy = 2,
    #[cfg(entropy)]
    HostName = 4,
    #[cfg(entropy)]
    TimeZone = 5,
    #[cfg(entropy)]
    Locale = 6,
    #[cfg(entropy)]
    Processors = 7,
    #[cfg(entropy)]
    Thread = 8,
    #[cfg(entropy)]
    FixedAddresses = 9,
    #[cfg(entropy)]
    RandomAddresses = 10,
    #[cfg(entropy)]
    EnvironmentSize = 11,
    #[cfg(entropy)]
    OtherFolder = 12,
}

/// Where the page begins, and how long it is.
const OFFSET: usize = 16 << 20;
const LENGTH: usize = 4096;
/// How far the places of two counters are apart, so that processors do not wait for each other's.
const STEP: usize = 64;
/// From here on the page is only read.
const MOST: u64 = 1000;

static PAGE: AtomicPtr<u8> = AtomicPtr::new(core::ptr::null_mut());

fn place(counter: Counter) -> Option<&'static AtomicU64> {
    let page = PAGE.load(Ordering::Acquire);
    if page.is_null() {
        return None;
    }
    // SAFETY: the page is mapped for good, has room for every counter, and every process changes it atomically only.
    Some(unsafe { &*page.add(counter as usize * STEP).cast::<AtomicU64>() })
}

/// Counts one more.
pub(crate) fn count(counter: Counter) {
    if let Some(place) = place(counter)
        && place.load(Ordering::Relaxed) < MOST
    {
        place.fetch_add(1, Ordering::Relaxed);
    }
}

/// Leaves the largest value there.
#[cfg(entropy)]
pub(crate) fn raise(counter: Counter, value: u64) {
    if let Some(place) = place(counter) {
        place.fetch_max(value, Ordering::Relaxed);
    }
}

/// Maps the page, if there is one.
pub(crate) fn connect() {
    const NAME: &[u8] = b"RESOW_OCCURRENCES=";
    const CURRENT_FOLDER: usize = -100_isize as usize;
    const READ_AND_WRITE_CLOSED_ON_START: usize = 0o2000002;
    const READ_AND_WRITE: usize = 3;
    const SHARED: usize = 1;
    let named = c::variables().find_map(|variable| variable.strip_prefix(NAME));
    // A variable's text ends with a zero byte.
    let path = named.map_or(c"/run/resow/occurrences".as_ptr().cast(), <[u8]>::as_ptr);
    let options = READ_AND_WRITE_CLOSED_ON_START;
    let arguments = [CURRENT_FOLDER, path as usize, options, 0, 0, 0];
    // SAFETY: the path ends with a zero byte and is only read.
    let file = unsafe { call(number::OPENAT, arguments) };
    let Ok(file) = usize::try_from(file) else {
        return;
    };
    let mut facts = [0_u64; status::LENGTH / 8];
    let pointer = facts.as_mut_ptr() as usize;
    // SAFETY: the kernel writes so many bytes.
    let told = unsafe { call(number::FSTAT, [file, pointer, 0, 0, 0, 0]) } == 0;
    if told && facts[status::SIZE / 8] >= (OFFSET + LENGTH) as u64 {
        let arguments = [0, LENGTH, READ_AND_WRITE, SHARED, file, OFFSET];
        // SAFETY: the kernel chooses a place where nothing is.
        let page = unsafe { call(number::MMAP, arguments) };
        if page > 0 {
            PAGE.store(page as *mut u8, Ordering::Release);
        }
    }
    // SAFETY: nothing refers to the descriptor any more.
    unsafe { call(number::CLOSE, [file, 0, 0, 0, 0, 0]) };
}
