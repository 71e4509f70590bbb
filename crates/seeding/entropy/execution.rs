//! The functions that start programs: each is looked at, and handed what every process of a run has.
//!
//! They may be called in a child of `vfork`, which uses its parent's memory while the parent waits.

use crate::c;
use crate::errno::{answer, fail};
use crate::handing;
use crate::next::next;
use crate::program;
use crate::start;
use crate::system::NOT_IMPLEMENTED;
use crate::system::machine::{call, gather_arguments, number};
use crate::thread;
use core::ffi::{CStr, c_int, c_void};

/// A list of texts that ends with a null pointer.
type Texts = *const *const u8;

fn variables_now() -> Texts {
    // SAFETY: reads the pointer alone.
    unsafe { c::environ.cast::<*const u8>().cast_const() }
}

/// What to hand on instead of `variables`.
///
/// # Safety
/// `path` must be null or a text, the others null or lists of texts.
unsafe fn before(path: *const u8, searched: bool, arguments: Texts, variables: Texts) -> Texts {
    if !start::ready() || path.is_null() {
        return variables;
    }
    // SAFETY: the caller's promise.
    let path = unsafe { CStr::from_ptr(path.cast()) };
    // SAFETY: the caller's promise.
    let handed =
        thread::current().and_then(|thread| unsafe { handing::variables(thread, variables) });
    let look = |path: &CStr| {
        // SAFETY: the caller's promise.
        unsafe { program::examine(path, arguments) };
        if handed.is_none() {
            // SAFETY: the caller's promise.
            unsafe { program::examine_variables(path, arguments, variables) };
        }
    };
    if searched && !path.to_bytes().contains(&b'/') {
        program::search(path.to_bytes(), look);
    } else {
        look(path);
    }
    handed.unwrap_or(variables)
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn execve(path: *const u8, arguments: Texts, variables: Texts) -> c_int {
    // SAFETY: the caller's promise.
    let variables = unsafe { before(path, false, arguments, variables) };
    let list = [
        path as usize,
        arguments as usize,
        variables as usize,
        0,
        0,
        0,
    ];
    // SAFETY: the caller's promise.
    answer(unsafe { call(number::EXECVE, list) }) as c_int
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn execv(path: *const u8, arguments: Texts) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { execve(path, arguments, variables_now()) }
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn execvpe(file: *const u8, arguments: Texts, variables: Texts) -> c_int {
    // SAFETY: the caller's promise.
    let variables = unsafe { before(file, true, arguments, variables) };
    next!(
        "execvpe",
        fn(file: *const u8, arguments: Texts, variables: Texts) -> c_int
    )
    .unwrap_or_else(|| fail(NOT_IMPLEMENTED) as c_int)
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn execvp(file: *const u8, arguments: Texts) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { execvpe(file, arguments, variables_now()) }
}

/// # Safety
/// `arguments` must be a list of texts, and another such list must follow it.
unsafe extern "C" fn execle_of(path: *const u8, arguments: Texts) -> c_int {
    // SAFETY: the caller's promise.
    let count = unsafe { c::texts(arguments) }.count();
    // SAFETY: behind the null pointer that ends the list is the list of variables.
    let variables = unsafe { arguments.add(count + 1).cast::<Texts>().read() };
    // SAFETY: the caller's promise.
    unsafe { execve(path, arguments, variables) }
}

gather_arguments!(execl => execv, execlp => execvp, execle => execle_of);

/// `posix_spawn` and `posix_spawnp`, which differ in whether they search for the program.
macro_rules! spawn {
    ($name:ident, $text:literal, $searched:literal) => {
        /// # Safety
        /// As for the C library's.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(
            identifier: *mut c_int,
            path: *const u8,
            actions: *const c_void,
            attributes: *const c_void,
            arguments: Texts,
            variables: Texts,
        ) -> c_int {
            // SAFETY: the caller's promise.
            let variables = unsafe { before(path, $searched, arguments, variables) };
            next!(
                $text,
                fn(
                    identifier: *mut c_int,
                    path: *const u8,
                    actions: *const c_void,
                    attributes: *const c_void,
                    arguments: Texts,
                    variables: Texts,
                ) -> c_int
            )
            .unwrap_or(NOT_IMPLEMENTED)
        }
    };
}

spawn!(posix_spawn, "posix_spawn", false);
spawn!(posix_spawnp, "posix_spawnp", true);

/// Says that the shell which is about to start will not be reached, where the program has removed its variables: the C
/// library starts it in a way that cannot be stepped into.
///
/// # Safety
/// `command` must be null or a text.
unsafe fn before_shell(command: *const u8) {
    if !start::ready() || command.is_null() || !crate::environment::has_removed_preload() {
        return;
    }
    let arguments = [
        c"sh".as_ptr(),
        c"-c".as_ptr(),
        command.cast(),
        core::ptr::null(),
    ];
    // SAFETY: the caller's promise; the list ends with a null pointer.
    unsafe { program::examine_variables(c"/bin/sh", arguments.as_ptr().cast(), variables_now()) };
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn system(command: *const u8) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { before_shell(command) };
    next!("system", fn(command: *const u8) -> c_int)
        .unwrap_or_else(|| fail(NOT_IMPLEMENTED) as c_int)
}

/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn popen(command: *const u8, mode: *const u8) -> *mut c_void {
    // SAFETY: the caller's promise.
    unsafe { before_shell(command) };
    next!(
        "popen",
        fn(command: *const u8, mode: *const u8) -> *mut c_void
    )
    .unwrap_or(core::ptr::null_mut())
}
