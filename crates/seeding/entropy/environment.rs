//! The process's variables: what they say, the key that is written over, and what is handed on to programs.

use crate::c;
use crate::derivation::{self, Key};
use core::ffi::CStr;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

pub(crate) const KEY: &[u8] = b"RESOW_ENTROPY=";
pub(crate) const PRELOAD: &[u8] = b"LD_PRELOAD=";
pub(crate) const PYTHON: &[u8] = b"PYTHONPATH=";

/// The value of the variable whose name, with its `=`, is `name`.
pub(crate) fn value(name: &[u8]) -> Option<&'static [u8]> {
    c::variables().find_map(|variable| variable.strip_prefix(name))
}

/// Overwrites the value of a variable where it lies, with one as long.
pub(crate) fn overwrite(name: &[u8], value: &[u8]) {
    let is_it = |variable: &[u8]| {
        variable
            .strip_prefix(name)
            .is_some_and(|old| old.len() == value.len())
    };
    if let Some(place) = c::variables().position(is_it) {
        // SAFETY: `environ` has so many entries, each a text in memory that the process may write; the new value is as
        // long as what it replaces.
        unsafe {
            let start = c::environ.add(place).read().add(name.len());
            core::ptr::copy_nonoverlapping(value.as_ptr(), start, value.len());
        }
    }
}

/// Hands `key` on to what is started from here, unless the program has put another than `known` there.
pub(crate) fn replace_key(known: &[Key], key: &Key) {
    let present = value(KEY).and_then(derivation::read);
    if present.is_some_and(|present| known.contains(&present)) {
        overwrite(KEY, &derivation::write(key));
    }
}

/// Whether a variable is one that every process of a run has.
pub(crate) fn is_ours(variable: &[u8]) -> bool {
    const OF_LANGUAGES: [&[u8]; 3] = [PYTHON, b"PYTHONHASHSEED=", b"R_PROFILE_USER="];
    variable.starts_with(b"RESOW_")
        || variable.starts_with(PRELOAD)
        || OF_LANGUAGES.iter().any(|name| variable.starts_with(name))
}

/// The name of a variable, with its `=`.
pub(crate) fn name(variable: &[u8]) -> &[u8] {
    let length = variable.iter().position(|byte| *byte == b'=');
    &variable[..length.map_or(variable.len(), |length| length + 1)]
}

static SAVED: AtomicPtr<u8> = AtomicPtr::new(core::ptr::null_mut());
static SAVED_LENGTH: AtomicUsize = AtomicUsize::new(0);

/// Keeps a copy of the variables of every process, since the program may remove its own.
pub(crate) fn save() {
    let ours = || c::variables().filter(|variable| is_ours(variable));
    let length: usize = ours().map(|variable| variable.len() + 1).sum();
    let Some(memory) = crate::memory::reserve(length.max(1)) else {
        return;
    };
    // SAFETY: so much was mapped, is zero, and nothing else refers to it.
    let mut rest = unsafe { core::slice::from_raw_parts_mut(memory, length) };
    for variable in ours() {
        let Some((here, later)) = rest.split_at_mut_checked(variable.len() + 1) else {
            break;
        };
        here[..variable.len()].copy_from_slice(variable);
        rest = later;
    }
    SAVED_LENGTH.store(length, Ordering::Relaxed);
    SAVED.store(memory, Ordering::Release);
}

/// What was saved.
pub(crate) fn saved_texts() -> impl Iterator<Item = &'static CStr> {
    let memory = SAVED.load(Ordering::Acquire);
    let bytes: &[u8] = if memory.is_null() {
        &[]
    } else {
        // SAFETY: so much was mapped; it is no longer written, and never unmapped.
        unsafe { core::slice::from_raw_parts(memory, SAVED_LENGTH.load(Ordering::Relaxed)) }
    };
    let texts = bytes.split_inclusive(|byte| *byte == 0);
    texts.filter_map(|text| CStr::from_bytes_with_nul(text).ok())
}

/// What was saved, without zero bytes.
pub(crate) fn saved() -> impl Iterator<Item = &'static [u8]> {
    saved_texts().map(CStr::to_bytes)
}

/// Whether the program was started with a list of libraries to load, and has none now.
pub(crate) fn has_removed_preload() -> bool {
    value(PRELOAD).is_none() && saved().any(|variable| variable.starts_with(PRELOAD))
}
