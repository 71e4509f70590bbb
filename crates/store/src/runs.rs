//! The folders of live runs, and of runs whose resow was killed.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use resow_manifest::identifiers::RunId;

use crate::error::{About as _, StoreError};
use crate::lock::Lock;
use crate::store::Store;
use crate::writing::{ensure_folder, names};

/// The folder of a run that goes on in this process. Dropped without [`RunFolder::finish`], it is a dead run's.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    _lock: Lock,
}

impl RunFolder {
    /// The folder; in it, the name `lock` is taken.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the folder with everything in it; one that is gone already is no error.
    ///
    /// # Errors
    /// When something in it cannot be removed.
    pub fn finish(self) -> Result<(), StoreError> {
        match fs::remove_dir_all(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.writing(&self.path),
        }
    }
}

impl Store {
    /// A new identifier for a run.
    pub fn new_run(&self) -> RunId {
        RunId::from_random(rand::random())
    }

    /// Makes the folder of a run and holds its lock.
    ///
    /// # Errors
    /// When it cannot be made, or the run is one that goes on already.
    pub fn begin_run(&self, run: &RunId) -> Result<RunFolder, StoreError> {
        let path = self.run_path(run);
        let lock_path = path.join("lock");
        if self.is_alive(run)? {
            return Err(StoreError::RunAlive { run: run.clone() });
        }
        loop {
            // What a run makes may be harmful, and belongs to this user: nobody else comes to it.
            match fs::DirBuilder::new().mode(0o700).create(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => ensure_folder(&path)?,
                made => made.writing(&path)?,
            }
            match Lock::hold(&lock_path) {
                Ok(Some(lock)) => return Ok(RunFolder { path, _lock: lock }),
                // Swept between the two steps, as if it were dead.
                Ok(None) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(StoreError::writing(&lock_path, error)),
            }
        }
    }

    /// Whether the process that began the run still lives and has not finished it.
    ///
    /// # Errors
    /// When the run's lock cannot be looked at.
    pub fn is_alive(&self, run: &RunId) -> Result<bool, StoreError> {
        let lock_path = self.run_path(run).join("lock");
        Lock::is_held(&lock_path).reading(&lock_path)
    }

    /// The runs that were begun and not finished, and whose processes are gone.
    ///
    /// # Errors
    /// When the runs cannot be listed.
    pub fn dead_runs(&self) -> Result<Vec<RunId>, StoreError> {
        let folder = self.folder("runs");
        let mut dead = Vec::new();
        for name in names(&folder)? {
            if let Ok(run) = name.parse::<RunId>()
                && !self.is_alive(&run)?
            {
                dead.push(run);
            }
        }
        dead.sort_unstable();
        Ok(dead)
    }

    /// The folder of a dead run, to be removed; `None` where it is gone, or another process holds it.
    ///
    /// # Errors
    /// When its lock cannot be taken.
    pub fn take_over(&self, run: &RunId) -> Result<Option<RunFolder>, StoreError> {
        let path = self.run_path(run);
        let lock_path = path.join("lock");
        match Lock::take_over(&lock_path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::reading(&lock_path, error)),
            Ok(lock) => Ok(lock.map(|lock| RunFolder { path, _lock: lock })),
        }
    }

    /// Where the folder of a run is, whether it is there or not.
    pub fn run_folder(&self, run: &RunId) -> PathBuf {
        self.run_path(run)
    }

    fn run_path(&self, run: &RunId) -> PathBuf {
        self.folder("runs").join(run.as_str())
    }
}
