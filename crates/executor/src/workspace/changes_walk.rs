//! How changes are found: one walk through what the run wrote, compared with the source.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ffi::{CStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use resow_manifest::digest::Sha256Digest;
use resow_manifest::source_tree::{SourceEntry, SourceKind, SourceTree};
use resow_manifest::workspace_path::WorkspacePath;
use rustix::fs::{FileType, Mode, OFlags, Stat};

use super::changes::{Changes, MadeFile, MadeKind};
use super::folder_walk::{Found, Visitor, WalkError, walk};
use crate::content_digest;
use crate::source::{PathState, folders_of};

/// Longer paths are not listed: a few thousand nested folders would fill the memory with them.
const LONGEST_PATH: usize = 4096;

/// What the walk goes through.
pub(crate) enum Written<'a> {
    /// The upper folder of an overlay: what is not in it is as in the source.
    Upper {
        /// The export below it.
        lower: &'a OwnedFd,
        /// The attribute that marks a folder which hides what is below it.
        opaque_attribute: &'static str,
    },
    /// The whole workspace, with the state of each file when it was copied.
    Copy {
        /// By path.
        states: &'a HashMap<WorkspacePath, PathState>,
    },
}

/// Walks through what a run wrote.
pub(crate) fn find_changes(
    root: OwnedFd,
    written: &Written<'_>,
    tree: &SourceTree,
    mount_points: &[WorkspacePath],
) -> Result<Changes, WalkError> {
    let mut expected_folders: BTreeSet<String> = folders_of(tree.entries.keys());
    expected_folders.extend(folders_of(mount_points.iter()));
    let mut finder = Finder {
        written,
        source: tree
            .entries
            .iter()
            .map(|(path, entry)| (path.as_str().as_bytes(), (path, entry)))
            .collect(),
        expected_folders,
        mount_points: mount_points.iter().map(WorkspacePath::as_str).collect(),
        seen: HashSet::new(),
        hidden: HashSet::new(),
        counts: Vec::new(),
        changes: Changes::default(),
    };
    walk(root, &mut finder)?;
    Ok(finder.finish(tree))
}

struct Finder<'a> {
    written: &'a Written<'a>,
    source: HashMap<&'a [u8], (&'a WorkspacePath, &'a SourceEntry)>,
    expected_folders: BTreeSet<String>,
    mount_points: HashSet<&'a str>,
    /// Entries of the source that the walk came to.
    seen: HashSet<&'a str>,
    /// Paths at and beneath which the lower folder does not show through.
    hidden: HashSet<Vec<u8>>,
    /// How many names each folder on the way has.
    counts: Vec<usize>,
    changes: Changes,
}

impl Visitor for Finder<'_> {
    fn enter(&mut self, folder: BorrowedFd<'_>, path: &[u8]) -> io::Result<()> {
        self.counts.push(0);
        if let Written::Upper {
            opaque_attribute, ..
        } = self.written
            && !path.is_empty()
            && is_opaque(folder, opaque_attribute)
        {
            self.hidden.insert(path.to_vec());
        }
        Ok(())
    }

    fn visit(&mut self, found: &Found<'_>) -> io::Result<bool> {
        let is_folder = found.kind() == FileType::Directory;
        if matches!(self.written, Written::Upper { .. }) {
            let is_whiteout = found.kind() == FileType::CharacterDevice && found.stat.st_rdev == 0;
            if !is_folder || is_whiteout {
                self.hidden.insert(found.path.to_vec());
            }
            if is_whiteout {
                return Ok(false);
            }
        }
        if let Some(count) = self.counts.last_mut() {
            *count += 1;
        }
        let text = std::str::from_utf8(found.path).ok();
        if text.is_some_and(|text| self.mount_points.contains(text)) {
            return Ok(false);
        }
        if let Some((path, entry)) = self.source.get(found.path).copied() {
            self.seen.insert(path.as_str());
            if !self.is_same(found, path, entry)? {
                self.changes.changed.push(path.clone());
            }
            if is_folder {
                // It stands for the file that it replaced, even where it is empty.
                self.expected_folders.insert(path.to_string());
            }
        } else if !is_folder {
            self.made(found.path, kind_of(found.kind()), found.stat);
        }
        if is_folder && found.path.len() + 2 > LONGEST_PATH - 255 {
            self.made(found.path, MadeKind::TooDeep, found.stat);
            return Ok(false);
        }
        Ok(true)
    }

    fn leave(&mut self, _folder: BorrowedFd<'_>, _name: &CStr, path: &[u8]) -> io::Result<()> {
        let is_expected =
            || std::str::from_utf8(path).is_ok_and(|text| self.expected_folders.contains(text));
        if self.counts.pop() == Some(0) && !is_expected() {
            self.changes.made.push(MadeFile {
                path: raw_path(path),
                kind: MadeKind::EmptyFolder,
                size: 0,
            });
        }
        Ok(())
    }
}

impl Finder<'_> {
    fn made(&mut self, path: &[u8], kind: MadeKind, stat: &Stat) {
        let size = match kind {
            MadeKind::File | MadeKind::Link => stat.st_size.cast_unsigned(),
            _ => 0,
        };
        self.changes.made.push(MadeFile {
            path: raw_path(path),
            kind,
            size,
        });
    }

    /// Whether what is found is what the source has there, in kind, mode and content.
    fn is_same(
        &self,
        found: &Found<'_>,
        path: &WorkspacePath,
        entry: &SourceEntry,
    ) -> io::Result<bool> {
        let expected_kind = match entry.kind {
            SourceKind::Link => FileType::Symlink,
            SourceKind::File | SourceKind::Executable => FileType::RegularFile,
        };
        if found.kind() != expected_kind || found.stat.st_size.cast_unsigned() != entry.size {
            return Ok(false);
        }
        let mode = match self.written {
            Written::Upper { lower, .. } => {
                let flags = rustix::fs::AtFlags::SYMLINK_NOFOLLOW;
                rustix::fs::statat(lower, path.as_str(), flags)?.st_mode
            }
            Written::Copy { states } => {
                let Some(state) = states.get(path) else {
                    return Ok(false);
                };
                if *state == PathState::of(found.stat) {
                    return Ok(true);
                }
                state.mode()
            }
        };
        Ok(mode == found.stat.st_mode && digest_of(found)? == entry.digest)
    }

    fn finish(mut self, tree: &SourceTree) -> Changes {
        for path in tree.entries.keys() {
            let is_gone = !self.seen.contains(path.as_str())
                && match self.written {
                    Written::Copy { .. } => true,
                    Written::Upper { .. } => self.is_hidden(path.as_str()),
                };
            if is_gone {
                self.changes.deleted.push(path.clone());
            }
        }
        self.changes.made.sort();
        self.changes.changed.sort();
        self.changes
    }

    fn is_hidden(&self, path: &str) -> bool {
        self.hidden.contains(path.as_bytes())
            || path
                .match_indices('/')
                .any(|(slash, _)| self.hidden.contains(&path.as_bytes()[..slash]))
    }
}

fn kind_of(kind: FileType) -> MadeKind {
    match kind {
        FileType::RegularFile => MadeKind::File,
        FileType::Symlink => MadeKind::Link,
        FileType::Fifo => MadeKind::Fifo,
        FileType::Socket => MadeKind::Socket,
        _ => MadeKind::Device,
    }
}

fn raw_path(path: &[u8]) -> PathBuf {
    PathBuf::from(OsString::from_vec(path.to_vec()))
}

fn is_opaque(folder: impl AsFd, attribute: &str) -> bool {
    let mut value = [0; 4];
    rustix::fs::fgetxattr(folder, attribute, &mut value[..])
        .is_ok_and(|length| length == 1 && value[0] == b'y')
}

fn digest_of(found: &Found<'_>) -> io::Result<Sha256Digest> {
    if found.kind() == FileType::Symlink {
        let target = rustix::fs::readlinkat(found.folder, found.name, Vec::new())?;
        return Ok(Sha256Digest::of(target.to_bytes()));
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = rustix::fs::openat(found.folder, found.name, flags, Mode::empty())?;
    content_digest::digest_of(&mut File::from(file))
}
