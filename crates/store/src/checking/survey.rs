//! What a check has seen so far, and how it looks: links are not followed, and nothing is waited for.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use super::finding::{EntryKind, Fault, Finding};
use super::progress::Watch;

/// How much is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Every byte.
    Content,
    /// Records in full; of content, images and downloads only whether they are there.
    Names,
}

/// A check that goes on.
pub(super) struct Survey<'a> {
    pub(super) root: &'a Path,
    pub(super) depth: Depth,
    pub(super) findings: Vec<Finding>,
    pub(super) watch: &'a mut Watch<'a>,
}

/// An entry of a folder.
pub(super) struct Entry {
    /// Its name; other characters than Unicode's are replaced, and no name of the store has any.
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) kind: EntryKind,
    /// In bytes.
    pub(super) size: u64,
}

impl Survey<'_> {
    /// The folder of the store with this name.
    pub(super) fn folder(&self, name: &str) -> PathBuf {
        self.root.join(crate::Store::FOLDER).join(name)
    }

    pub(super) fn find(&mut self, path: &Path, fault: Fault) {
        let path = path.strip_prefix(self.root).unwrap_or(path).to_owned();
        self.findings.push(Finding { path, fault });
    }

    /// The entries of a folder, sorted; none where it is not there or no folder, which is another's to find.
    pub(super) fn list(&mut self, folder: &Path) -> Vec<Entry> {
        match list(folder) {
            Ok(entries) => entries,
            Err(source) => {
                self.find(folder, Fault::Unreadable { source });
                Vec::new()
            }
        }
    }

    /// The files of a folder; what else is in it is found to be no file.
    pub(super) fn files(&mut self, folder: &Path) -> Vec<Entry> {
        let mut entries = self.list(folder);
        entries.retain(|entry| {
            let is_file = entry.kind == EntryKind::File;
            if !is_file {
                self.find(&entry.path, Fault::NotAFile { found: entry.kind });
            }
            is_file
        });
        entries
    }
}

/// What stands at a path.
pub(super) fn kind_of(metadata: &fs::Metadata) -> EntryKind {
    if metadata.is_file() {
        EntryKind::File
    } else if metadata.is_dir() {
        EntryKind::Folder
    } else if metadata.is_symlink() {
        EntryKind::Link
    } else {
        EntryKind::Special
    }
}

/// Whether nothing stands at a path.
pub(super) fn is_missing(path: &Path) -> bool {
    fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// Opens a file that is one, and no link to one.
pub(crate) fn open_file(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::ErrorKind::InvalidInput.into())
    }
}

fn list(folder: &Path) -> io::Result<Vec<Entry>> {
    if !fs::symlink_metadata(folder).is_ok_and(|metadata| metadata.is_dir()) {
        return Ok(Vec::new());
    }
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = match entry.metadata() {
            // Another process was done with it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            looked => looked?,
        };
        entries.push(Entry {
            name: entry.file_name().to_string_lossy().into_owned(),
            path: entry.path(),
            kind: kind_of(&metadata),
            size: metadata.len(),
        });
    }
    entries.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(entries)
}
