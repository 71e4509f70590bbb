//! A whole folder: every file, link and empty folder beneath it.

use std::collections::BTreeSet;
use std::os::fd::AsFd as _;
use std::path::Path;

use resow_manifest::workspace_path::WorkspacePath;
use rustix::fs::Dir;

use super::error::DigestError;
use super::opening::{Opener, open_root, unreadable};
use super::options::DigestOptions;
use super::refusal::{Refusal, RefusalReason};
use super::sink::BlobSink;
use super::tree::{Digested, digest_files};

#[derive(Default)]
pub(super) struct Found {
    pub(super) paths: Vec<WorkspacePath>,
    refused: Vec<Refusal>,
}

/// Digests of everything beneath `root`.
///
/// # Errors
/// When the root cannot be read or the sink fails.
pub fn digest_folder<S: BlobSink>(
    root: &Path,
    sink: &S,
    options: &DigestOptions,
) -> Result<Digested, DigestError<S::Error>> {
    digest_folder_but(root, &BTreeSet::new(), sink, options)
}

/// Digests of everything beneath `root` but these files.
///
/// # Errors
/// As [`digest_folder`].
pub fn digest_folder_but<S: BlobSink>(
    root: &Path,
    left_out: &BTreeSet<WorkspacePath>,
    sink: &S,
    options: &DigestOptions,
) -> Result<Digested, DigestError<S::Error>> {
    let mut found = walk(root, options.limits.files).map_err(|source| DigestError::Folder {
        path: root.to_owned(),
        source,
    })?;
    found.paths.retain(|path| !left_out.contains(path));
    let mut digested = digest_files(root, &found.paths, sink, options)?;
    digested.refused.extend(found.refused);
    digested.refused.sort_unstable();
    Ok(digested)
}

/// Everything beneath a folder that is no folder with something in it.
///
/// # Errors
/// When the root cannot be opened.
pub(super) fn walk(root: &Path, limit: usize) -> std::io::Result<Found> {
    let folder = open_root(root)?;
    let mut opener = Opener::new(folder.as_fd());
    let mut found = Found::default();
    let mut waiting = vec![String::new()];
    while let Some(path) = waiting.pop() {
        if let Err(reason) = list(&path, &mut opener, &mut found, &mut waiting) {
            found.refused.push(Refusal::new(path, reason));
        }
        if found.paths.len() + waiting.len() > limit {
            let refused = vec![Refusal::new(".", RefusalReason::TooMany { limit })];
            let paths = Vec::new();
            return Ok(Found { paths, refused });
        }
    }
    Ok(found)
}

/// Adds what is in one folder: files to `found`, folders to `waiting`.
fn list(
    path: &str,
    opener: &mut Opener<'_>,
    found: &mut Found,
    waiting: &mut Vec<String>,
) -> Result<(), RefusalReason> {
    let folder = opener.folder(path)?;
    let mut empty = true;
    for entry in Dir::read_from(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_bytes();
        if matches!(name, b"." | b"..") {
            continue;
        }
        empty = false;
        let joined = |name: &str| match path {
            "" => name.to_owned(),
            parent => format!("{parent}/{name}"),
        };
        let Ok(name) = std::str::from_utf8(name) else {
            let lossy = joined(&String::from_utf8_lossy(name));
            found.refused.push(Refusal::new(lossy, RefusalReason::Name));
            continue;
        };
        let is_folder = match entry.file_type() {
            rustix::fs::FileType::Directory => true,
            rustix::fs::FileType::Unknown => is_folder(folder, name)?,
            _ => false,
        };
        if is_folder {
            waiting.push(joined(name));
        } else {
            add(joined(name), found);
        }
    }
    if empty && !path.is_empty() {
        add(path.to_owned(), found);
    }
    Ok(())
}

fn add(path: String, found: &mut Found) {
    match path.parse() {
        Ok(path) => found.paths.push(path),
        Err(_) => found.refused.push(Refusal::new(path, RefusalReason::Name)),
    }
}

/// For file systems whose listing does not say what an entry is.
fn is_folder(folder: std::os::fd::BorrowedFd<'_>, name: &str) -> Result<bool, RefusalReason> {
    let stat = rustix::fs::statat(folder, name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW)
        .map_err(unreadable)?;
    Ok(rustix::fs::FileType::from_raw_mode(stat.st_mode) == rustix::fs::FileType::Directory)
}
