//! Writing a selected tree into a fresh folder.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Write as _};
use std::os::fd::OwnedFd;
use std::path::Path;

use resow_manifest::source_tree::{SourceKind, SourceTree};
use resow_manifest::workspace_path::WorkspacePath;
use rustix::fs::{AtFlags, Mode, OFlags, Stat, Timespec, Timestamps};

use super::entry_index::{EntryIndex, FolderState, PathState};
use super::identity::ContentSink;
use super::selected_tree::{SelectedEntry, SelectedTree};
use super::{Ownership, SourceError};

/// The time of every file and folder: 1980-01-01T00:00:00Z, the earliest that zip archives can hold.
pub(crate) const FILE_TIME: i64 = 315_532_800;

/// Both times of a file, set to [`FILE_TIME`].
pub(crate) const TIMES: Timestamps = Timestamps {
    last_access: Timespec {
        tv_sec: FILE_TIME,
        tv_nsec: 0,
    },
    last_modification: Timespec {
        tv_sec: FILE_TIME,
        tv_nsec: 0,
    },
};

/// Writes the tree into `folder`, which is there and empty, and gives its content and the state of what was written.
pub(crate) fn export(
    selected: &SelectedTree,
    folder: &Path,
) -> Result<(SourceTree, EntryIndex), SourceError> {
    let root = rustix::fs::open(
        folder,
        OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC,
        Mode::empty(),
    )
    .map_err(SourceError::file("open", folder))?;
    let writer = TreeWriter {
        root,
        ownership: Ownership::of_process(),
    };
    let folders = folders_of(selected.entries.iter().map(|entry| &entry.path));
    for path in &folders {
        writer.make_folder(path)?;
    }
    let mut tree = SourceTree::default();
    let mut files = Vec::with_capacity(selected.entries.len());
    for (index, entry, state) in selected.read_all(&writer)? {
        let path = &selected.entries[index].path;
        tree.entries.insert(path.clone(), entry);
        files.push((path.clone(), state));
    }
    files.sort_by(|left, right| left.0.cmp(&right.0));
    let mut states = Vec::with_capacity(folders.len() + 1);
    // The deepest first: what is written into a folder changes its time.
    for path in folders.iter().rev().map(String::as_str).chain(["."]) {
        states.push((path.to_owned(), writer.finish_folder(path)?));
    }
    let index = EntryIndex {
        files: files.into_iter().map(|(_, state)| state).collect(),
        folders: states,
    };
    Ok((tree, index))
}

/// Every folder that the paths need, each after the folder it is in.
pub(crate) fn folders_of<'a>(paths: impl Iterator<Item = &'a WorkspacePath>) -> BTreeSet<String> {
    let mut folders = BTreeSet::new();
    for path in paths {
        let text = path.as_str();
        for (slash, _) in text.rmatch_indices('/') {
            if !folders.insert(text[..slash].to_owned()) {
                break;
            }
        }
    }
    folders
}

/// Writes into a folder that only this process uses. No link is made before the files beneath folders, and a selected
/// tree has no entry beneath a link, so that no path leads through one.
struct TreeWriter {
    root: OwnedFd,
    ownership: Ownership,
}

impl TreeWriter {
    fn make_folder(&self, path: &str) -> Result<(), SourceError> {
        rustix::fs::mkdirat(&self.root, path, Mode::RWXU).map_err(SourceError::file("make", path))
    }

    fn finish_folder(&self, path: &str) -> Result<FolderState, SourceError> {
        let finish = || {
            let folder = rustix::fs::openat(
                &self.root,
                path,
                OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC,
                Mode::empty(),
            )?;
            if let Some((user, group)) = self.ownership.owner {
                rustix::fs::fchown(&folder, Some(user), Some(group))?;
            }
            rustix::fs::fchmod(&folder, self.ownership.folder)?;
            rustix::fs::futimens(&folder, &TIMES)?;
            rustix::fs::fstat(&folder)
        };
        finish()
            .map(|stat| FolderState::of(&stat))
            .map_err(SourceError::file("finish", path))
    }

    fn open(&self, entry: &SelectedEntry) -> rustix::io::Result<OwnedFd> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        rustix::fs::openat(
            &self.root,
            entry.path.as_str(),
            flags,
            Mode::RUSR | Mode::WUSR,
        )
    }

    fn finish(&self, entry: &SelectedEntry, file: &OwnedFd) -> rustix::io::Result<Stat> {
        if let Some((user, group)) = self.ownership.owner {
            rustix::fs::fchown(file, Some(user), Some(group))?;
        }
        let mode = if entry.kind == SourceKind::Executable {
            self.ownership.executable
        } else {
            self.ownership.file
        };
        rustix::fs::fchmod(file, mode)?;
        rustix::fs::futimens(file, &TIMES)?;
        rustix::fs::fstat(file)
    }

    fn make_link(&self, entry: &SelectedEntry, target: &[u8]) -> rustix::io::Result<Stat> {
        let path = entry.path.as_str();
        rustix::fs::symlinkat(target, &self.root, path)?;
        if let Some((user, group)) = self.ownership.owner {
            let flags = AtFlags::SYMLINK_NOFOLLOW;
            rustix::fs::chownat(&self.root, path, Some(user), Some(group), flags)?;
        }
        rustix::fs::utimensat(&self.root, path, &TIMES, AtFlags::SYMLINK_NOFOLLOW)?;
        rustix::fs::statat(&self.root, path, AtFlags::SYMLINK_NOFOLLOW)
    }
}

impl ContentSink for TreeWriter {
    type Learned = PathState;

    fn take(&self, entry: &SelectedEntry, content: &[u8]) -> Result<PathState, SourceError> {
        let path = entry.path.as_str();
        if entry.kind == SourceKind::Link {
            return self
                .make_link(entry, content)
                .map(|stat| PathState::of(&stat))
                .map_err(SourceError::file("link", path));
        }
        let file = self.open(entry).map_err(SourceError::file("make", path))?;
        let mut file = File::from(file);
        file.write_all(content)
            .map_err(SourceError::file("write", path))?;
        self.finish(entry, &file.into())
            .map(|stat| PathState::of(&stat))
            .map_err(SourceError::file("finish", path))
    }

    fn take_file(
        &self,
        entry: &SelectedEntry,
        from: &mut dyn Read,
        hash: &mut dyn FnMut(&[u8]),
    ) -> Result<PathState, SourceError> {
        let path = entry.path.as_str();
        let file = self.open(entry).map_err(SourceError::file("make", path))?;
        let mut file = File::from(file);
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = from
                .read(&mut buffer)
                .map_err(SourceError::file("read", path))?;
            if count == 0 {
                break;
            }
            hash(&buffer[..count]);
            file.write_all(&buffer[..count])
                .map_err(SourceError::file("write", path))?;
        }
        self.finish(entry, &file.into())
            .map(|stat| PathState::of(&stat))
            .map_err(SourceError::file("finish", path))
    }
}
