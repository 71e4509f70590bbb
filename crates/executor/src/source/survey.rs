//! What is left in the cache of exports that nobody can use: looked at without changing anything, or discarded.

use std::io;
use std::path::{Path, PathBuf};

use resow_manifest::digest::Sha256Digest;
use resow_manifest::identifiers::SourceId;
use rustix::fs::FlockOperation;

use super::cache::{SourceCache, TEMPORARY, open_folder, sweep_one, temporary_name};

/// An export that nobody can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnusableExport {
    /// Its folder.
    pub path: PathBuf,
    /// Why nobody can.
    pub reason: UnusableReason,
}

/// Why nobody can use an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnusableReason {
    /// Whoever made it was killed before it was finished.
    HalfMade,
    /// It is not as it was made: a file came, went or changed, or the list of its files is damaged.
    Changed,
}

impl SourceCache {
    /// The exports in the cache `folder` that nobody can use, sorted; none where there is no such folder. Nothing is
    /// changed.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn unusable(folder: &Path) -> io::Result<Vec<UnusableExport>> {
        let entries = match std::fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let cache = Self::of(folder);
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            if let Some(reason) = cache.reason(&entry.path(), &name.to_string_lossy()) {
                let path = entry.path();
                found.push(UnusableExport { path, reason });
            }
        }
        found.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(found)
    }

    /// Removes an export that nobody can use; one that somebody still holds goes when they are done with it.
    ///
    /// # Errors
    /// When it cannot be moved out of the way.
    pub fn discard(folder: &Path, export: &UnusableExport) -> io::Result<()> {
        let aside = match export.reason {
            UnusableReason::HalfMade => export.path.clone(),
            UnusableReason::Changed => {
                let aside = folder.join(temporary_name());
                match std::fs::rename(&export.path, &aside) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                    renamed => renamed?,
                }
                aside
            }
        };
        sweep_one(&aside);
        Ok(())
    }

    fn reason(&self, path: &Path, name: &str) -> Option<UnusableReason> {
        if name.starts_with(TEMPORARY) {
            let held = open_folder(path)?;
            let alone = rustix::fs::flock(&held, FlockOperation::NonBlockingLockExclusive);
            return alone.is_ok().then_some(UnusableReason::HalfMade);
        }
        let id = SourceId::new(Sha256Digest::from_hex(name).ok()?);
        let is_changed = self.unchanged(id).is_none() && path.symlink_metadata().is_ok();
        is_changed.then_some(UnusableReason::Changed)
    }
}
