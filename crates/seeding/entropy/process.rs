//! What holds for the whole process: its key, and whether it is still the process that took it.

use crate::cell::KeyCell;
use crate::derivation::{Key, derive};
use crate::environment;
use crate::memory;
use crate::system;
use crate::thread::{self, Thread};
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering};

/// The one process there is.
pub(crate) static PROCESS: Process = Process {
    seeded: AtomicBool::new(false),
    start: KeyCell::new(),
    key: KeyCell::new(),
    generation: AtomicU32::new(1),
    strangers: AtomicU64::new(0),
    mark: AtomicPtr::new(core::ptr::null_mut()),
};

pub(crate) struct Process {
    /// Whether entropy follows the seed.
    seeded: AtomicBool,
    /// The key that the program was started with.
    start: KeyCell,
    /// The key since the last fork.
    key: KeyCell,
    /// How often the process has become another by forking.
    generation: AtomicU32,
    /// How many threads were met that nobody was seen to make.
    strangers: AtomicU64,
    /// A word that the kernel sets to zero in a forked child, and only there.
    mark: AtomicPtr<AtomicU32>,
}

impl Process {
    pub(crate) fn begin(&self, key: Option<&Key>) {
        if let Some(key) = key {
            self.start.set(key);
            self.key.set(key);
        }
        self.seeded.store(key.is_some(), Ordering::Relaxed);
        if let Some(mark) = wiped_on_fork() {
            mark.store(1, Ordering::Relaxed);
            self.mark
                .store(core::ptr::from_ref(mark).cast_mut(), Ordering::Release);
        }
    }

    pub(crate) fn is_seeded(&self) -> bool {
        self.seeded.load(Ordering::Relaxed)
    }

    pub(crate) fn key(&self) -> Key {
        self.key.get()
    }

    /// The key that the program was started with, which its own copies of its variables have.
    pub(crate) fn start_key(&self) -> Key {
        self.start.get()
    }

    pub(crate) fn generation(&self) -> u32 {
        self.generation.load(Ordering::Relaxed)
    }

    /// The key of a thread that nobody was seen to make.
    pub(crate) fn key_of_stranger(&self) -> Key {
        let number = self.strangers.fetch_add(1, Ordering::Relaxed);
        derive(&self.key(), "thread", u64::MAX - number)
    }

    /// Notices that this is the child of a fork, whoever made it.
    pub(crate) fn notice_fork(&self) {
        let mark = self.mark.load(Ordering::Acquire);
        // SAFETY: a mark is never unmapped.
        if let Some(mark) = unsafe { mark.as_ref() }
            && mark.swap(1, Ordering::Relaxed) == 0
        {
            self.become_child();
        }
    }

    /// As `notice_fork`, where it is known that this is a child.
    pub(crate) fn be_child(&self) {
        if self.mark.load(Ordering::Acquire).is_null() {
            self.become_child();
        } else {
            self.notice_fork();
        }
    }

    /// The calling thread begins a task. Where it is the one that programs are named by, they are named by the task.
    pub(crate) fn begin_task(&self, key: &Key) {
        let before = self.key();
        let is_first = thread::current().is_none_or(|thread| thread.key() == before);
        thread::begin(key);
        if is_first {
            self.strangers.store(0, Ordering::Relaxed);
            self.key.set(key);
            environment::replace_key(&[before, self.start_key()], key);
        }
    }

    fn become_child(&self) {
        let before = self.key();
        let parent = thread::find();
        let key = parent
            .and_then(Thread::take_key_of_child)
            .unwrap_or_else(|| derive(&parent.map_or(before, Thread::key), "fork", u64::MAX));
        self.generation.fetch_add(1, Ordering::Relaxed);
        self.strangers.store(0, Ordering::Relaxed);
        self.key.set(&key);
        thread::begin(&key);
        if self.is_seeded() {
            environment::replace_key(&[before, self.start_key()], &key);
        }
    }
}

/// Memory that is zero in a child, if the kernel can do that (since 4.14).
fn wiped_on_fork() -> Option<&'static AtomicU32> {
    const LENGTH: usize = 4096;
    const WIPE_ON_FORK: usize = 18;
    let memory = memory::reserve(LENGTH)?;
    let arguments = [memory as usize, LENGTH, WIPE_ON_FORK, 0, 0, 0];
    // SAFETY: the memory was just mapped, and has nothing in it that could be lost.
    if unsafe { system::machine::call(system::machine::number::MADVISE, arguments) } != 0 {
        return None;
    }
    // SAFETY: zeros are such a word, at a page's beginning, and it is never unmapped.
    Some(unsafe { &*memory.cast::<AtomicU32>() })
}
