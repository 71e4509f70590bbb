//! How many processes with one handed key and the same arguments have begun, counted by all processes of a run in a
//! file that they share: places of a hash and a count, 8 bytes each.

use crate::events;
use crate::files::{File, Use};
use core::ffi::CStr;
use core::sync::atomic::{AtomicU64, Ordering};

const DEFAULT: &CStr = c"/run/resow/occurrences";
const LARGEST: usize = 16 << 20;

#[repr(C)]
struct Place {
    hash: AtomicU64,
    count: AtomicU64,
}

/// Counts one more of `hash`: how many there were before.
pub(crate) fn count(hash: u64) -> u64 {
    let Ok(file) = File::open(events::path(b"RESOW_OCCURRENCES=", DEFAULT), Use::Share) else {
        return 0;
    };
    let size = file.status().map_or(0, |status| status.size as usize);
    // Behind them may be a page of counters.
    let length = size.min(LARGEST);
    let places = length / size_of::<Place>();
    let Some(memory) = (places > 0).then(|| file.share(length)).flatten() else {
        return 0;
    };
    // SAFETY: so much is mapped, any bits are places, and every process changes them atomically only.
    let before = count_in(
        unsafe { core::slice::from_raw_parts(memory.cast(), places) },
        hash.max(1),
    );
    // SAFETY: nothing refers to it any more.
    unsafe { crate::memory::release(memory, length) };
    before.unwrap_or_else(|| {
        events::fault(
            "occurrences",
            "the table of processes is full: some draw the same numbers",
        );
        0
    })
}

fn count_in(places: &[Place], hash: u64) -> Option<u64> {
    let first = (hash % places.len() as u64) as usize;
    let (before, after) = places.split_at(first);
    let place = after.iter().chain(before).find(|place| {
        let taken = place
            .hash
            .compare_exchange(0, hash, Ordering::Relaxed, Ordering::Relaxed);
        taken.is_ok() || taken == Err(hash)
    })?;
    Some(place.count.fetch_add(1, Ordering::Relaxed))
}
