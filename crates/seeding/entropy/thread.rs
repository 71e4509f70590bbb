//! What each thread has: its key, how far it has drawn, and how many threads, forks and programs it has made.

use crate::cell::KeyCell;
use crate::chacha20;
use crate::counters::{self, Counter};
use crate::derivation::{Key, derive};
use crate::memory;
use crate::process::PROCESS;
use crate::system;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// A thread, from its first draw on. Everything is atomic, since a signal's handler may draw in the middle of a draw.
pub(crate) struct Thread {
    /// Its thread pointer; zero where no thread was yet.
    pointer: AtomicUsize,
    generation: AtomicU32,
    key: KeyCell,
    position: AtomicU64,
    pub(crate) threads: AtomicU64,
    pub(crate) forks: AtomicU64,
    pub(crate) programs: AtomicU64,
    has_child: AtomicBool,
    child: KeyCell,
    memory: AtomicPtr<u8>,
    memory_length: AtomicUsize,
}

const PLACES: usize = 1 << 13;
/// How many places are tried for a thread.
const TRIES: usize = 256;

static TABLE: AtomicPtr<Thread> = AtomicPtr::new(core::ptr::null_mut());

/// Makes room for threads; until then there are none.
pub(crate) fn prepare() {
    if let Some(memory) = memory::reserve(PLACES * size_of::<Thread>()) {
        TABLE.store(memory.cast(), Ordering::Release);
    }
}

fn places() -> &'static [Thread] {
    let table = TABLE.load(Ordering::Acquire);
    if table.is_null() {
        return &[];
    }
    // SAFETY: zeros are threads that do not exist; the memory has room for so many and is never unmapped.
    unsafe { core::slice::from_raw_parts(table, PLACES) }
}

/// The places where the thread with this pointer may be, in the order in which they are tried.
fn candidates(pointer: usize) -> impl Iterator<Item = &'static Thread> {
    let first = (pointer >> 6).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 51;
    let places = places();
    (0..TRIES).filter_map(move |step| places.get((first + step) % PLACES))
}

/// The calling thread's place, whatever process left it there.
pub(crate) fn find() -> Option<&'static Thread> {
    let pointer = system::machine::thread_pointer();
    for place in candidates(pointer) {
        match place.pointer.load(Ordering::Relaxed) {
            0 => return None,
            found if found == pointer => return Some(place),
            _ => {}
        }
    }
    None
}

fn find_or_take() -> Option<&'static Thread> {
    let pointer = system::machine::thread_pointer();
    candidates(pointer).find(|place| {
        let taken =
            place
                .pointer
                .compare_exchange(0, pointer, Ordering::Relaxed, Ordering::Relaxed);
        taken.is_ok() || taken == Err(pointer)
    })
}

/// The calling thread begins, with this key: another may have had its pointer before.
pub(crate) fn begin(key: &Key) -> Option<&'static Thread> {
    let thread = find_or_take()?;
    thread.key.set(key);
    for counter in [
        &thread.position,
        &thread.threads,
        &thread.forks,
        &thread.programs,
    ] {
        counter.store(0, Ordering::Relaxed);
    }
    thread.has_child.store(false, Ordering::Relaxed);
    thread
        .generation
        .store(PROCESS.generation(), Ordering::Relaxed);
    Some(thread)
}

/// The calling thread.
pub(crate) fn current() -> Option<&'static Thread> {
    PROCESS.notice_fork();
    match find() {
        Some(thread) if thread.generation.load(Ordering::Relaxed) == PROCESS.generation() => {
            Some(thread)
        }
        _ => begin(&PROCESS.key_of_stranger()),
    }
}

impl Thread {
    pub(crate) fn key(&self) -> Key {
        self.key.get()
    }

    /// The key of the next thing of a kind that this thread makes.
    pub(crate) fn next_key(&self, label: &str, counter: &AtomicU64) -> Key {
        derive(&self.key(), label, counter.fetch_add(1, Ordering::Relaxed))
    }

    /// Leaves the key for the child that this thread is about to fork.
    pub(crate) fn leave_key_for_child(&self, key: &Key) {
        self.child.set(key);
        self.has_child.store(true, Ordering::Release);
    }

    pub(crate) fn take_key_of_child(&self) -> Option<Key> {
        let left = self.has_child.swap(false, Ordering::Acquire);
        left.then(|| self.child.get())
    }

    /// At least `length` bytes, the same each time: a child of `vfork` uses its parent's memory, and must not leave
    /// more of it behind with each program that is started.
    pub(crate) fn memory(&self, length: usize) -> Option<*mut u8> {
        const STEP: usize = 16384;
        let present = self.memory.load(Ordering::Relaxed);
        let present_length = self.memory_length.load(Ordering::Relaxed);
        if length <= present_length {
            return Some(present);
        }
        let length = length.next_multiple_of(STEP);
        let memory = memory::reserve(length)?;
        self.memory_length.store(length, Ordering::Relaxed);
        self.memory.store(memory, Ordering::Relaxed);
        if !present.is_null() {
            // SAFETY: it was this thread's, for one list at a time.
            unsafe { memory::release(present, present_length) };
        }
        Some(memory)
    }

    /// Fills `buffer` with the next bytes of the thread's stream.
    pub(crate) fn draw(&self, buffer: &mut [u8]) {
        let position = self
            .position
            .fetch_add(buffer.len() as u64, Ordering::Relaxed);
        chacha20::fill(&self.key(), position, buffer);
    }
}

/// Fills `buffer` from the calling thread's stream; does nothing, and says so, where entropy is the host's.
pub(crate) fn fill(buffer: &mut [u8]) -> bool {
    if !crate::start::ready() || !PROCESS.is_seeded() {
        return false;
    }
    counters::count(Counter::Entropy);
    match current() {
        Some(thread) => thread.draw(buffer),
        // No memory for threads: all share what is left of the process's stream.
        None => chacha20::fill(&PROCESS.key_of_stranger(), 0, buffer),
    }
    true
}
