//! A root being made: this process's alone, and gone unless it is finished.

use std::io;
use std::path::{Path, PathBuf};

use super::error::RootFileSystemError;
use super::file_lock::FileLock;
use crate::workspace::remove_tree;

/// How many letters and digits the name of a root has.
pub(super) const NAME_LENGTH: usize = 16;

/// The paths of a root.
#[derive(Clone, Debug)]
pub(super) struct RootPlace {
    /// Whoever makes or uses it holds this.
    pub(super) lock: PathBuf,
    /// Everything of it.
    pub(super) folder: PathBuf,
}

impl RootPlace {
    /// Where the root of this name is, in the folder of all.
    pub(super) fn new(roots: &Path, name: &str) -> Self {
        Self {
            lock: roots.join(format!("{name}.lock")),
            folder: roots.join(name),
        }
    }

    /// The root itself.
    pub(super) fn root(&self) -> PathBuf {
        self.folder.join("root")
    }

    pub(super) fn index(&self) -> PathBuf {
        self.folder.join("index")
    }

    /// Removes it, its lock last; only for who holds that.
    pub(super) fn remove(&self) -> Result<(), RootFileSystemError> {
        remove_tree(&self.folder).map_err(|error| {
            RootFileSystemError::file("remove", &self.folder)(io::Error::other(error))
        })?;
        match std::fs::remove_file(&self.lock) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(RootFileSystemError::file("remove", &self.lock)),
        }
    }
}

/// A root being made.
pub(super) struct NewRoot {
    pub(super) name: String,
    pub(super) place: RootPlace,
    is_kept: bool,
    _lock: FileLock,
}

impl NewRoot {
    /// Makes a folder with an empty root, under a new name, and locks it.
    pub(super) fn make(roots: &Path) -> Result<Self, RootFileSystemError> {
        let (name, lock) = new_lock(roots).map_err(RootFileSystemError::file("write to", roots))?;
        let made = Self {
            place: RootPlace::new(roots, &name),
            name,
            is_kept: false,
            _lock: lock,
        };
        for folder in [made.place.folder.clone(), made.place.root()] {
            let mut builder = std::fs::DirBuilder::new();
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder
                .create(&folder)
                .map_err(RootFileSystemError::file("make", &folder))?;
        }
        Ok(made)
    }

    /// It is whole and registered.
    pub(super) fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Drop for NewRoot {
    fn drop(&mut self) {
        if !self.is_kept {
            // What cannot be removed now is left to the next sweep.
            let _ = self.place.remove();
        }
    }
}

/// A new name, with its lock. A sweep may have taken the file before it was locked: then another name is taken.
fn new_lock(roots: &Path) -> io::Result<(String, FileLock)> {
    loop {
        let file = tempfile::Builder::new()
            .prefix("")
            .suffix(".lock")
            .rand_bytes(NAME_LENGTH)
            .tempfile_in(roots)?;
        let (_, path) = file.keep().map_err(|error| error.error)?;
        let lock = FileLock::exclusive(&path)?;
        if !lock.is_removed()? {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            return Ok((name.into_owned(), lock));
        }
    }
}
