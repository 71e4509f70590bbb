//! System calls and registers of x86_64.

use core::arch::asm;

/// The numbers of system calls (the kernel's `asm/unistd_64.h`).
#[cfg(entropy)]
pub(crate) mod number {
    pub(crate) const CLOCK_GETTIME: usize = 228;
    pub(crate) const WRITE: usize = 1;
    pub(crate) const CLOSE: usize = 3;
    pub(crate) const FSTAT: usize = 5;
    pub(crate) const MMAP: usize = 9;
    pub(crate) const MUNMAP: usize = 11;
    pub(crate) const PREAD: usize = 17;
    pub(crate) const PWRITE: usize = 18;
    pub(crate) const MADVISE: usize = 28;
    pub(crate) const GETPID: usize = 39;
    pub(crate) const EXECVE: usize = 59;
    pub(crate) const FCNTL: usize = 72;
    pub(crate) const PERSONALITY: usize = 135;
    pub(crate) const EXIT_GROUP: usize = 231;
    pub(crate) const OPENAT: usize = 257;
    pub(crate) const READLINKAT: usize = 267;
    pub(crate) const FACCESSAT: usize = 269;
    pub(crate) const DUP3: usize = 292;
    pub(crate) const GETRANDOM: usize = 318;
    pub(crate) const MEMFD_CREATE: usize = 319;
}

/// As above.
#[cfg(clock)]
pub(crate) mod number {
    pub(crate) const CLOSE: usize = 3;
    pub(crate) const FSTAT: usize = 5;
    pub(crate) const MMAP: usize = 9;
    pub(crate) const OPENAT: usize = 257;
    pub(crate) const EXIT_GROUP: usize = 231;
    pub(crate) const CLOCK_GETTIME: usize = 228;
    pub(crate) const GETTIMEOFDAY: usize = 96;
    pub(crate) const TIME: usize = 201;
    pub(crate) const FUTEX: usize = 202;
}

/// `struct stat`: where its fields begin, and how long it is.
pub(crate) mod status {
    #[cfg(entropy)]
    pub(crate) const LINKS: usize = 16;
    #[cfg(entropy)]
    pub(crate) const MODE: usize = 24;
    #[cfg(entropy)]
    pub(crate) const DEVICE: usize = 40;
    pub(crate) const SIZE: usize = 48;
    pub(crate) const LENGTH: usize = 144;
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
            "syscall",
            inlateout("rax") number => answer,
            in("rdi") a, in("rsi") b, in("rdx") c, in("r10") d, in("r8") e, in("r9") f,
            lateout("rcx") _, lateout("r11") _,
            options(nostack),
        );
    }
    answer
}

/// What differs between the threads of a process and stays the same in each.
pub(crate) fn thread_pointer() -> usize {
    let pointer: usize;
    // SAFETY: the first word of a thread's control block is its own address, in glibc and in musl.
    unsafe {
        asm!("mov {}, fs:[0]", out(reg) pointer, options(nostack, readonly, preserves_flags));
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
                $(concat!("cmp rdi, ", stringify!($number)), "je {handler}",)+
                "mov r11, [rip + {next}]",
                "test r11, r11",
                "jz 2f",
                "jmp r11",
                "2:",
                "mov rax, rdi",
                "mov rdi, rsi",
                "mov rsi, rdx",
                "mov rdx, rcx",
                "mov r10, r8",
                "mov r8, r9",
                "mov r9, [rsp + 8]",
                "syscall",
                "cmp rax, -4095",
                "jae 3f",
                "ret",
                "3:",
                "mov rdi, rax",
                "jmp {answer}",
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
                "pop rax",
                "push r9",
                "push r8",
                "push rcx",
                "push rdx",
                "push rsi",
                "mov rsi, rsp",
                "push rax",
                "call {handler}",
                "pop rcx",
                "add rsp, 40",
                "push rcx",
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
                "sub rsp, 24",
                "mov rsi, rsp",
                "call {take_over}",
                "mov rax, [rsp]",
                "mov rdi, [rsp + 8]",
                "add rsp, 24",
                "jmp rax",
                take_over = sym $take_over,
            )
        }
    };
}
pub(crate) use begin_thread;
