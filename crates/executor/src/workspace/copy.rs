//! A writable copy of an export.

use std::collections::HashMap;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use resow_manifest::source_tree::{SourceKind, SourceTree};
use resow_manifest::workspace_path::WorkspacePath;
use rustix::fs::{AtFlags, Mode, OFlags};

use super::WorkspaceError;
use super::folder_walk::FOLDER;
use super::mount_point::finish;
use crate::source::{FILE_TIMES, Ownership, PathState, folders_of};

/// How many threads copy.
const THREADS: usize = 2;

/// Copies an export into the empty folder `to`, sharing blocks where the file system can, and gives the state of each
/// file and link of the copy.
pub(crate) fn copy_tree(
    from: &Path,
    to: &OwnedFd,
    tree: &SourceTree,
    ownership: Ownership,
) -> Result<HashMap<WorkspacePath, PathState>, WorkspaceError> {
    let source = rustix::fs::open(from, FOLDER, Mode::empty())
        .map_err(WorkspaceError::file("open", from))?;
    let folders = folders_of(tree.entries.keys());
    for folder in &folders {
        rustix::fs::mkdirat(to, folder.as_str(), Mode::RWXU)
            .map_err(WorkspaceError::file("make", folder))?;
    }
    let entries: Vec<_> = tree.entries.iter().collect();
    let next = AtomicUsize::new(0);
    let copier = Copier {
        source: &source,
        to,
        ownership,
        shares_blocks: AtomicBool::new(true),
    };
    let work = || -> Result<Vec<(WorkspacePath, PathState)>, WorkspaceError> {
        let mut done = Vec::new();
        while let Some((path, entry)) = entries.get(next.fetch_add(1, Ordering::Relaxed)) {
            let state = copier
                .copy(path.as_str(), entry.kind)
                .map_err(WorkspaceError::file("copy", path.as_str()))?;
            done.push(((*path).clone(), state));
        }
        Ok(done)
    };
    let results: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    });
    let mut states = HashMap::with_capacity(tree.entries.len());
    for result in results {
        states.extend(result?);
    }
    for folder in folders.iter().rev() {
        finish(to, folder, ownership).map_err(WorkspaceError::file("finish", folder))?;
    }
    Ok(states)
}

struct Copier<'a> {
    source: &'a OwnedFd,
    to: &'a OwnedFd,
    ownership: Ownership,
    shares_blocks: AtomicBool,
}

impl Copier<'_> {
    fn copy(&self, path: &str, kind: SourceKind) -> std::io::Result<PathState> {
        if kind == SourceKind::Link {
            return Ok(self.copy_link(path)?);
        }
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let from = rustix::fs::openat(self.source, path, flags, Mode::empty())?;
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let to = rustix::fs::openat(self.to, path, flags, Mode::RUSR | Mode::WUSR)?;
        let shared = self.shares_blocks.load(Ordering::Relaxed)
            && rustix::fs::ioctl_ficlone(&to, &from).is_ok();
        let to = if shared {
            to
        } else {
            self.shares_blocks.store(false, Ordering::Relaxed);
            let (mut from, mut to) = (File::from(from), File::from(to));
            std::io::copy(&mut from, &mut to)?;
            to.into()
        };
        if let Some((user, group)) = self.ownership.owner {
            rustix::fs::fchown(&to, Some(user), Some(group))?;
        }
        let mode = if kind == SourceKind::Executable {
            self.ownership.executable
        } else {
            self.ownership.file
        };
        rustix::fs::fchmod(&to, mode)?;
        rustix::fs::futimens(&to, &FILE_TIMES)?;
        Ok(PathState::of(&rustix::fs::fstat(&to)?))
    }

    fn copy_link(&self, path: &str) -> rustix::io::Result<PathState> {
        let target = rustix::fs::readlinkat(self.source, path, Vec::new())?;
        rustix::fs::symlinkat(&target, self.to, path)?;
        if let Some((user, group)) = self.ownership.owner {
            let flags = AtFlags::SYMLINK_NOFOLLOW;
            rustix::fs::chownat(self.to, path, Some(user), Some(group), flags)?;
        }
        rustix::fs::utimensat(self.to, path, &FILE_TIMES, AtFlags::SYMLINK_NOFOLLOW)?;
        let stat = rustix::fs::statat(self.to, path, AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(PathState::of(&stat))
    }
}
