//! Which engine runs containers: the one that is asked for, else Docker where it answers, else bubblewrap.

use std::ffi::OsString;

use clap::ValueEnum;
use resow_executor::bubblewrap::{Bubblewrap, BubblewrapSettings, LAUNCH};
use resow_executor::docker::Docker;
use resow_executor::engine::{Engine, EngineError};

use crate::arguments::Common;
use crate::cache_folder::cache_folder;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::report::terminal::visible;

/// The program that a sandbox's launcher is: this one, even when its file was replaced meanwhile.
const THIS_PROGRAM: &str = "/proc/self/exe";

/// The variable that says which engine runs containers.
const VARIABLE: &str = "RESOW_ENGINE";

/// The folder of unpacked images in the cache.
pub(crate) const ROOTS: &str = "roots";

/// The engines by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineChoice {
    /// Docker or Podman, through their API
    Docker,
    /// bubblewrap: no daemon, no root
    Bubblewrap,
}

impl EngineChoice {
    /// The engine's name, as `--engine` and a run's folder have it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Bubblewrap => "bubblewrap",
        }
    }

    /// The engine of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::value_variants()
            .iter()
            .find(|choice| choice.name() == name)
            .copied()
    }

    /// Opens this engine.
    pub(crate) fn open(self, common: &Common) -> Result<Box<dyn Engine>, Failure> {
        Ok(match self {
            Self::Docker => Box::new(Docker::connect(common.docker_host.as_deref())?),
            Self::Bubblewrap => Box::new(bubblewrap()?),
        })
    }
}

/// The engine that is meant: by the arguments, else by the environment, where an empty variable says nothing, else Docker
/// where it is said where that listens: another engine would not be what was asked for. `None` for the one that is there.
pub(crate) fn meant(common: &Common) -> Result<Option<EngineChoice>, Failure> {
    if common.engine.is_some() {
        return Ok(common.engine);
    }
    let asked = std::env::var_os(VARIABLE).unwrap_or_default();
    let asked = asked.to_string_lossy();
    match EngineChoice::named(&asked) {
        None if !asked.is_empty() => Err(Failure::new(
            Exit::Usage,
            format!("`{VARIABLE}` is `{}`, which is no engine", visible(&asked)),
        )
        .with_hint("`docker` or `bubblewrap`; nothing for the one that is there")),
        found => Ok(found.or(common.docker_host.as_ref().map(|_| EngineChoice::Docker))),
    }
}

/// Opens the engine that these arguments mean.
pub(crate) fn open(common: &Common) -> Result<(EngineChoice, Box<dyn Engine>), Failure> {
    if let Some(choice) = meant(common)? {
        return Ok((choice, choice.open(common)?));
    }
    match Docker::connect(None) {
        Ok(docker) => Ok((EngineChoice::Docker, Box::new(docker))),
        Err(error) => match bubblewrap() {
            Ok(bubblewrap) => Ok((EngineChoice::Bubblewrap, Box::new(bubblewrap))),
            Err(reason) => Err(neither(&error, &reason)),
        },
    }
}

fn neither(docker: &EngineError, bubblewrap: &Failure) -> Failure {
    Failure::new(
        Exit::Unavailable,
        format!("there is no engine: {docker}, and {}", bubblewrap.message),
    )
    .with_hint("`resow doctor` says what this host lacks, and the one command that installs it")
}

fn bubblewrap() -> Result<Bubblewrap, Failure> {
    Ok(Bubblewrap::open(&BubblewrapSettings {
        search_path: std::env::var_os("PATH"),
        launcher: vec![OsString::from(THIS_PROGRAM), OsString::from(LAUNCH)],
        roots: cache_folder().map(|cache| cache.join(ROOTS)).ok_or_else(|| {
            Failure::new(
                Exit::Unavailable,
                "there is no place for unpacked images: neither `RESOW_CACHE` nor `HOME` says where",
            )
            .with_hint("set `RESOW_CACHE` to a folder of your own")
        })?,
    })?)
}
