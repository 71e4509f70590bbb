//! What a run in an engine came to.

use std::io;
use std::time::Duration;

use resow_manifest::isolation::Isolation;
use resow_manifest::outcome::Outcome;

use crate::engine::Cleanup;

/// Says how many bytes the run has written; called about once a second, on a thread of its own.
pub type Supervise<'a> = dyn FnMut() -> io::Result<u64> + Send + 'a;

/// What an execution came to.
#[derive(Debug)]
pub struct Execution {
    /// How the command ended.
    pub outcome: Outcome,
    /// What was in force, as read back; `None` if it was interrupted before that.
    pub isolation: Option<Isolation>,
    /// How much processor time the busy threads took that competed with the run, all together.
    pub load: Option<Duration>,
    /// The removal of what the run left in the engine.
    pub cleanup: Cleanup,
}
