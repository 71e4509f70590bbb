//! Turns address randomisation off, by starting the program once more: its addresses are chosen when it starts.

use crate::c;
use crate::environment;
use crate::events;
use crate::files::{self, File, Use};
use crate::memory;
use crate::system::machine::{call, number};

const VARIABLE: &[u8] = b"RESOW_ADDRESSES=";
const FIXED: &[u8] = b"fixed";
/// What stands there instead while the program is started once more, so that this is never tried twice.
const TRIED: &[u8] = b"tried";

/// What stands there where it was refused, so that what this process starts neither tries nor tells it again.
const NEVER: &[u8] = b"never";

const ADDRESSES_NOT_RANDOM: usize = 0x004_0000;
const PRESENT: usize = 0xffff_ffff;
const WHAT: &str = "address randomisation";

/// Whether this is the program started once more; from here on its variables look as they did before.
pub(crate) fn restore() -> bool {
    let tried = environment::value(VARIABLE) == Some(TRIED);
    if tried {
        environment::overwrite(VARIABLE, FIXED);
    }
    tried
}

/// Returns where addresses are fixed already, or cannot be.
pub(crate) fn fix(tried: bool) {
    if environment::value(VARIABLE) != Some(FIXED) {
        return;
    }
    let present = personality(PRESENT);
    if present >= 0 && present as usize & ADDRESSES_NOT_RANDOM != 0 {
        return;
    }
    let refused = tried || present < 0;
    if refused || personality(present as usize | ADDRESSES_NOT_RANDOM) < 0 {
        environment::overwrite(VARIABLE, NEVER);
        events::fault(WHAT, "this process may not turn it off");
        return;
    }
    environment::overwrite(VARIABLE, TRIED);
    start_once_more();
    environment::overwrite(VARIABLE, FIXED);
    events::fault(WHAT, "this program cannot be started once more");
}

/// Whether this process's addresses stand still; `None` where the kernel does not say.
pub(crate) fn are_fixed() -> Option<bool> {
    let present = usize::try_from(personality(PRESENT)).ok()?;
    Some(present & ADDRESSES_NOT_RANDOM != 0)
}

fn personality(persona: usize) -> isize {
    // SAFETY: no memory is touched.
    unsafe { call(number::PERSONALITY, [persona, 0, 0, 0, 0, 0]) }
}

/// Returns only if that failed.
fn start_once_more() {
    let mut path = [0; 4096];
    let longest = path.len() - 1;
    let Some(length @ 1..) =
        files::read_link(c"/proc/self/exe", &mut path[..longest]).map(<[u8]>::len)
    else {
        return;
    };
    if length == longest {
        return;
    }
    let Some(arguments) = arguments() else {
        return;
    };
    // SAFETY: reads the pointer alone.
    let variables = unsafe { c::environ };
    let list = [
        path.as_ptr() as usize,
        arguments as usize,
        variables as usize,
        0,
        0,
        0,
    ];
    // SAFETY: a path that ends with a zero byte, and two lists that end with null pointers.
    unsafe { call(number::EXECVE, list) };
}

/// The arguments as a list that ends with a null pointer; its memory is not given back.
fn arguments() -> Option<*const *const u8> {
    let file = File::open(c"/proc/self/cmdline", Use::Read).ok()?;
    let (mut bytes, mut count) = (0, 0);
    let mut piece = [0; 1024];
    while let length @ 1.. = file.read_at(&mut piece, bytes as u64).ok()? {
        bytes += length;
        count += piece[..length].iter().filter(|byte| **byte == 0).count();
    }
    let list_length = (count + 1) * size_of::<*const u8>();
    let memory = memory::reserve(list_length + bytes + 1)?;
    // SAFETY: so much was mapped behind the list, and nothing else refers to it.
    let texts = unsafe { core::slice::from_raw_parts_mut(memory.add(list_length), bytes) };
    let mut read = 0;
    while read < bytes {
        read += match file.read_at(&mut texts[read..], read as u64) {
            Ok(length @ 1..) => length,
            _ => return None,
        };
    }
    // SAFETY: so much was mapped, at a page's beginning, and null pointers are what it holds.
    let list = unsafe { core::slice::from_raw_parts_mut(memory.cast::<*const u8>(), count + 1) };
    for (entry, text) in list
        .iter_mut()
        .zip(texts.split_inclusive(|byte| *byte == 0))
        .take(count)
    {
        *entry = text.as_ptr();
    }
    Some(list.as_ptr())
}
