//! `clock.so`: preloaded where the wall clock of a run stands. Clocks that only measure durations run on, and waits
//! until an instant last as long as the program meant.
#![no_std]

mod c;
mod clocks;
mod elf;
mod errno;
mod instant;
mod next;
mod standing;
mod system;
mod unwinding;
mod waits;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    system::leave()
}
