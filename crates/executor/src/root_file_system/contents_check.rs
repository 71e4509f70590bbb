//! Compares the contents of a root's files with its index.

use std::collections::HashSet;
use std::fs::File;
use std::os::fd::BorrowedFd;

use resow_manifest::digest::Sha256Digest;
use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;

use super::damage::{ContentsError, Damage, shown};
use super::held_root::CheckedContents;
use super::index::{Facts, Index, IndexedFolder, Record};
use super::index_check::open_folder;
use crate::content_digest::digest_of;
use crate::event::{Event, EventSink};
use crate::interrupt::Interrupt;

/// Reads every file once, whatever its names.
pub(super) fn check_contents(
    root: BorrowedFd<'_>,
    index: &Index<'_>,
    events: &mut EventSink<'_>,
    interrupt: &Interrupt,
) -> Result<CheckedContents, ContentsError> {
    let records = || index.folders.iter().flat_map(|folder| &folder.records);
    let total = records().map(|record| record.facts.size()).sum();
    let mut seen = HashSet::new();
    let mut checked = CheckedContents::default();
    let mut done = 0;
    for folder in &index.folders {
        for record in &folder.records {
            let Some(expected) = record.digest else {
                continue;
            };
            if interrupt.is_requested() {
                return Err(ContentsError::Interrupted);
            }
            done += record.facts.size();
            if !seen.insert(record.facts.inode) {
                continue;
            }
            match digest(root, folder, record)? {
                Some(found) if found == expected => checked.read += 1,
                Some(_) => {
                    let path = shown(folder.path, record.name);
                    let what = "content";
                    return Err(Damage::Changed { path, what }.into());
                }
                None => checked.unreadable += 1,
            }
            events(Event::Progress {
                activity: "checking the image's files",
                done,
                total: Some(total),
            });
        }
    }
    Ok(checked)
}

/// The digest of a file's content or a link's target; `None` where nobody may read it.
fn digest(
    root: BorrowedFd<'_>,
    folder: &IndexedFolder<'_>,
    record: &Record<'_>,
) -> Result<Option<Sha256Digest>, Damage> {
    if folder.is_closed {
        return Ok(None);
    }
    let unreadable = |source| Damage::Unreadable {
        path: shown(folder.path, record.name),
        source,
    };
    let opened =
        open_folder(root, folder.path, OFlags::PATH).map_err(|errno| unreadable(errno.into()))?;
    if record.facts.kind() == FileType::Symlink {
        let target = rustix::fs::readlinkat(&opened, record.name, Vec::new())
            .map_err(|errno| unreadable(errno.into()))?;
        return Ok(Some(Sha256Digest::of(target.to_bytes())));
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match rustix::fs::openat(&opened, record.name, flags, Mode::empty()) {
        Err(Errno::ACCESS) if record.facts.mode & 0o400 == 0 => return Ok(None),
        opened => opened.map_err(|errno| unreadable(errno.into()))?,
    };
    let stat = rustix::fs::fstat(&file).map_err(|errno| unreadable(errno.into()))?;
    if let Some(what) = record.facts.difference(&Facts::of(&stat)) {
        let path = shown(folder.path, record.name);
        return Err(Damage::Changed { path, what });
    }
    digest_of(&mut File::from(file))
        .map(Some)
        .map_err(unreadable)
}
