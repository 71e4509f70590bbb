//! Programs whose language's runtime asks the kernel itself, or a generator of its own: this library is in them, and
//! yet not between them and their entropy.

use crate::c;
use crate::elf::{Header, Symbols};
use core::ffi::{c_int, c_void};

/// Whether the program of this process is one: Go's; Node's, whose numbers come from an OpenSSL that is part of it;
/// Ruby's, which mixes the time, the process's identifier and an address into its seed.
pub(crate) fn is_unreached() -> bool {
    let mut found = false;
    // SAFETY: the visitor takes `found` for what it is, and it outlives the call.
    unsafe { c::dl_iterate_phdr(visit, (&raw mut found).cast()) };
    found
}

/// Functions that Node and Ruby have for their extensions.
const OF_RUNTIMES: [&[u8]; 2] = [b"napi_module_register", b"ruby_init"];

/// Looks at one object, and goes on to the next where it is not one of a runtime.
extern "C" fn visit(object: *const c::Object, _: usize, found: *mut c_void) -> c_int {
    // SAFETY: the C library passes an object that is loaded for the time of this call.
    let object = unsafe { &*object };
    // SAFETY: as above.
    let headers = unsafe { Header::list(object.headers, object.header_count as usize) };
    // SAFETY: as above.
    let is_go = headers
        .iter()
        .any(|header| is_of_go(unsafe { header.notes(object.base) }));
    // SAFETY: as above.
    let symbols = unsafe { Symbols::of(object.base, headers) };
    let is_other = symbols.is_some_and(|symbols| {
        // SAFETY: as above.
        OF_RUNTIMES
            .iter()
            .any(|name| unsafe { symbols.find(name) }.is_some())
    });
    // SAFETY: `is_unreached` passes this, and nothing else refers to it meanwhile.
    unsafe { found.cast::<bool>().write(is_go || is_other) };
    c_int::from(is_go || is_other)
}

/// Whether one of these notes is that which Go's linker writes: a name, and the number 4 for a build's identifier.
fn is_of_go(notes: &[u8]) -> bool {
    const HEADER: usize = 12;
    const BUILD_IDENTIFIER: u32 = 4;
    let word = |at: usize| Some(u32::from_ne_bytes(*notes.get(at..)?.first_chunk()?));
    let mut at = 0;
    while let (Some(name), Some(content), Some(kind)) = (word(at), word(at + 4), word(at + 8)) {
        let start = at + HEADER;
        let text = notes
            .get(start..start.saturating_add(name as usize))
            .unwrap_or_default();
        if text == b"Go\0\0" && kind == BUILD_IDENTIFIER {
            return true;
        }
        let padded = |length: u32| (length as usize).next_multiple_of(4);
        at = start + padded(name) + padded(content);
    }
    false
}
