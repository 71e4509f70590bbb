//! System calls and registers of aarch64.

use core::arch::asm;

/// The numbers of system calls (the kernel's `asm-generic/unistd.h`).
#[cfg(entropy)]
pub(crate) mod number {
    pub(crate) const CLOCK_GETTIME: usize = 113;
    pub(crate) const WRITE: usize = 64;
    pub(crate) const CLOSE: usize = 57;
    pub(crate) const FSTAT: usize = 80;
    pub(crate) const MMAP: usize = 222;
    pub(crate) const MUNMAP: usize = 215;
    pub(crate) const PREAD: usize = 67;
    pub(crate) const PWRITE: usize = 68;
    pub(crate) const MADVISE: usize = 233;
    pub(crate) const GETPID: usize = 172;
    pub(crate) const EXECVE: usize = 221;
    pub(crate) const FCNTL: usize = 25;
    pub(crate) const PERSONALITY: usize = 92;
    pub(crate) const EXIT_GROUP: usize = 94;
    pub(crate) const OPENAT: usize = 56;
    pub(crate) const READLINKAT: usize = 78;
    pub(crate) const FACCESSAT: usize = 48;
    pub(crate) const DUP3: usize = 24;
    pub(crate) const GETRANDOM: usize = 278;
    pub(crate) const MEMFD_CREATE: usize = 279;
}

/// As above.
#[cfg(clock)]
pub(crate) mod number {
    pub(crate) const CLOSE: usize = 57;
    pub(crate) const FSTAT: usize = 80;
    pub(crate) const MMAP: usize = 222;
    pub(crate) const OPENAT: usize = 56;
    pub(crate) const EXIT_GROUP: usize = 94;
    pub(crate) const CLOCK_GETTIME: usize = 113;
    pub(crate) const GETTIMEOFDAY: usize = 169;
    /// There is none: a number that no call has.
    pub(crate) const TIME: usize = usize::MAX;
    pub(crate) const FUTEX: usize = 98;
}

/// `struct stat`: where its fields begin, and how long it is.
pub(crate) mod status {
    #[cfg(entropy)]
    pub(crate) const LINKS: usize = 20;
    #[cfg(entropy)]
    pub(crate) const MODE: usize = 16;
    #[cfg(entropy)]
    pub(crate) const DEVICE: usize = 32;
    pub(crate) const SIZE: usize = 48;
    pub(crate) const LENGTH: usize = 128;
}

/// One system call; its answer, or an error's number negated.
///
/// # Safety
/// The arguments must be such that the kernel touches only memory that the caller may touch so.
pub(crate) unsafe fn call(number: usize, arguments: [usize; 6]) -> isize {
    let [a, b, c, d, e, f] = arguments;
    let answer: isize;
    // SAFETY: the registers are those of the kernel's convention; the memory is the caller's promise.
    unsafe {
        asm!(
            "svc 0",
            in("x8") number,
            inlateout("x0") a => answer,
            in("x1") b, in("x2") c, in("x3") d, in("x4") e, in("x5") f,
            options(nostack),
        );
    }
    answer
}

/// What differs between the threads of a process and stays the same in each.
pub(crate) fn thread_pointer() -> usize {
    let pointer: usize;
    // SAFETY: reads a register.
    unsafe {
        asm!("mrs {}, tpidr_el0", out(reg) pointer, options(nomem, nostack, preserves_flags));
    }
    pointer
}

/// Defines `syscall`: the listed numbers are answered by `$handler`, which has the same seven arguments; all others
/// go to `$next`, an address, or to the kernel while it is zero.
macro_rules! answer_system_calls {
    ($handler:path, $next:path, $($number:literal)+) => {
        /// `syscall` of the C library, for the numbers that are answered here.
        ///
        /// # Safety
        /// As for the C library's.
        #[unsafe(no_mangle)]
        #[unsafe(naked)]
        pub unsafe extern "C" fn syscall() {
            core::arch::naked_asm!(
                $(concat!("cmp x0, #", stringify!($number)), "b.ne 4f", "b {handler}", "4:",)+
                "adrp x9, {next}",
                "ldr x9, [x9, :lo12:{next}]",
                "cbz x9, 2f",
                "br x9",
                "2:",
                "mov x8, x0",
                "mov x0, x1",
                "mov x1, x2",
                "mov x2, x3",
                "mov x3, x4",
                "mov x4, x5",
                "mov x5, x6",
                "svc 0",
                "cmn x0, #4095",
                "b.hs 3f",
                "ret",
                "3:",
                "b {answer}",
                handler = sym $handler,
                next = sym $next,
                answer = sym $crate::errno::answer,
            )
        }
    };
}
pub(crate) use answer_system_calls;

/// Defines functions whose arguments end with a null pointer, as `execl` has them: `$handler` is handed the first
/// argument and the address of the list of the others.
#[cfg(entropy)]
macro_rules! gather_arguments {
    ($($name:ident => $handler:path),+) => {$(
        /// The function of the C library, which takes a program's arguments one by one.
        ///
        /// # Safety
        /// As for the C library's.
        #[unsafe(no_mangle)]
        #[unsafe(naked)]
        pub unsafe extern "C" fn $name() {
            core::arch::naked_asm!(
                "sub sp, sp, #80",
                "str x30, [sp]",
                "str x1, [sp, #24]",
                "stp x2, x3, [sp, #32]",
                "stp x4, x5, [sp, #48]",
                "stp x6, x7, [sp, #64]",
                "add x1, sp, #24",
                "bl {handler}",
                "ldr x30, [sp]",
                "add sp, sp, #80",
                "ret",
                handler = sym $handler,
            )
        }
    )+};
}
#[cfg(entropy)]
pub(crate) use gather_arguments;

/// Defines where threads begin: `$take_over` is handed the argument and two words, into which it writes a function and
/// that function's argument. The function is jumped to, so that an exception or the thread's end finds no frame of ours.
macro_rules! begin_thread {
    ($name:ident => $take_over:path) => {
        #[unsafe(naked)]
        unsafe extern "C" fn $name() {
            core::arch::naked_asm!(
                "sub sp, sp, #32",
                "str x30, [sp, #16]",
                "mov x1, sp",
                "bl {take_over}",
                "ldp x9, x0, [sp]",
                "ldr x30, [sp, #16]",
                "add sp, sp, #32",
                "br x9",
                take_over = sym $take_over,
            )
        }
    };
}
pub(crate) use begin_thread;
