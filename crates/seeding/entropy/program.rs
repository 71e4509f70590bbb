//! Looks at a program before it starts: whether this library will be in it.

use crate::environment;
use crate::events;
use crate::files::{self, File, Use};
use core::ffi::CStr;

/// How much of a program is looked at at once: its headers are at its beginning.
const START: usize = 1024;
const INTERPRETER: u32 = 3;
const LONGEST_PATH: usize = 4096;

/// Says that this library will not be in the program, where that is so.
///
/// # Safety
/// `arguments` must be null or a list of texts that ends with a null pointer.
pub(crate) unsafe fn examine(path: &CStr, arguments: *const *const u8) {
    if is_static(path) {
        // SAFETY: the caller's promise.
        unsafe { tell(path, arguments, "static") };
    }
}

/// Says that this library will not be in the program, where its variables do not name a library to load.
///
/// # Safety
/// The lists must be null or lists of texts that end with a null pointer.
pub(crate) unsafe fn examine_variables(
    path: &CStr,
    arguments: *const *const u8,
    variables: *const *const u8,
) {
    // SAFETY: the caller's promise.
    let mut variables = unsafe { crate::c::texts(variables) };
    if !variables.any(|variable| variable.starts_with(environment::PRELOAD)) {
        // SAFETY: the caller's promise.
        unsafe { tell(path, arguments, "environment") };
    }
}

/// # Safety
/// As for `examine`.
unsafe fn tell(path: &CStr, arguments: *const *const u8, reason: &str) {
    // SAFETY: the caller's promise.
    let arguments = unsafe { crate::c::texts(arguments) };
    let mut line = events::line("unreached");
    line.text("reason", reason.as_bytes());
    line.text("program", path.to_bytes())
        .texts("arguments", arguments);
    events::tell(&mut line);
}

fn is_static(path: &CStr) -> bool {
    let mut start = [0; START];
    let Some(file) = read(path, &mut start) else {
        return false;
    };
    if let Some(line) = start.strip_prefix(b"#!") {
        let words = line.split(|byte| matches!(byte, b' ' | b'\t' | b'\n' | 0));
        let mut interpreter = [0; START];
        let named = words
            .take(START)
            .find(|word| !word.is_empty())
            .unwrap_or_default();
        interpreter[..named.len()].copy_from_slice(named);
        let Ok(interpreter) = CStr::from_bytes_until_nul(&interpreter) else {
            return false;
        };
        return read(interpreter, &mut start)
            .is_some_and(|file| has_no_loader(&file, &start, interpreter));
    }
    has_no_loader(&file, &start, path)
}

/// A program that may be started, and its beginning.
fn read(path: &CStr, start: &mut [u8; START]) -> Option<File> {
    if !files::may_start(path) {
        return None;
    }
    let file = File::open(path, Use::Inspect).ok()?;
    start.fill(0);
    file.read_at(start, 0).ok()?;
    Some(file)
}

/// Whether this is a program of this machine that no dynamic loader brings into memory.
fn has_no_loader(file: &File, start: &[u8; START], path: &CStr) -> bool {
    const MAGIC: &[u8] = b"\x7fELF\x02";
    let short = |bytes: &[u8], at: usize| {
        bytes
            .get(at..)
            .and_then(|bytes| bytes.first_chunk())
            .map_or(0, |word| u16::from_ne_bytes(*word))
    };
    let offset = start[32..]
        .first_chunk()
        .map_or(0, |word| u64::from_ne_bytes(*word));
    let (length, count) = (u64::from(short(start, 54)), short(start, 56));
    if !start.starts_with(MAGIC) || count == 0 || is_loader(path.to_bytes()) {
        return false;
    }
    (0..u64::from(count)).all(|index| {
        let mut kind = [0; 4];
        let at = offset.wrapping_add(index * length);
        file.read_at(&mut kind, at) == Ok(kind.len()) && u32::from_ne_bytes(kind) != INTERPRETER
    })
}

/// A dynamic loader has none itself.
fn is_loader(path: &[u8]) -> bool {
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    name.starts_with(b"ld-") || name.starts_with(b"ld.so") || name.starts_with(b"ld64.so")
}

/// Passes on the path of the program that a search of `PATH` for `name` finds first.
pub(crate) fn search(name: &[u8], found: impl FnOnce(&CStr)) {
    let folders = environment::value(b"PATH=").unwrap_or(b"/bin:/usr/bin");
    let folders = if name.contains(&b'/') { b"" } else { folders };
    let mut path = [0; LONGEST_PATH];
    for folder in folders.split(|byte| *byte == b':') {
        let separator: &[u8] = if folder.is_empty() { b"" } else { b"/" };
        let Some(path) = join(&mut path, [folder, separator, name]) else {
            continue;
        };
        if files::may_start(path) {
            return found(path);
        }
    }
}

fn join<'a>(path: &'a mut [u8; LONGEST_PATH], parts: [&[u8]; 3]) -> Option<&'a CStr> {
    let mut length = 0;
    for part in parts {
        path.get_mut(length..length + part.len())?
            .copy_from_slice(part);
        length += part.len();
    }
    *path.get_mut(length)? = 0;
    CStr::from_bytes_until_nul(path).ok()
}
