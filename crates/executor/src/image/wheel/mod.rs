//! Python wheels, spread as the binary distribution format says, without running Python.

mod entry_points;
mod layout;
pub mod package;
#[cfg(test)]
mod tests;
