//! `entropy.so`: preloaded into every process of a run, it answers for the operating system's entropy from the
//! process's stream, and tells what happens beside it.
#![no_std]

mod addresses;
mod c;
mod cell;
mod chacha20;
mod counters;
mod derivation;
mod device;
mod draws;
mod elf;
mod environment;
mod errno;
mod events;
mod execution;
mod files;
mod folders;
mod forks;
mod handing;
mod line;
mod memory;
mod named_threads;
mod network;
mod next;
mod occurrences;
mod process;
mod processors;
mod program;
mod reading;
mod runtime;
mod seeds;
mod sha256;
mod start;
mod surroundings;
mod system;
mod system_calls;
mod tasks;
mod thread;
mod threads;
mod unwinding;

use named_threads::Inherited;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    system::leave()
}
