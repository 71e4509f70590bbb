//! What was in force while a run went on, as read back.

use serde::{Deserialize, Serialize};

use crate::plan::Network;

/// The effective isolation of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Isolation {
    /// The network.
    pub network: Network,
    /// The capabilities left, by name; empty where all were dropped.
    pub capabilities: Vec<String>,
    /// Whether privileges could not be gained.
    pub no_new_privileges: bool,
    /// Whether the image's files were read-only.
    pub read_only_root: bool,
    /// User and group, `1000:1000`.
    pub user: String,
    /// The system call filter: `engine default`, or its name.
    pub system_call_filter: String,
    /// The processors that the run could use, as Linux lists them: `0-3`.
    pub cpu_set: String,
    /// What holds the run to these processors; records of older runs do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_set_means: Option<Means>,
    /// Memory, in bytes.
    pub memory: Limit,
    /// Processes and threads.
    pub processes: Limit,
    /// Wall time, in seconds.
    pub time: Limit,
    /// What the run may write to its workspace, in bytes.
    pub disk: Limit,
    /// `/dev/shm`, in bytes.
    pub shared_memory: Limit,
    /// `HOME` and `/tmp`, each, in bytes.
    pub temporary: Limit,
    /// What the command may print, both streams together, in bytes; records of runs before there was such a limit have
    /// none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<Limit>,
}

/// A limit and what holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// The limit, in the unit that its field says.
    pub value: u64,
    /// What holds it.
    pub means: Means,
}

/// What holds a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Means {
    /// A control group.
    Cgroup,
    /// A resource limit of the process.
    ResourceLimit,
    /// What the scheduler is asked for; a program may ask for other processors.
    Affinity,
    /// The size of a file system in memory.
    FileSystem,
    /// resow looks and stops the run, so it may overshoot: time and log by some 25 ms, memory by what is taken within
    /// 100 ms, disk by what is written within a second.
    Supervision,
}
