//! `clock.so`: preloaded where the wall clock of a run stands, or every clock of it counts. Where the wall clock stands,
//! clocks that only measure durations run on. Waits last as long as the program meant either way.
#![no_std]

mod c;
mod clocks;
mod counted_threads;
mod counters;
mod counting;
mod elf;
mod errno;
mod instant;
mod interpreter;
mod next;
mod polls;
mod sleeps;
mod standing;
mod system;
mod threads;
mod unwinding;
mod usage;
mod waits;

use counted_threads::Inherited;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    system::leave()
}
