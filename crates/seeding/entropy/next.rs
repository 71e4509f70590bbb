//! Finds the function that would have been called had this library not been loaded.
//!
//! `dlsym` is in another library on older systems, so the objects that are loaded are read as they lie in memory.

use crate::c;
use crate::elf::{Header, Symbols};
use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicUsize, Ordering};

/// A function of the same name in an object loaded after this one.
pub(crate) struct Next {
    name: &'static str,
    address: AtomicUsize,
}

impl Next {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self {
            name,
            address: AtomicUsize::new(0),
        }
    }

    /// Its address, if there is one; looked for again each time until there is.
    pub(crate) fn address(&self) -> Option<usize> {
        let known = self.address.load(Ordering::Relaxed);
        if known != 0 {
            return Some(known);
        }
        let found = find(self.name)?;
        self.address.store(found, Ordering::Relaxed);
        Some(found)
    }
}

/// Declares a function as it is after this library, and calls it: `None` where no object has it.
///
/// A thread that is cancelled while it waits in such a function is unwound through its caller here. The types say that
/// nothing unwinds, so that the compiler leaves no landing pad there, which would stop the program; what unwinds finds
/// frames without anything to clean up, and passes.
macro_rules! next {
    ($name:literal, fn($($argument:ident: $type:ty),* $(,)?) -> $answer:ty) => {{
        static NEXT: $crate::next::Next = $crate::next::Next::new($name);
        NEXT.address().map(|address| {
            type Function = unsafe extern "C" fn($($type),*) -> $answer;
            // SAFETY: an object defines this name, and C gives a name one type.
            let function = unsafe { core::mem::transmute::<usize, Function>(address) };
            // SAFETY: the arguments are those that the program passed.
            unsafe { function($($argument),*) }
        })
    }};
}
pub(crate) use next;

struct Search<T> {
    name: &'static str,
    of: unsafe fn(&Symbols, &[u8]) -> Option<T>,
    seen_this: bool,
    after_this: Option<T>,
    elsewhere: Option<T>,
}

/// The address of `name` in the first object after this one that has it, or else in any other.
pub(crate) fn find(name: &'static str) -> Option<usize> {
    search(name, Symbols::find)
}

/// The address and the size of the data `name` in an object that has it.
#[cfg(clock)]
pub(crate) fn find_data(name: &'static str) -> Option<(usize, usize)> {
    search(name, Symbols::find_data)
}

fn search<T>(
    name: &'static str,
    of: unsafe fn(&Symbols, &[u8]) -> Option<T>,
) -> Option<T> {
    let mut search = Search {
        name,
        of,
        seen_this: false,
        after_this: None,
        elsewhere: None,
    };
    // SAFETY: the visitor takes `search` for what it is, and it outlives the call.
    unsafe { c::dl_iterate_phdr(visit::<T>, (&raw mut search).cast()) };
    search.after_this.or(search.elsewhere)
}

extern "C" fn visit<T>(object: *const c::Object, _: usize, search: *mut c_void) -> c_int {
    // SAFETY: `find` passes a search, which nothing else refers to meanwhile.
    let search = unsafe { &mut *search.cast::<Search<T>>() };
    // SAFETY: the C library passes an object that is loaded for the time of this call.
    let object = unsafe { &*object };
    // SAFETY: as above: its headers are those of a loaded object.
    let headers = unsafe { Header::list(object.headers, object.header_count as usize) };
    let here = (visit::<T> as *const ()).addr();
    if headers.iter().any(|header| header.holds(object.base, here)) {
        search.seen_this = true;
        return 0;
    }
    // The kernel's own object has clocks of the same names, which tell errors in another way.
    // SAFETY: an object's name is a text.
    if unsafe { c::text(object.name) }.starts_with(b"linux-") {
        return 0;
    }
    // SAFETY: the object is loaded, so what its dynamic section names is in memory.
    let symbols = unsafe { Symbols::of(object.base, headers) };
    let name = search.name.as_bytes();
    // SAFETY: as above.
    let found = symbols.and_then(|symbols| unsafe { (search.of)(&symbols, name) });
    if search.seen_this {
        search.after_this = found;
    } else if search.elsewhere.is_none() {
        search.elsewhere = found;
    }
    c_int::from(search.after_this.is_some())
}
