//! One file: its content read once, hashed and handed to the sink.

use std::os::fd::OwnedFd;

use resow_manifest::digest::Sha256Digest;
use resow_manifest::workspace_path::WorkspacePath;
use rustix::fs::Stat;
use sha2::{Digest as _, Sha256};

use super::budget::Budget;
use super::opening::unreadable;
use super::refusal::RefusalReason;
use super::sink::{BlobSink, BlobWriter as _};

/// The size of each thread's buffer: large enough that system calls cost nothing, small enough for the second cache.
pub(super) const BUFFER: usize = 256 << 10;

/// A path and what stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestedFile {
    /// The path, relative to the root.
    pub path: WorkspacePath,
    /// What stands there.
    pub content: Content,
}

/// What stands at a path, as far as outputs are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A file.
    File {
        /// The digest of its bytes.
        digest: Sha256Digest,
        /// Its length in bytes.
        size: u64,
        /// Whether its owner may execute it.
        executable: bool,
    },
    /// A symbolic link.
    Link {
        /// The path that it holds.
        target: String,
    },
    /// A folder with nothing in it.
    EmptyFolder,
}

/// What stopped one file.
pub(super) enum Stop<E> {
    Refused(RefusalReason),
    Sink(E),
}

impl<E> From<RefusalReason> for Stop<E> {
    fn from(reason: RefusalReason) -> Self {
        Self::Refused(reason)
    }
}

/// Reads the file to its end, which must be where `before` says.
pub(super) fn digest_file<S: BlobSink>(
    file: &OwnedFd,
    before: &Stat,
    sink: &S,
    budget: &Budget,
    limit: u64,
    buffer: &mut [u8],
) -> Result<Content, Stop<S::Error>> {
    let size = before.st_size.cast_unsigned();
    if !budget.take(size) {
        budget.stop();
        return Err(RefusalReason::TooLarge { limit }.into());
    }
    if size == 0 && rustix::io::read(file, &mut *buffer).map_err(unreadable)? > 0 {
        // What the kernel makes up while it is read says that it is empty.
        return Err(RefusalReason::Changed.into());
    }
    let mut writer = sink.begin().map_err(Stop::Sink)?;
    let mut hasher = Sha256::new();
    let mut length = 0_u64;
    // Where the size is reached, nothing more is read: the look at the file afterwards tells whether it grew.
    while length < size {
        let read = match rustix::io::read(file, &mut *buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(rustix::io::Errno::INTR) => continue,
            Err(errno) => return Err(unreadable(errno).into()),
        };
        length += read as u64;
        if length > size {
            return Err(RefusalReason::Changed.into());
        }
        hasher.update(&buffer[..read]);
        writer.write(&buffer[..read]).map_err(Stop::Sink)?;
        if budget.is_stopped() {
            return Err(RefusalReason::TooLarge { limit }.into());
        }
    }
    let after = rustix::fs::fstat(file).map_err(unreadable)?;
    if length != size || !is_untouched(before, &after) {
        return Err(RefusalReason::Changed.into());
    }
    let digest = Sha256Digest::from_bytes(hasher.finalize().into());
    writer.finish(&digest).map_err(Stop::Sink)?;
    Ok(Content::File {
        digest,
        size,
        executable: before.st_mode & 0o100 != 0,
    })
}

fn is_untouched(before: &Stat, after: &Stat) -> bool {
    before.st_size == after.st_size
        && before.st_mtime == after.st_mtime
        && before.st_mtime_nsec == after.st_mtime_nsec
}
