//! Whether a kept export was made since this host was started, and what is done where not.

use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use resow_manifest::digest::Sha256Digest;
use resow_manifest::source_tree::SourceKind;
use rustix::fs::{Mode, OFlags};

use super::CachedSource;
use crate::content_digest::digest_of;

/// The file of an export that names the start of the host.
const MARK: &str = "boot";

/// Where Linux names it (random(4)).
const START: &str = "/proc/sys/kernel/random/boot_id";

/// Says of an export that it is whole in this host's memory, whatever the disk has of it.
pub(super) fn mark(export: &Path) -> io::Result<()> {
    fs::write(export.join(MARK), fs::read(START)?)
}

/// Whether that was said since the host was started.
pub(super) fn is_marked(export: &Path) -> bool {
    match (fs::read(export.join(MARK)), fs::read(START)) {
        (Ok(mark), Ok(start)) => mark == start,
        _ => false,
    }
}

/// Whether every file and link of an export has the content that it should have.
pub(super) fn holds(export: &CachedSource) -> bool {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let Ok(root) = rustix::fs::open(&export.path, flags, Mode::empty()) else {
        return false;
    };
    export.tree.entries.iter().all(|(path, entry)| {
        let found = match entry.kind {
            SourceKind::Link => digest_of_link(&root, path.as_str()),
            SourceKind::File | SourceKind::Executable => digest_of_file(&root, path.as_str()),
        };
        found.is_ok_and(|found| found == entry.digest)
    })
}

fn digest_of_link(root: &OwnedFd, path: &str) -> io::Result<Sha256Digest> {
    let target = rustix::fs::readlinkat(root, path, Vec::new())?;
    Ok(Sha256Digest::of(target.to_bytes()))
}

fn digest_of_file(root: &OwnedFd, path: &str) -> io::Result<Sha256Digest> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = rustix::fs::openat(root, path, flags, Mode::empty())?;
    digest_of(&mut File::from(file))
}
