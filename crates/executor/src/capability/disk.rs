//! What a folder's file system has left and can do.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{AtFlags, CWD, StatxFlags, statvfs, statx};

use super::mount_table;

/// The size of a block that every file system clones.
const BLOCK: usize = 1 << 16;

/// What a folder's file system has left and can do.
#[derive(Debug)]
pub struct DiskFacts {
    /// The folder that was looked at: the asked one, or the nearest above it that exists.
    pub folder: PathBuf,
    /// The file system's type, as Linux names it: `ext4`; empty where it is unknown.
    pub file_system: String,
    /// The bytes that this user may still write.
    pub free_bytes: u64,
    /// How many files may still be made; `None` where the file system has no such bound.
    pub free_inodes: Option<u64>,
    /// What came of writing there.
    pub writing: Result<WrittenFacts, io::Error>,
}

/// What writing a file without a name told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrittenFacts {
    /// Whether files can share their blocks, so that copies cost nothing.
    pub reflinks: bool,
    /// How far the file system's clock is from this host's, where it is more than a second.
    pub clock_offset: Option<Duration>,
}

impl DiskFacts {
    /// Looks at the folder, or at the nearest above it that exists, and writes a file there that has no name and is
    /// gone at once.
    pub(super) fn probe(folder: &Path) -> Self {
        let folder = existing(folder);
        let space = statvfs(&folder).ok();
        Self {
            file_system: file_system(&folder).unwrap_or_default(),
            free_bytes: space
                .as_ref()
                .map_or(0, |space| space.f_bavail * space.f_frsize),
            free_inodes: space
                .filter(|space| space.f_files > 0)
                .map(|space| space.f_favail),
            writing: write(&folder),
            folder,
        }
    }

    /// Whether several hosts can have this file system mounted.
    pub fn is_shared(&self) -> bool {
        const SHARED: [&str; 9] = [
            "nfs", "nfs4", "cifs", "smb3", "lustre", "gpfs", "beegfs", "ceph", "9p",
        ];
        SHARED.contains(&self.file_system.as_str())
    }
}

fn existing(folder: &Path) -> PathBuf {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let found = absolute.ancestors().find(|folder| folder.is_dir());
    found.unwrap_or(Path::new("/")).to_owned()
}

fn file_system(folder: &Path) -> Option<String> {
    let facts = statx(CWD, folder, AtFlags::empty(), StatxFlags::MNT_ID).ok()?;
    let mounts = mount_table::read();
    let mount = mounts
        .into_iter()
        .find(|mount| mount.id == facts.stx_mnt_id)?;
    Some(mount.kind)
}

fn write(folder: &Path) -> io::Result<WrittenFacts> {
    let mut file = tempfile::tempfile_in(folder)?;
    file.write_all(&[0; BLOCK])?;
    let now = SystemTime::now();
    Ok(WrittenFacts {
        clock_offset: offset(file.metadata()?.modified()?, now),
        reflinks: clones(&file, folder),
    })
}

fn clones(file: &File, folder: &Path) -> bool {
    tempfile::tempfile_in(folder).is_ok_and(|clone| rustix::fs::ioctl_ficlone(&clone, file).is_ok())
}

/// How far two times are apart, where that is more than the second that coarse file times explain.
fn offset(written: SystemTime, now: SystemTime) -> Option<Duration> {
    let offset = match written.duration_since(now) {
        Ok(ahead) => ahead,
        Err(behind) => behind.duration(),
    };
    (offset > Duration::from_secs(1)).then_some(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_not_there_yet_is_on_the_disk_of_the_one_above_and_nothing_is_left() {
        let above = tempfile::tempdir().expect("a folder");
        let facts = DiskFacts::probe(&above.path().join("not/yet"));
        assert_eq!(facts.folder, above.path());
        assert!(
            facts.free_bytes > 0 && !facts.file_system.is_empty(),
            "{facts:?}"
        );
        assert_eq!(facts.writing.expect("writable").clock_offset, None);
        assert_eq!(
            std::fs::read_dir(above.path()).expect("readable").count(),
            0
        );
    }

    #[test]
    fn where_nobody_may_write_it_says_so() {
        assert!(DiskFacts::probe(Path::new("/proc/sys")).writing.is_err());
    }

    #[test]
    fn clocks_a_second_apart_are_told() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
        assert_eq!(offset(now - Duration::from_millis(10), now), None);
        let ahead = Duration::from_secs(90);
        assert_eq!(offset(now + ahead, now), Some(ahead));
        assert_eq!(offset(now - ahead, now), Some(ahead));
    }
}
