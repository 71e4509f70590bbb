//! The disk limit, held by looking at intervals.

use std::io;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::Duration;

use crate::docker::error::EngineError;
use crate::docker::execution::Supervise;

/// How long between two looks.
const INTERVAL: Duration = Duration::from_secs(1);

/// How many looks in a row may fail before the limit counts as not held.
const PATIENCE: u32 = 3;

/// What supervision found, for the engine's thread to act on.
#[derive(Default)]
pub(super) struct Supervision(Mutex<Option<Finding>>);

/// Why the run must stop.
pub(super) enum Finding {
    OverLimit,
    Blind(io::Error),
}

impl Supervision {
    /// What was found since the last time.
    pub(super) fn take(&self) -> Option<Finding> {
        self.lock().take()
    }

    fn report(&self, finding: Finding) {
        *self.lock() = Some(finding);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Finding>> {
        // Nothing that can panic is done under the lock.
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// [`Self::watch`], on a thread of its own.
    pub(super) fn watch_on<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        written: &'scope mut Supervise<'_>,
        limit: u64,
        done: Receiver<()>,
    ) -> Result<ScopedJoinHandle<'scope, ()>, EngineError> {
        thread::Builder::new()
            .name("resow supervision".to_owned())
            .spawn_scoped(scope, move || self.watch(written, limit, &done))
            .map_err(|source| EngineError::System { source })
    }

    /// Looks about once a second, until something is found or the other end of `done` is dropped.
    fn watch(&self, written: &mut Supervise<'_>, limit: u64, done: &Receiver<()>) {
        let mut failures = 0;
        while let Err(RecvTimeoutError::Timeout) = done.recv_timeout(INTERVAL) {
            match written() {
                Ok(bytes) if bytes > limit => return self.report(Finding::OverLimit),
                Ok(_) => failures = 0,
                Err(error) => {
                    failures += 1;
                    if failures == PATIENCE {
                        return self.report(Finding::Blind(error));
                    }
                }
            }
        }
    }
}
