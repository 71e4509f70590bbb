//! The variables that a program is handed when it is started: those of every process of a run, whatever the one that
//! starts it has removed, and a key of its own.
//!
//! A program started with an empty environment would else be out of the seed's reach. What a program has set itself,
//! another key say, is left as it is.

use crate::c;
use crate::derivation::{self, DIGITS};
use crate::environment::{KEY, PRELOAD, PYTHON, name, saved};
use crate::process::PROCESS;
use crate::thread::Thread;

/// What is written over the variables of one program.
struct Handed {
    key: Option<[u8; DIGITS]>,
    preload: Option<&'static [u8]>,
    /// The folder of Python's layer.
    python: Option<&'static [u8]>,
}

impl Handed {
    /// A variable as it is handed on, in pieces.
    fn pieces<'a>(&'a self, variable: &'a [u8]) -> [&'a [u8]; 4] {
        if let Some(key) = &self.key
            && is_known_key(variable)
        {
            return [KEY, key, b"", b""];
        }
        for (list, ours) in [(PRELOAD, self.preload), (PYTHON, self.python)] {
            if let Some(ours) = ours
                && let Some(given) = variable.strip_prefix(list)
                && !loads(given, ours)
            {
                let separator: &[u8] = if given.is_empty() { b"" } else { b":" };
                return [list, ours, separator, given];
            }
        }
        [variable, b"", b"", b""]
    }

    fn length(&self, variable: &[u8]) -> usize {
        self.pieces(variable)
            .iter()
            .map(|piece| piece.len())
            .sum::<usize>()
            + 1
    }
}

fn is_known_key(variable: &[u8]) -> bool {
    variable
        .strip_prefix(KEY)
        .and_then(derivation::read)
        .is_some_and(|key| key == PROCESS.key() || key == PROCESS.start_key())
}

/// Whether `list` has the first of `ours`, which is the layer's.
fn loads(list: &[u8], ours: &[u8]) -> bool {
    let libraries = |list| <[u8]>::split(list, |byte| matches!(byte, b':' | b' '));
    libraries(ours)
        .next()
        .is_some_and(|first| libraries(list).any(|library| library == first))
}

/// The list to hand on instead of `variables`, until this thread makes another: `None` where there is no memory.
///
/// # Safety
/// `variables` must be null or a list of texts that ends with a null pointer.
pub(crate) unsafe fn variables(
    thread: &Thread,
    variables: *const *const u8,
) -> Option<*const *const u8> {
    // SAFETY: the caller's promise.
    let given = || unsafe { c::texts(variables) };
    let is_missing = |variable: &&[u8]| !given().any(|given| given.starts_with(name(variable)));
    let all = || given().chain(saved().filter(is_missing));
    let handed = Handed {
        key: PROCESS
            .is_seeded()
            .then(|| derivation::write(&thread.next_key("exec", &thread.programs))),
        preload: saved().find_map(|variable| variable.strip_prefix(PRELOAD)),
        python: saved()
            .find_map(|variable| variable.strip_prefix(PYTHON))
            .and_then(|paths| paths.split(|byte| *byte == b':').next()),
    };
    let (count, length) = all().fold((0, 0), |(count, length), variable| {
        (count + 1, length + handed.length(variable))
    });
    let list_length = (count + 1) * size_of::<*const u8>();
    let memory = thread.memory(list_length + length)?;
    // SAFETY: the memory is the calling thread's, so long, and begins where a page does.
    let list = unsafe { core::slice::from_raw_parts_mut(memory.cast::<*const u8>(), count + 1) };
    // SAFETY: as above: these bytes are behind the list.
    let mut rest = unsafe { core::slice::from_raw_parts_mut(memory.add(list_length), length) };
    list.fill(core::ptr::null());
    for (entry, variable) in list[..count].iter_mut().zip(all()) {
        *entry = rest.as_ptr();
        for piece in handed
            .pieces(variable)
            .into_iter()
            .chain([b"\0".as_slice()])
        {
            // Another thread may have changed the variables since they were measured.
            let (here, later) = rest.split_at_mut_checked(piece.len())?;
            here.copy_from_slice(piece);
            rest = later;
        }
    }
    Some(list.as_ptr())
}
