//! Exports that are kept: each source once, by identity, and which source a commit's selection is.
//!
//! In the cache's folder:
//! - `ids/<key>`: which source a tree and a selection are; the key is the SHA-256 of the text `resow selection 1`, the
//!   tree's hash (a text), and the sorted patterns and exclusions (each a list of texts). The file: the line
//!   `resow source id 1`, the line with the identity, and the SHA-256 of the key and these lines;
//! - `<source>/tree`: the export, never written again, and `<source>/entries`: its state (see
//!   [`super::entry_index`]); whoever uses it holds a shared lock on `<source>`;
//! - `temporary-…`: an export in the making, whose maker holds a lock on it; without one, it is swept.

use std::fs::File;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use resow_manifest::digest::Sha256Digest;
use resow_manifest::encoding::Encoder;
use resow_manifest::identifiers::{CommitId, SourceId};
use resow_manifest::source_tree::SourceTree;
use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags};

use super::boot;
use super::entry_index::EntryIndex;
use super::export::export;
use super::repository::oid_of;
use super::{Repository, Selection, SourceError};
use crate::workspace::remove_tree;

pub(super) const TEMPORARY: &str = "temporary-";
const IDENTITY_HEADER: &str = "resow source id 1";

/// How often an export is tried again when others replace it meanwhile.
const ATTEMPTS: usize = 5;

/// Exports that are kept between runs.
pub struct SourceCache {
    folder: PathBuf,
}

/// An export that is in the cache, and stays as long as this value or a clone of it lives.
#[derive(Clone, Debug)]
pub struct CachedSource {
    /// The folder that holds the files. Never written to.
    pub path: PathBuf,
    /// What is in it.
    pub tree: SourceTree,
    /// Its identity.
    pub id: SourceId,
    _lock: Arc<OwnedFd>,
}

impl SourceCache {
    /// The cache in a folder, which is made where it is not there; what killed processes left in it is removed.
    ///
    /// # Errors
    /// Where the folder cannot be made.
    pub fn open(folder: &Path) -> Result<Self, SourceError> {
        std::fs::create_dir_all(folder.join("ids")).map_err(SourceError::file("make", folder))?;
        let cache = Self::of(folder);
        cache.sweep();
        Ok(cache)
    }

    /// The cache in `folder`, whether it is there or not.
    pub(super) fn of(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// The identity of what enters from a commit. Nothing is exported; a known tree is not even read.
    ///
    /// # Errors
    /// As [`Repository::select`] and [`super::SelectedTree::identify`].
    pub fn identify(
        &self,
        repository: &Repository,
        commit: &CommitId,
        selection: &Selection,
    ) -> Result<SourceId, SourceError> {
        let key = selection_key(repository, commit, selection)?;
        if let Some(id) = self.known(&key) {
            return Ok(id);
        }
        let id = repository.select(commit, selection)?.identify()?.id();
        // What is learned saves time the next time; a cache that cannot be written keeps nobody from reading.
        let _ = self.learn(&key, id);
        Ok(id)
    }

    /// The first of these commits from which the same content enters.
    ///
    /// A commit from which nothing can enter (a pattern matches nothing in it, or an object is missing) is passed over.
    ///
    /// # Errors
    /// Where an object is damaged, or the history cannot be read.
    pub fn find_commit_with(
        &self,
        repository: &Repository,
        source: &SourceId,
        selection: &Selection,
        candidates: impl IntoIterator<Item = Result<CommitId, SourceError>>,
    ) -> Result<Option<CommitId>, SourceError> {
        for candidate in candidates {
            let commit = candidate?;
            match self.identify(repository, &commit, selection) {
                Ok(id) if id == *source => return Ok(Some(commit)),
                Err(error) if error.is_damage() => return Err(error),
                Ok(_) | Err(_) => {}
            }
        }
        Ok(None)
    }

    /// The export of what enters from a commit: a kept one that is unchanged since it was made, else a new one.
    ///
    /// # Errors
    /// As [`Repository::select`]; or where the content is missing or damaged, or cannot be written.
    pub fn ensure(
        &self,
        repository: &Repository,
        commit: &CommitId,
        selection: &Selection,
    ) -> Result<CachedSource, SourceError> {
        let key = selection_key(repository, commit, selection)?;
        if let Some(id) = self.known(&key)
            && let Some(cached) = self.trusted(id)
        {
            return Ok(cached);
        }
        let selected = repository.select(commit, selection)?;
        let temporary = Temporary::make(&self.folder)?;
        let tree_folder = temporary.path.join("tree");
        std::fs::create_dir(&tree_folder).map_err(SourceError::file("make", &tree_folder))?;
        let (tree, index) = export(&selected, &tree_folder)?;
        let entries = temporary.path.join("entries");
        std::fs::write(&entries, index.write(&tree))
            .map_err(SourceError::file("write", &entries))?;
        boot::mark(&temporary.path).map_err(SourceError::file("write", &temporary.path))?;
        let id = tree.id();
        let cached = self.publish(temporary, id)?;
        self.learn(&key, id)?;
        Ok(cached)
    }

    /// Moves a finished export to its place, unless an unchanged one is there.
    fn publish(&self, temporary: Temporary, id: SourceId) -> Result<CachedSource, SourceError> {
        let place = self.place(id);
        for _ in 0..ATTEMPTS {
            if temporary.path.exists() {
                match std::fs::rename(&temporary.path, &place) {
                    Ok(()) => {}
                    Err(_) if place.exists() => {}
                    Err(error) => return Err(SourceError::file("make", &place)(error)),
                }
            }
            if let Some(cached) = self.trusted(id) {
                return Ok(cached);
            }
            if !temporary.path.exists() {
                break;
            }
            // Whoever uses the changed one keeps it under another name, until the sweep finds it unlocked.
            let aside = self.folder.join(temporary_name());
            if std::fs::rename(&place, &aside).is_ok() {
                sweep_one(&aside);
            }
        }
        Err(SourceError::CacheContended { path: place })
    }

    /// The kept export of a source, where there is one that is unchanged, and has been since this host was started or
    /// has been read again since: exports are not synced, and a power cut may leave less of them than their states say.
    fn trusted(&self, id: SourceId) -> Option<CachedSource> {
        let cached = self.unchanged(id)?;
        let place = self.place(id);
        if boot::is_marked(&place) {
            return Some(cached);
        }
        if boot::holds(&cached) {
            // Without the mark it is read once more the next time.
            let _ = boot::mark(&place);
            return Some(cached);
        }
        drop(cached);
        let aside = self.folder.join(temporary_name());
        if std::fs::rename(&place, &aside).is_ok() {
            sweep_one(&aside);
        }
        None
    }

    /// The kept export of a source, where there is one and it is unchanged.
    pub(super) fn unchanged(&self, id: SourceId) -> Option<CachedSource> {
        let place = self.place(id);
        let lock = open_folder(&place)?;
        rustix::fs::flock(&lock, FlockOperation::NonBlockingLockShared).ok()?;
        let content = std::fs::read(place.join("entries")).ok()?;
        let (tree, index) = EntryIndex::read(&content)?;
        let path = place.join("tree");
        let root = open_folder(&path)?;
        let still_there = is_same_folder(&lock, &place);
        (tree.id() == id && index.holds(&tree, root.as_fd()) && still_there).then(|| CachedSource {
            path,
            tree,
            id,
            _lock: Arc::new(lock),
        })
    }

    fn place(&self, id: SourceId) -> PathBuf {
        self.folder.join(id.digest().hex())
    }

    fn known(&self, key: &Sha256Digest) -> Option<SourceId> {
        let text = std::fs::read_to_string(self.folder.join("ids").join(key.hex())).ok()?;
        let mut lines = text.lines();
        let (header, id, check) = (lines.next()?, lines.next()?, lines.next()?);
        let is_whole = header == IDENTITY_HEADER && check == identity_check(key, id).hex();
        is_whole.then(|| id.parse().ok()).flatten()
    }

    fn learn(&self, key: &Sha256Digest, id: SourceId) -> Result<(), SourceError> {
        let folder = self.folder.join("ids");
        let path = folder.join(key.hex());
        let id = id.to_string();
        let check = identity_check(key, &id).hex();
        let write = || -> std::io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(&folder)?;
            std::io::Write::write_all(
                &mut file,
                format!("{IDENTITY_HEADER}\n{id}\n{check}\n").as_bytes(),
            )?;
            file.persist(&path)?;
            Ok(())
        };
        write().map_err(SourceError::file("write", &path))
    }

    /// Removes what no living process makes or uses.
    fn sweep(&self) {
        let Ok(entries) = std::fs::read_dir(&self.folder) else {
            return;
        };
        for entry in entries.flatten() {
            if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
                sweep_one(&entry.path());
            }
        }
    }
}

fn identity_check(key: &Sha256Digest, id: &str) -> Sha256Digest {
    Sha256Digest::of(format!("{key}\n{IDENTITY_HEADER}\n{id}\n").as_bytes())
}

fn selection_key(
    repository: &Repository,
    commit: &CommitId,
    selection: &Selection,
) -> Result<Sha256Digest, SourceError> {
    let tree = repository.objects.tree_of(oid_of(commit)?)?;
    let mut encoder = Encoder::new("resow selection 1");
    encoder.text(&tree.to_string());
    selection.encode(&mut encoder);
    Ok(encoder.digest())
}

/// Removes a folder unless someone holds a lock on it.
pub(super) fn sweep_one(path: &Path) {
    if let Some(folder) = open_folder(path)
        && rustix::fs::flock(&folder, FlockOperation::NonBlockingLockExclusive).is_ok()
    {
        // What cannot be removed now is found again by the next sweep.
        let _ = remove_tree(path);
    }
}

pub(super) fn open_folder(path: &Path) -> Option<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, Mode::empty()).ok()
}

fn is_same_folder(folder: &OwnedFd, path: &Path) -> bool {
    let held = rustix::fs::fstat(folder);
    let there = rustix::fs::statat(rustix::fs::CWD, path, AtFlags::SYMLINK_NOFOLLOW);
    held.is_ok_and(|held| {
        there.is_ok_and(|there| (held.st_dev, held.st_ino) == (there.st_dev, there.st_ino))
    })
}

pub(super) fn temporary_name() -> String {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let process = std::process::id();
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    let nanoseconds = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.subsec_nanos());
    format!("{TEMPORARY}{process}-{count}-{nanoseconds:09}")
}

/// An export in the making: locked, and removed unless it was moved to its place.
struct Temporary {
    path: PathBuf,
    _lock: File,
}

impl Temporary {
    fn make(parent: &Path) -> Result<Self, SourceError> {
        for _ in 0..ATTEMPTS {
            let path = parent.join(temporary_name());
            std::fs::create_dir(&path).map_err(SourceError::file("make", &path))?;
            // Between these two steps a sweep may take the folder for a dead process's.
            if let Some(lock) = open_folder(&path)
                && rustix::fs::flock(&lock, FlockOperation::NonBlockingLockShared).is_ok()
                && is_same_folder(&lock, &path)
            {
                return Ok(Self {
                    path,
                    _lock: lock.into(),
                });
            }
        }
        Err(SourceError::CacheContended {
            path: parent.to_owned(),
        })
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if self.path.exists() {
            let _ = remove_tree(&self.path);
        }
    }
}
