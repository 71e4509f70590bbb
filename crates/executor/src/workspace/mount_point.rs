//! Where inputs land: empty files, made so that the engine need not make them as root.

use std::collections::BTreeSet;
use std::os::fd::OwnedFd;

use resow_manifest::source_tree::SourceTree;
use resow_manifest::workspace_path::WorkspacePath;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::WorkspaceError;
use super::folder_walk::FOLDER;
use crate::source::{FILE_TIMES, Ownership, folders_of};

/// Makes the points in `root`, which is empty or holds the source. Folders that are there already stay as they are.
pub(crate) fn make_mount_points(
    root: &OwnedFd,
    points: &[WorkspacePath],
    source: &SourceTree,
    ownership: Ownership,
) -> Result<(), WorkspaceError> {
    let source_folders = folders_of(source.entries.keys());
    for point in points {
        check(point, source, &source_folders)?;
    }
    let folders = folders_of(points.iter());
    for folder in &folders {
        match rustix::fs::mkdirat(root, folder.as_str(), Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(WorkspaceError::file("make", folder)(error)),
        }
    }
    for point in points {
        make_file(root, point, ownership).map_err(WorkspaceError::file("make", point.as_str()))?;
    }
    for folder in folders.iter().rev() {
        finish(root, folder, ownership).map_err(WorkspaceError::file("finish", folder))?;
    }
    finish(root, ".", ownership).map_err(WorkspaceError::file("finish", "."))
}

fn check(
    point: &WorkspacePath,
    source: &SourceTree,
    source_folders: &BTreeSet<String>,
) -> Result<(), WorkspaceError> {
    let text = point.as_str();
    let blocked = |by: &str| WorkspaceError::MountPointBlocked {
        at: point.clone(),
        blocked_by: by.to_owned(),
    };
    if source_folders.contains(text) || source.entries.contains_key(point) {
        return Err(blocked(text));
    }
    for (slash, _) in text.match_indices('/') {
        if let Ok(above) = text[..slash].parse::<WorkspacePath>()
            && source.entries.contains_key(&above)
        {
            return Err(blocked(above.as_str()));
        }
    }
    Ok(())
}

fn make_file(
    root: &OwnedFd,
    point: &WorkspacePath,
    ownership: Ownership,
) -> rustix::io::Result<()> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::openat(root, point.as_str(), flags, ownership.file)?;
    if let Some((user, group)) = ownership.owner {
        rustix::fs::fchown(&file, Some(user), Some(group))?;
    }
    rustix::fs::fchmod(&file, ownership.file)?;
    rustix::fs::futimens(&file, &FILE_TIMES)
}

/// Gives a folder its owner, mode and time.
pub(crate) fn finish(root: &OwnedFd, path: &str, ownership: Ownership) -> rustix::io::Result<()> {
    let folder = rustix::fs::openat(root, path, FOLDER, Mode::empty())?;
    if let Some((user, group)) = ownership.owner {
        rustix::fs::fchown(&folder, Some(user), Some(group))?;
    }
    rustix::fs::fchmod(&folder, ownership.folder)?;
    rustix::fs::futimens(&folder, &FILE_TIMES)
}
