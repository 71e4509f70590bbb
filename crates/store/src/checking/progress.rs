//! How far a check is, told to whoever watches; and why it ended early.

use std::ops::ControlFlow;

use crate::error::StoreError;

/// How far an activity is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// What is being done.
    pub activity: &'a str,
    /// How many bytes are done.
    pub done: u64,
    /// Of how many.
    pub total: u64,
}

/// Takes progress, and says whether to go on.
pub type Watch<'a> = dyn FnMut(Progress<'_>) -> ControlFlow<()> + 'a;

/// Why a store could not be checked or repaired.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The store cannot be opened at all.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Whoever watches said to stop.
    #[error("interrupted; what was repaired until then stays so")]
    Interrupted,
}
