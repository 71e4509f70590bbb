//! The three names that are asked of the process's C library, whichever it is, and how its texts are read.

use core::ffi::{c_int, c_void};

/// What `dl_iterate_phdr` says of a loaded object (`struct dl_phdr_info`, as far as it is needed).
#[repr(C)]
pub(crate) struct Object {
    pub(crate) base: usize,
    pub(crate) name: *const u8,
    pub(crate) headers: *const u8,
    pub(crate) header_count: u16,
}

pub(crate) type Visitor = extern "C" fn(*const Object, usize, *mut c_void) -> c_int;

unsafe extern "C" {
    pub(crate) static mut environ: *mut *mut u8;
    pub(crate) fn __errno_location() -> *mut c_int;
    pub(crate) fn dl_iterate_phdr(visitor: Visitor, data: *mut c_void) -> c_int;
}

/// The bytes of a C text, without its zero byte; none of a null pointer.
///
/// # Safety
/// `text` must be null or a text that stays as it is for `'a`.
pub(crate) unsafe fn text<'a>(text: *const u8) -> &'a [u8] {
    if text.is_null() {
        return &[];
    }
    let mut length = 0;
    // SAFETY: the text has a zero byte, and no byte after it is read.
    while unsafe { text.add(length).read() } != 0 {
        length += 1;
    }
    // SAFETY: these bytes were just read.
    unsafe { core::slice::from_raw_parts(text, length) }
}

/// The texts of a list that ends with a null pointer, as programs' arguments and variables are.
///
/// # Safety
/// `list` must be null or such a list, and stay so for `'a`.
pub(crate) unsafe fn texts<'a>(list: *const *const u8) -> impl Iterator<Item = &'a [u8]> {
    let mut next = list;
    core::iter::from_fn(move || {
        if next.is_null() {
            return None;
        }
        // SAFETY: the list has a null pointer, and nothing after it is read.
        let pointer = unsafe { next.read() };
        if pointer.is_null() {
            return None;
        }
        // SAFETY: `next` was not the list's end.
        next = unsafe { next.add(1) };
        // SAFETY: an entry is a text.
        Some(unsafe { text(pointer) })
    })
}

/// The variables of the process as they are now.
pub(crate) fn variables() -> impl Iterator<Item = &'static [u8]> {
    // SAFETY: `environ` is such a list whenever a program may read it; what is read is not kept.
    unsafe { texts(environ.cast::<*const u8>().cast_const()) }
}
