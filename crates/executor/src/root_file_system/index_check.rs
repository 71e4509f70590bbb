//! Compares a root with its index.
//!
//! Every name of the index is looked at. That there are no others follows from their folders' times of change, which no
//! program of an ordinary user can set; only where something differs are the folders themselves read, to name it.

use std::collections::HashSet;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, Dir, Mode, OFlags};
use rustix::io::Errno;

use super::damage::{Damage, shown};
use super::index::{Facts, Index, IndexedFolder, Record};
use crate::workspace::folder_walk::FOLDER;

/// From how many names on a second thread is worth starting.
const SHARED: usize = 1000;

/// Compares everything but contents.
pub(super) fn check(root: BorrowedFd<'_>, index: &Index<'_>) -> Result<(), Damage> {
    if is_same(root, index) {
        return Ok(());
    }
    // Again, in order and slowly, to say what it is. Times of folders only tell that something in them changed: what
    // that is comes first.
    for times_of_folders in [false, true] {
        for folder in &index.folders {
            look(root, folder, times_of_folders)?;
        }
    }
    match facts_of(root).map(|found| index.root.difference(&found)) {
        Ok(None) => Ok(()),
        Ok(Some(what)) => Err(changed("/".to_owned(), what)),
        Err(errno) => Err(unreadable("/".to_owned(), errno)),
    }
}

/// Opens a folder of the root, following nothing; not for reading where it is only passed through.
pub(super) fn open_folder(
    root: BorrowedFd<'_>,
    path: &[u8],
    flags: OFlags,
) -> rustix::io::Result<OwnedFd> {
    let path = if path.is_empty() { b"." } else { path };
    rustix::fs::openat(root, path, FOLDER | flags, Mode::empty())
}

fn is_same(root: BorrowedFd<'_>, index: &Index<'_>) -> bool {
    if facts_of(root) != Ok(index.root) {
        return false;
    }
    let all: usize = index
        .folders
        .iter()
        .map(|folder| folder.records.len())
        .sum();
    if all < SHARED {
        return are_same(root, &index.folders);
    }
    let mut before = 0;
    let half = index.folders.iter().take_while(|folder| {
        before += folder.records.len();
        before <= all / 2
    });
    let (first, second) = index.folders.split_at(half.count());
    std::thread::scope(|scope| {
        let first = scope.spawn(|| are_same(root, first));
        are_same(root, second) && first.join().unwrap_or(false)
    })
}

fn are_same(root: BorrowedFd<'_>, folders: &[IndexedFolder<'_>]) -> bool {
    folders
        .iter()
        .filter(|folder| !folder.is_closed)
        .all(|folder| {
            open_folder(root, folder.path, OFlags::PATH).is_ok_and(|opened| {
                folder
                    .records
                    .iter()
                    .all(|record| facts_in(&opened, record.name) == Ok(record.facts))
            })
        })
}

/// Says what differs in a folder, apart from the folder itself.
fn look(
    root: BorrowedFd<'_>,
    folder: &IndexedFolder<'_>,
    times_of_folders: bool,
) -> Result<(), Damage> {
    if folder.is_closed {
        return Ok(());
    }
    let at = |name: &[u8]| shown(folder.path, name);
    let opened = open_folder(root, folder.path, OFlags::PATH).map_err(|errno| match errno {
        Errno::NOENT | Errno::NOTDIR | Errno::LOOP => Damage::Missing(at(b"")),
        errno => unreadable(at(b""), errno),
    })?;
    look_for_others(root, folder)?;
    for Record { name, facts, .. } in &folder.records {
        let found = facts_in(&opened, name).map_err(|errno| match errno {
            Errno::NOENT => Damage::Missing(at(name)),
            errno => unreadable(at(name), errno),
        })?;
        match facts.difference(&found) {
            Some(what) if times_of_folders || !facts.is_folder() || !what.starts_with("time") => {
                return Err(changed(at(name), what));
            }
            _ => {}
        }
    }
    Ok(())
}

fn look_for_others(root: BorrowedFd<'_>, folder: &IndexedFolder<'_>) -> Result<(), Damage> {
    let known: HashSet<_> = folder.records.iter().map(|record| record.name).collect();
    // A folder that can be searched need not be readable.
    let Ok(opened) = open_folder(root, folder.path, OFlags::empty()) else {
        return Ok(());
    };
    let failed = |errno| unreadable(shown(folder.path, b""), errno);
    for entry in Dir::read_from(&opened).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_bytes();
        if !matches!(name, b"." | b"..") && !known.contains(name) {
            return Err(Damage::Extra(shown(folder.path, name)));
        }
    }
    Ok(())
}

/// What `lstat` says of a name.
fn facts_in(folder: &OwnedFd, name: &[u8]) -> rustix::io::Result<Facts> {
    let stat = rustix::fs::statat(folder.as_fd(), name, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(Facts::of(&stat))
}

fn facts_of(folder: BorrowedFd<'_>) -> rustix::io::Result<Facts> {
    Ok(Facts::of(&rustix::fs::fstat(folder)?))
}

fn changed(path: String, what: &'static str) -> Damage {
    Damage::Changed { path, what }
}

fn unreadable(path: String, errno: Errno) -> Damage {
    Damage::Unreadable {
        path,
        source: errno.into(),
    }
}
