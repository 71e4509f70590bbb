//! The index of a root: what every name in it was when it was made.
//!
//! `resow index`, a version, what the root folder itself is, and for each folder its path and its names with what each
//! is. Numbers are little-endian. Read whole: its digest stands in the root's registration.

use resow_manifest::digest::Sha256Digest;
use rustix::fs::{FileType, Stat};

/// How an index begins: its name, and its version, 1.
const MAGIC: &[u8; 12] = b"resow index\x01";

/// What `lstat` said of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    /// Kind and permissions.
    pub(super) mode: u32,
    size: u64,
    modified: (i64, u32),
    changed: (i64, u32),
    pub(super) inode: u64,
}

/// A name in a folder.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record<'a> {
    pub(super) name: &'a [u8],
    pub(super) facts: Facts,
    /// Of a file's content, or of a symbolic link's target.
    pub(super) digest: Option<Sha256Digest>,
}

/// A folder and the names in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct IndexedFolder<'a> {
    /// Its path below the root; empty for the root.
    pub(super) path: &'a [u8],
    /// Whether this user cannot search it: then nothing in it can have changed without its own time of change.
    pub(super) is_closed: bool,
    pub(super) records: Vec<Record<'a>>,
}

/// An index, read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Index<'a> {
    pub(super) root: Facts,
    /// Sorted by path.
    pub(super) folders: Vec<IndexedFolder<'a>>,
}

impl Facts {
    pub(super) fn of(stat: &Stat) -> Self {
        Self {
            mode: stat.st_mode,
            // The size of a folder is the file system's business.
            size: match FileType::from_raw_mode(stat.st_mode) {
                FileType::Directory => 0,
                _ => stat.st_size.cast_unsigned(),
            },
            modified: (stat.st_mtime, stat.st_mtime_nsec as u32),
            changed: (stat.st_ctime, stat.st_ctime_nsec as u32),
            inode: stat.st_ino,
        }
    }

    pub(super) fn kind(&self) -> FileType {
        FileType::from_raw_mode(self.mode)
    }

    pub(super) fn is_folder(&self) -> bool {
        self.kind() == FileType::Directory
    }

    /// In bytes; 0 for folders.
    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// The first difference from what is found now.
    pub(super) fn difference(&self, found: &Self) -> Option<&'static str> {
        if self.kind() != found.kind() {
            Some("kind")
        } else if self.mode != found.mode {
            Some("mode")
        } else if self.size != found.size {
            Some("size")
        } else if self.modified != found.modified {
            Some("time of modification")
        } else if self.inode != found.inode {
            Some("inode")
        } else if self.changed != found.changed {
            Some("time of change")
        } else {
            None
        }
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.mode.to_le_bytes());
        bytes.extend(self.size.to_le_bytes());
        for (seconds, nanoseconds) in [self.modified, self.changed] {
            bytes.extend(seconds.to_le_bytes());
            bytes.extend(nanoseconds.to_le_bytes());
        }
        bytes.extend(self.inode.to_le_bytes());
    }
}

/// An index being written.
#[derive(Debug, Default)]
pub(super) struct IndexBuilder {
    folders: Vec<(Vec<u8>, Vec<u8>)>,
}

impl IndexBuilder {
    /// Adds a folder; the order does not matter.
    pub(super) fn add(&mut self, folder: &IndexedFolder<'_>) {
        let mut bytes = Vec::new();
        bytes.extend((folder.path.len() as u32).to_le_bytes());
        bytes.extend(folder.path);
        bytes.push(folder.is_closed.into());
        bytes.extend((folder.records.len() as u32).to_le_bytes());
        for record in &folder.records {
            bytes.extend((record.name.len() as u32).to_le_bytes());
            bytes.extend(record.name);
            record.facts.write(&mut bytes);
            bytes.push(record.digest.is_some().into());
            if let Some(digest) = record.digest {
                bytes.extend(digest.as_bytes());
            }
        }
        self.folders.push((folder.path.to_owned(), bytes));
    }

    /// The whole index.
    pub(super) fn finish(mut self, root: Facts) -> Vec<u8> {
        self.folders.sort();
        let mut bytes = MAGIC.to_vec();
        root.write(&mut bytes);
        bytes.extend((self.folders.len() as u32).to_le_bytes());
        for (_, folder) in self.folders {
            bytes.extend(folder);
        }
        bytes
    }
}

impl<'a> Index<'a> {
    /// Reads an index; `None` where it is none, or not of this version.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor(bytes.strip_prefix(MAGIC)?);
        let root = cursor.facts()?;
        let count = cursor.count()?;
        let folders = (0..count).map(|_| cursor.folder()).collect::<Option<_>>()?;
        cursor.0.is_empty().then_some(Self { root, folders })
    }
}

struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(bytes)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*bytes)
    }

    fn count(&mut self) -> Option<usize> {
        usize::try_from(u32::from_le_bytes(self.array()?)).ok()
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let length = self.count()?;
        self.bytes(length)
    }

    fn flag(&mut self) -> Option<bool> {
        let [byte] = self.array()?;
        Some(byte != 0)
    }

    fn time(&mut self) -> Option<(i64, u32)> {
        let seconds = i64::from_le_bytes(self.array()?);
        Some((seconds, u32::from_le_bytes(self.array()?)))
    }

    fn facts(&mut self) -> Option<Facts> {
        Some(Facts {
            mode: u32::from_le_bytes(self.array()?),
            size: u64::from_le_bytes(self.array()?),
            modified: self.time()?,
            changed: self.time()?,
            inode: u64::from_le_bytes(self.array()?),
        })
    }

    fn record(&mut self) -> Option<Record<'a>> {
        Some(Record {
            name: self.text()?,
            facts: self.facts()?,
            digest: if self.flag()? {
                Some(Sha256Digest::from_bytes(self.array()?))
            } else {
                None
            },
        })
    }

    fn folder(&mut self) -> Option<IndexedFolder<'a>> {
        let path = self.text()?;
        let is_closed = self.flag()?;
        let count = self.count()?;
        Some(IndexedFolder {
            path,
            is_closed,
            records: (0..count).map(|_| self.record()).collect::<Option<_>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(inode: u64) -> Facts {
        Facts {
            mode: 0o100_644,
            size: 7,
            modified: (-1, 5),
            changed: (1 << 33, 999_999_999),
            inode,
        }
    }

    fn written() -> Vec<u8> {
        let mut builder = IndexBuilder::default();
        for (path, inode) in [(&b"usr"[..], 2), (b"", 3)] {
            builder.add(&IndexedFolder {
                path,
                is_closed: inode == 2,
                records: vec![Record {
                    name: b"a",
                    facts: facts(inode),
                    digest: (inode == 3).then(|| Sha256Digest::of(b"")),
                }],
            });
        }
        builder.finish(facts(1))
    }

    #[test]
    fn what_is_written_is_read_sorted() {
        let bytes = written();
        let index = Index::read(&bytes).expect("an index");
        assert_eq!(index.root, facts(1));
        let [root, usr] = index.folders.as_slice() else {
            unreachable!("two folders");
        };
        assert_eq!((root.path, usr.path), (&b""[..], &b"usr"[..]));
        assert_eq!(root.records[0].digest, Some(Sha256Digest::of(b"")));
        assert_eq!(root.records[0].facts, facts(3));
        assert!(usr.is_closed && !root.is_closed);
    }

    #[test]
    fn what_is_cut_short_or_longer_is_no_index() {
        let bytes = written();
        for length in 0..bytes.len() {
            assert_eq!(Index::read(&bytes[..length]), None, "{length}");
        }
        assert_eq!(Index::read(&[&bytes[..], b"x"].concat()), None);
    }
}
