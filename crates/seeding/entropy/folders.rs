//! Folders listed the other way round, where that is to show what their order does: the entries are read to the end, and
//! handed out from there.

use crate::counters::{self, Counter};
use crate::environment;
use crate::memory;
use crate::next::next;
use core::ffi::{c_int, c_long, c_void};
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

/// A stream of a folder's entries, of the C library.
type Stream = *mut c_void;
/// An entry (`struct dirent`): how long it is, stands in two bytes behind two words.
type Entry = *mut u8;
const LENGTH_AT: usize = 16;

static REVERSED: AtomicBool = AtomicBool::new(false);

pub(crate) fn read() {
    let order = environment::value(b"RESOW_DIRECTORY_ORDER=");
    REVERSED.store(order == Some(b"reversed"), Ordering::Relaxed);
}

fn is_reversed() -> bool {
    crate::start::ready() && REVERSED.load(Ordering::Relaxed)
}

/// What a stream has still to give: copies of entries one behind the other, and behind them where each begins.
struct Listing {
    stream: AtomicUsize,
    memory: AtomicPtr<u8>,
    /// How much memory there is.
    length: AtomicUsize,
    /// How much of it entries take.
    used: AtomicUsize,
    /// How many entries are left.
    left: AtomicUsize,
}

/// As many folders are listed at once; a further one is listed as it lies.
static LISTINGS: [Listing; 256] = [const {
    Listing {
        stream: AtomicUsize::new(0),
        memory: AtomicPtr::new(core::ptr::null_mut()),
        length: AtomicUsize::new(0),
        used: AtomicUsize::new(0),
        left: AtomicUsize::new(0),
    }
}; 256];

const FIRST_LENGTH: usize = 1 << 16;

fn find(stream: Stream) -> Option<&'static Listing> {
    let is_it = |listing: &&Listing| listing.stream.load(Ordering::Acquire) == stream as usize;
    LISTINGS.iter().find(is_it)
}

fn take(stream: Stream) -> Option<&'static Listing> {
    LISTINGS.iter().find(|listing| {
        let address = stream as usize;
        let taken =
            listing
                .stream
                .compare_exchange(0, address, Ordering::AcqRel, Ordering::Relaxed);
        taken.is_ok()
    })
}

impl Listing {
    /// Reads the stream to its end.
    ///
    /// # Safety
    /// `stream` must be one that is open, and no other thread read it.
    unsafe fn fill(&self, stream: Stream) -> Option<()> {
        let mut count = 0;
        self.used.store(0, Ordering::Relaxed);
        // SAFETY: the caller's promise.
        while let Some(entry) = unsafe { following(stream) } {
            // SAFETY: an entry is so long.
            let length = unsafe { entry.add(LENGTH_AT).cast::<u16>().read_unaligned() };
            let length = usize::from(length);
            let used = self.used.load(Ordering::Relaxed);
            // Each may take a word behind them all.
            let wanted = used + length.next_multiple_of(8) + (count + 1) * size_of::<usize>();
            self.make_room(wanted)?;
            // SAFETY: there is room for it, and nothing else refers to that.
            unsafe {
                let place = self.memory.load(Ordering::Relaxed).add(used);
                core::ptr::copy_nonoverlapping(entry, place, length);
            }
            self.used
                .store(used + length.next_multiple_of(8), Ordering::Relaxed);
            count += 1;
        }
        self.left.store(count, Ordering::Relaxed);
        let memory = self.memory.load(Ordering::Relaxed);
        let mut begin = 0;
        for number in 0..count {
            // SAFETY: so many entries lie one behind the other, and there is room for so many words behind them.
            unsafe {
                let starts = memory.add(self.used.load(Ordering::Relaxed)).cast::<usize>();
                starts.add(number).write(begin);
                let length = memory.add(begin + LENGTH_AT).cast::<u16>().read_unaligned();
                begin += usize::from(length).next_multiple_of(8);
            }
        }
        Some(())
    }

    fn make_room(&self, wanted: usize) -> Option<()> {
        let present = self.length.load(Ordering::Relaxed);
        if wanted <= present {
            return Some(());
        }
        let length = wanted.max(2 * present).max(FIRST_LENGTH);
        let larger = memory::reserve(length)?;
        let smaller = self.memory.swap(larger, Ordering::Relaxed);
        self.length.store(length, Ordering::Relaxed);
        if !smaller.is_null() {
            // SAFETY: both are so long, and what was there is given back once.
            unsafe {
                core::ptr::copy_nonoverlapping(smaller, larger, present);
                memory::release(smaller, present);
            }
        }
        Some(())
    }

    /// The last entry that is left.
    fn next(&self) -> Entry {
        let left = self.left.load(Ordering::Relaxed);
        if left == 0 {
            return core::ptr::null_mut();
        }
        self.left.store(left - 1, Ordering::Relaxed);
        // SAFETY: `fill` has written so many words and entries.
        unsafe {
            let memory = self.memory.load(Ordering::Relaxed);
            let starts = memory.add(self.used.load(Ordering::Relaxed)).cast::<usize>();
            memory.add(starts.add(left - 1).read())
        }
    }

    fn release(&self) {
        let memory = self.memory.swap(core::ptr::null_mut(), Ordering::Relaxed);
        let length = self.length.swap(0, Ordering::Relaxed);
        if !memory.is_null() {
            // SAFETY: the program has closed the stream, or reads it anew: it no longer uses what it was given.
            unsafe { memory::release(memory, length) };
        }
        self.stream.store(0, Ordering::Release);
    }
}

/// # Safety
/// `stream` must be one that is open.
unsafe fn following(stream: Stream) -> Option<Entry> {
    let entry = next!("readdir", fn(stream: Stream) -> Entry)?;
    (!entry.is_null()).then_some(entry)
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn readdir(stream: Stream) -> Entry {
    if !is_reversed() || stream.is_null() {
        return next!("readdir", fn(stream: Stream) -> Entry).unwrap_or(core::ptr::null_mut());
    }
    if let Some(listing) = find(stream) {
        return listing.next();
    }
    counters::count(Counter::OtherFolder);
    let listing = take(stream);
    // SAFETY: the caller's promise.
    if let Some(listing) = listing.filter(|listing| unsafe { listing.fill(stream) }.is_some()) {
        return listing.next();
    }
    if let Some(listing) = listing {
        listing.release();
    }
    next!("readdir", fn(stream: Stream) -> Entry).unwrap_or(core::ptr::null_mut())
}

/// The same: entries are alike on the machines that have this library.
///
/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn readdir64(stream: Stream) -> Entry {
    // SAFETY: the caller's promise.
    unsafe { readdir(stream) }
}

fn forget(stream: Stream) {
    if is_reversed()
        && let Some(listing) = find(stream)
    {
        listing.release();
    }
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn closedir(stream: Stream) -> c_int {
    forget(stream);
    next!("closedir", fn(stream: Stream) -> c_int).unwrap_or(-1)
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rewinddir(stream: Stream) {
    forget(stream);
    next!("rewinddir", fn(stream: Stream) -> ());
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seekdir(stream: Stream, place: c_long) {
    forget(stream);
    next!("seekdir", fn(stream: Stream, place: c_long) -> ());
}
