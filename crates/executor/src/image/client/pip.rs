//! `pip download`, for another Python than the one that runs it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::apt::files;
use super::process::{ClientError, run};
use crate::image::lock::{LockedPackage, LockedWheel};
use crate::image::recipe::Recipe;
use crate::interrupt::Interrupt;

const CLIENT: &str = "pip";
/// How pip may be started, in the order in which it is tried.
const CANDIDATES: [&[&str]; 4] = [
    &["python3", "-m", "pip"],
    &["/usr/bin/python3", "-m", "pip"],
    &["pip3"],
    &["pip"],
];
/// The oldest glibc that wheels are tagged with (`manylinux_2_5`, PEP 600).
const OLDEST_GLIBC: u32 = 5;

/// Why wheels cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PipError {
    /// The client is missing, failed or was interrupted.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The index no longer has a wheel.
    #[error("the index has no `{file}` with the locked digest")]
    Gone {
        /// The wheel.
        file: String,
        /// What pip said.
        #[source]
        source: ClientError,
    },
    /// The image has no C library, or no Python, that says which wheels it can use.
    #[error("the recipe has wheels, and its packages bring no `{0}`")]
    NoRuntime(&'static str),
}

impl PipError {
    /// Whether the user asked to stop.
    pub const fn is_interrupted(&self) -> bool {
        matches!(self, Self::Client(error) if error.is_interrupted())
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Client(error) => error.hint(),
            Self::Gone { .. } => Some(
                "`resow image load FILE` takes a saved image; `resow image lock` locks what the index has now"
                    .to_owned(),
            ),
            Self::NoRuntime(_) => Some("add `python3` to the recipe's packages".to_owned()),
        }
    }
}

/// A usable pip and the folder that it downloads to, gone when dropped.
pub(crate) struct Pip<'a> {
    folder: TempDir,
    start: &'static [&'static str],
    target: Vec<String>,
    interrupt: &'a Interrupt,
}

impl<'a> Pip<'a> {
    /// Finds pip, and takes from the packages for which Python and which C library it is to download.
    pub(crate) fn new(
        recipe: &Recipe,
        packages: &[LockedPackage],
        temporary: &Path,
        interrupt: &'a Interrupt,
    ) -> Result<Self, PipError> {
        let python = crate::image::assembly::python_version(packages)
            .ok_or(PipError::NoRuntime("python3"))?;
        let glibc = glibc_minor(packages).ok_or(PipError::NoRuntime("libc6"))?;
        let mut target = vec![
            "--only-binary=:all:".to_owned(),
            "--implementation=cp".to_owned(),
            format!("--python-version={python}"),
        ];
        let architecture = recipe.architecture.of_wheels();
        let tags = (OLDEST_GLIBC..=glibc)
            .rev()
            .map(|minor| format!("manylinux_2_{minor}"))
            .chain(["manylinux2014", "manylinux2010", "manylinux1", "linux"].map(String::from));
        target.extend(tags.map(|tag| format!("--platform={tag}_{architecture}")));
        let folder = tempfile::Builder::new()
            .prefix("pip-")
            .tempdir_in(temporary)
            .map_err(unusable)?;
        let start = find(folder.path(), interrupt)?;
        Ok(Self {
            folder,
            start,
            target,
            interrupt,
        })
    }

    /// Downloads what the recipe asks for and what that depends on.
    pub(crate) fn resolve(&self, recipe: &Recipe) -> Result<Vec<PathBuf>, PipError> {
        let folder = self.fresh("resolve").map_err(unusable)?;
        let mut command = self.command(&folder);
        command.arg("--").args(&recipe.wheels);
        run(CLIENT, &mut command, self.interrupt, &mut || {})?;
        Ok(files(&folder).map_err(unusable)?)
    }

    /// Downloads one wheel by its exact version and digest.
    pub(crate) fn download(&self, wheel: &LockedWheel) -> Result<Vec<PathBuf>, PipError> {
        let folder = self.fresh(&wheel.name).map_err(unusable)?;
        let requirements = self.folder.path().join("requirements.txt");
        let line = format!(
            "{}=={} --hash=sha256:{}\n",
            wheel.name,
            wheel.version,
            wheel.digest.hex()
        );
        fs::write(&requirements, line).map_err(unusable)?;
        let mut command = self.command(&folder);
        command
            .args(["--no-deps", "--require-hashes", "--requirement"])
            .arg(&requirements);
        match run(CLIENT, &mut command, self.interrupt, &mut || {}) {
            Ok(_) => Ok(files(&folder).map_err(unusable)?),
            Err(source @ ClientError::Failed { .. }) => Err(PipError::Gone {
                file: wheel.file.clone(),
                source,
            }),
            Err(error) => Err(error.into()),
        }
    }

    fn fresh(&self, name: &str) -> io::Result<PathBuf> {
        let folder = self.folder.path().join(format!("files-{name}"));
        fs::create_dir(&folder)?;
        Ok(folder)
    }

    fn command(&self, destination: &Path) -> Command {
        let mut command = starting(self.start, self.folder.path());
        command
            .args(["download", "--no-input", "--disable-pip-version-check"])
            .args(["--progress-bar=off", "--quiet", "--dest"])
            .arg(destination)
            .args(&self.target);
        command
    }
}

/// The first way of starting pip that works.
fn find(folder: &Path, interrupt: &Interrupt) -> Result<&'static [&'static str], ClientError> {
    for start in CANDIDATES {
        let mut command = starting(start, folder);
        command.arg("--version");
        match run(CLIENT, &mut command, interrupt, &mut || {}) {
            Ok(_) => return Ok(start),
            Err(ClientError::Interrupted) => return Err(ClientError::Interrupted),
            Err(_) => {}
        }
    }
    Err(ClientError::Missing {
        client: CLIENT,
        source: io::ErrorKind::NotFound.into(),
    })
}

fn starting(start: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(start[0]);
    command
        .args(&start[1..])
        .env("LC_ALL", "C.UTF-8")
        // The folder is this program's own, so no module of another's lies in Python's way.
        .current_dir(folder);
    command
}

/// The minor version of the C library: 36 for `2.36-9`.
fn glibc_minor(packages: &[LockedPackage]) -> Option<u32> {
    let library = packages.iter().find(|package| package.name == "libc6")?;
    let minor = library.version.strip_prefix("2.")?;
    minor
        .split(|letter: char| !letter.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}

fn unusable(source: io::Error) -> ClientError {
    ClientError::Run {
        client: CLIENT,
        source,
    }
}
