//! The files of two folders that are the same under the same name, found without hashing: of two equal folders each byte
//! is read once and nothing else is done with it.

use std::collections::BTreeSet;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use resow_manifest::workspace_path::WorkspacePath;
use rustix::fs::{Mode, Stat};

use super::folder::walk;
use super::opening::{Opened, Opener, open_root};
use super::options::DigestOptions;

/// How many neighbouring paths a thread takes at once.
const RUN: usize = 16;
/// The size of each of a thread's two buffers: both stay in the second cache.
const BUFFER: usize = 128 << 10;

/// The files that stand beneath both folders with the same bytes, and are executable in both or in none. What cannot be
/// read, and what is no regular file, is not among them.
///
/// # Errors
/// When either folder cannot be listed.
pub fn twins(
    left: &Path,
    right: &Path,
    options: &DigestOptions,
) -> std::io::Result<BTreeSet<WorkspacePath>> {
    let mut paths = walk(left, options.limits.files)?.paths;
    paths.sort_unstable();
    let roots = [open_root(left)?, open_root(right)?];
    let next = AtomicUsize::new(0);
    let threads = options.thread_count().clamp(1, paths.len().max(1));
    let found = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|_| {
                let roots = [roots[0].as_fd(), roots[1].as_fd()];
                let (paths, next) = (&paths, &next);
                scope.spawn(move || some_twins(roots, paths, next))
            })
            .collect();
        let parts = handles.into_iter().map(|handle| {
            handle
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        parts.flatten().collect()
    });
    Ok(found)
}

/// Looks at runs of paths until none is left.
fn some_twins(
    [left, right]: [BorrowedFd<'_>; 2],
    paths: &[WorkspacePath],
    next: &AtomicUsize,
) -> Vec<WorkspacePath> {
    let (mut left, mut right) = (Opener::new(left), Opener::new(right));
    let mut buffers = [vec![0; BUFFER], vec![0; BUFFER]];
    let mut found = Vec::new();
    loop {
        let first = next.fetch_add(RUN, Ordering::Relaxed);
        let Some(rest) = paths.get(first..).filter(|rest| !rest.is_empty()) else {
            return found;
        };
        for path in &rest[..rest.len().min(RUN)] {
            let opened = (left.open(path.as_str()), right.open(path.as_str()));
            if let (Ok(Opened::File(left, before)), Ok(Opened::File(right, other))) = opened
                && looks_alike(&before, &other)
                && are_same(&left, &right, before.st_size.cast_unsigned(), &mut buffers)
                    .unwrap_or(false)
            {
                found.push(path.clone());
            }
        }
    }
}

fn looks_alike(left: &Stat, right: &Stat) -> bool {
    let is_executable = |stat: &Stat| stat.st_mode & Mode::XUSR.bits() != 0;
    left.st_size == right.st_size && is_executable(left) == is_executable(right)
}

/// Whether two files have the same bytes and are as long as they were when they were opened.
fn are_same(
    left: &OwnedFd,
    right: &OwnedFd,
    size: u64,
    [first, second]: &mut [Vec<u8>; 2],
) -> rustix::io::Result<bool> {
    if size == 0 {
        // What the kernel makes up while it is read says that it is empty.
        return Ok(rustix::io::read(left, first.as_mut_slice())? == 0
            && rustix::io::read(right, second.as_mut_slice())? == 0);
    }
    let mut offset = 0;
    while offset < size {
        let read = rustix::io::read(left, first.as_mut_slice())?;
        if read == 0 {
            return Ok(false);
        }
        let mut filled = 0;
        while filled < read {
            match rustix::io::read(right, &mut second[filled..read])? {
                0 => return Ok(false),
                count => filled += count,
            }
        }
        if first[..read] != second[..read] {
            return Ok(false);
        }
        offset += read as u64;
    }
    let length = |file: &OwnedFd| rustix::fs::fstat(file).map(|stat| stat.st_size.cast_unsigned());
    Ok(length(left)? == size && length(right)? == size)
}
