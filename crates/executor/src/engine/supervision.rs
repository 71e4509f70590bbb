//! Limits that are held by looking at intervals.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::Duration;

use resow_manifest::outcome::Outcome;

use crate::engine::stop::{Stop, over_disk_limit};
use crate::engine::{ContainerLimits, EngineError, Supervise};

/// How long between two looks.
const INTERVAL: Duration = Duration::from_secs(1);

/// How many looks in a row may fail before the limit counts as not held.
const PATIENCE: u32 = 3;

/// What supervision found, for the engine's thread to act on.
#[derive(Default)]
pub(crate) struct Supervision(Mutex<Option<Stop>>);

impl Supervision {
    /// What was found since the last time.
    pub(crate) fn take(&self) -> Option<Stop> {
        self.lock().take()
    }

    /// Says why the run must stop. The first reason holds, but that the image was another, which voids the run.
    pub(crate) fn report(&self, reason: Stop) {
        let mut found = self.lock();
        if found.is_none() || matches!(reason, Stop::ImageDamaged(_)) {
            *found = Some(reason);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Stop>> {
        // Nothing that can panic is done under the lock.
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// [`Self::watch`], on a thread of its own.
    pub(crate) fn watch_on<'scope>(
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
                Ok(bytes) if bytes > limit => return self.report(Stop::OverDiskLimit),
                Ok(_) => failures = 0,
                Err(error) => {
                    failures += 1;
                    if failures == PATIENCE {
                        return self.report(Stop::Blind(error));
                    }
                }
            }
        }
    }
}

/// Holds a run to its disk limit that was over before the first look, or between two.
///
/// # Errors
/// When nobody can say how much it wrote.
pub(crate) fn hold_to_disk_limit(
    outcome: &mut Outcome,
    supervise: &mut Supervise<'_>,
    limits: &ContainerLimits,
) -> Result<(), EngineError> {
    if matches!(outcome, Outcome::Exited { .. }) {
        let written = supervise().map_err(|source| EngineError::Supervision { source })?;
        if written > limits.disk {
            *outcome = over_disk_limit(limits);
        }
    }
    Ok(())
}
