//! The compiled core library names a function that unwinding calls in frames which clean up. There are none here that
//! are ever unwound: the name is given to an instruction that stops, and no other object sees it.

use core::arch::global_asm;

#[cfg(target_arch = "x86_64")]
global_asm!(
    ".globl rust_eh_personality",
    ".hidden rust_eh_personality",
    "rust_eh_personality:",
    "ud2",
);

#[cfg(target_arch = "aarch64")]
global_asm!(
    ".globl rust_eh_personality",
    ".hidden rust_eh_personality",
    "rust_eh_personality:",
    "udf #0",
);
