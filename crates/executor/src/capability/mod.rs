//! What this host can do: facts found by trying, for whoever asks what is missing. Nothing is changed, nothing is left
//! behind, and nothing is waited for without end.

pub mod clock;
pub mod compute;
mod control_groups;
pub mod disk;
pub mod distribution;
pub mod engines;
pub mod gpu;
pub mod image_clients;
mod mount_table;
pub mod namespaces;
pub mod program;
pub(crate) mod trial;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::bubblewrap::{Delegation, delegated};
use clock::ClockFacts;
use compute::ComputeFacts;
use disk::DiskFacts;
use distribution::Distribution;
use engines::Engines;
use gpu::GpuFacts;
use image_clients::ImageClients;
use namespaces::Namespaces;
use program::Program;
use trial::Pending;

/// How long all probes together may take.
const LIMIT: Duration = Duration::from_secs(30);

/// What the probes must be told: libraries read no environment.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The folders of programs, as `PATH` has them.
    pub search_path: Option<OsString>,
    /// The Docker engine's address, as `DOCKER_HOST` has it.
    pub docker_host: Option<String>,
    /// The user's runtime folder, as `XDG_RUNTIME_DIR` has it: a rootless engine listens there.
    pub runtime_folder: Option<PathBuf>,
    /// The folders that resow writes to, each with what it keeps there. They need not exist yet.
    pub folders: Vec<(&'static str, PathBuf)>,
    /// The program that runs, which cannot be younger than the time.
    pub executable: Option<PathBuf>,
}

/// What a probe found; `None` where it did not end in time.
pub type Probed<T> = Option<T>;

/// What this host can do.
#[derive(Debug)]
pub struct Capabilities {
    /// What could run containers.
    pub engines: Engines,
    /// The namespaces that an ordinary user gets.
    pub namespaces: Probed<Namespaces>,
    /// The control groups that this process may use.
    pub control_groups: Probed<Delegation>,
    /// The folders that resow writes to, in the order of [`Surroundings::folders`].
    pub disks: Vec<(&'static str, PathBuf, Probed<DiskFacts>)>,
    /// Processors and memory.
    pub compute: Probed<ComputeFacts>,
    /// Graphics processors.
    pub gpus: Probed<GpuFacts>,
    /// Git; inner `None` where it is not installed.
    pub git: Probed<Option<Program>>,
    /// What locking and building images needs.
    pub image_clients: Probed<ImageClients>,
    /// The clock.
    pub clock: Probed<ClockFacts>,
    /// Which Linux this is.
    pub distribution: Distribution,
    /// Whether this is root.
    pub is_root: bool,
}

impl Capabilities {
    /// Tries what this host can do; at most half a minute, usually far less than a second.
    pub fn probe(surroundings: &Surroundings) -> Self {
        let deadline = Instant::now() + LIMIT;
        let path = || surroundings.search_path.clone();
        let executable = surroundings.executable.clone();
        let engines = engines::begin(surroundings);
        let namespaces = Pending::begin({
            let path = path();
            move || Namespaces::probe(path.as_deref())
        });
        let image_clients = Pending::begin({
            let path = path();
            move || ImageClients::probe(path.as_deref())
        });
        let gpus = Pending::begin({
            let path = path();
            move || GpuFacts::probe(path.as_deref())
        });
        let git = Pending::begin({
            let path = path();
            move || Program::ask("git", path.as_deref(), &["--version"])
        });
        let control_groups = Pending::begin(delegated);
        let compute = Pending::begin(ComputeFacts::probe);
        let clock = Pending::begin(move || ClockFacts::probe(executable.as_deref()));
        let disks: Vec<_> = surroundings
            .folders
            .iter()
            .map(|(what, folder)| {
                let probed = folder.clone();
                let pending = Pending::begin(move || DiskFacts::probe(&probed));
                (*what, folder.clone(), pending)
            })
            .collect();
        Self {
            engines: engines.finish(deadline),
            namespaces: namespaces.finish(deadline),
            control_groups: control_groups.finish(deadline),
            disks: disks
                .into_iter()
                .map(|(what, folder, pending)| (what, folder, pending.finish(deadline)))
                .collect(),
            compute: compute.finish(deadline),
            gpus: gpus.finish(deadline),
            git: git.finish(deadline),
            image_clients: image_clients.finish(deadline),
            clock: clock.finish(deadline),
            distribution: Distribution::read(),
            is_root: rustix::process::geteuid().is_root(),
        }
    }
}
