//! Ctrl-C, and a request to end, as a flag that whatever takes long watches.

use resow_executor::interrupt::Interrupt;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::exit_code::Exit;
use crate::failure::Failure;

/// Watches for signals. The first asks to stop, with everything cleaned up; a second ends the process at once, as the first
/// does where there is nothing to clean up.
pub(crate) fn watch() -> Result<Interrupt, Failure> {
    let interrupt = Interrupt::default();
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        let number = i32::from(Exit::Interrupted.number());
        // In this order: the second signal finds the flag set, and ends the process.
        let ended_by =
            |flag| signal_hook::flag::register_conditional_shutdown(signal, number, flag);
        ended_by(interrupt.at_once_flag())
            .and_then(|_| ended_by(interrupt.flag()))
            .and_then(|_| signal_hook::flag::register(signal, interrupt.flag()))
            .map_err(|error| Failure::from_error(Exit::Unavailable, &error, None))?;
    }
    Ok(interrupt)
}
