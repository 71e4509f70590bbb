//! A removal that goes on while the caller works.

use std::thread::{self, JoinHandle};

use crate::engine::EngineError;

/// What a run left in the engine, being removed. Nothing of it is mounted any more, so the workspace may be read
/// meanwhile. Dropping waits for the end.
#[derive(Debug)]
#[must_use = "dropping it waits for the removal: keep it until the outputs are read"]
pub struct Cleanup(Option<JoinHandle<Result<(), EngineError>>>);

impl Cleanup {
    /// Everything is removed already.
    pub(crate) fn done() -> Self {
        Self(None)
    }

    /// Removes on a thread of its own; `None` where the system has none to give.
    pub(crate) fn begin(
        remove: impl FnOnce() -> Result<(), EngineError> + Send + 'static,
    ) -> Option<Self> {
        thread::Builder::new()
            .name("resow cleanup".to_owned())
            .spawn(remove)
            .ok()
            .map(|thread| Self(Some(thread)))
    }

    /// Waits until everything is removed.
    ///
    /// # Errors
    /// When the engine does not remove it. The next sweep tries again.
    pub fn finish(mut self) -> Result<(), EngineError> {
        self.wait()
    }

    /// Waits, and keeps the value.
    ///
    /// # Errors
    /// As [`Self::finish`].
    pub fn wait(&mut self) -> Result<(), EngineError> {
        match self.0.take().map(JoinHandle::join) {
            None => Ok(()),
            Some(Ok(result)) => result,
            Some(Err(panic)) if thread::panicking() => {
                drop(panic);
                Ok(())
            }
            Some(Err(panic)) => std::panic::resume_unwind(panic),
        }
    }
}

impl Drop for Cleanup {
    fn drop(&mut self) {
        // Who wants to know calls `finish`; what could not be removed is swept at the next start.
        let _ = self.wait();
    }
}
