//! The content of what enters: blobs, or what Git LFS pointers stand for, with their digests.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use git2::ObjectType;
use resow_manifest::digest::Sha256Digest;
use resow_manifest::source_tree::{SourceEntry, SourceKind, SourceTree};
use rustix::fs::{Mode, OFlags};
use sha2::{Digest as _, Sha256};

use super::SourceError;
use super::lfs::{LONGEST_POINTER, LfsPointer};
use super::objects::{Memory, Objects};
use super::selected_tree::{SelectedEntry, SelectedTree};

/// How many threads read objects; inflating is most of the work.
const THREADS: usize = 2;

/// How many entries a thread takes at a time.
const BATCH: usize = 16;

/// What is done with each file or link besides hashing it.
pub(crate) trait ContentSink: Sync {
    /// What it learns of an entry.
    type Learned: Send;

    /// Takes content that is in memory.
    fn take(&self, entry: &SelectedEntry, content: &[u8]) -> Result<Self::Learned, SourceError>;

    /// Takes content that lies in a file, handing each piece to `hash` as it is read.
    fn take_file(
        &self,
        entry: &SelectedEntry,
        file: &mut dyn std::io::Read,
        hash: &mut dyn FnMut(&[u8]),
    ) -> Result<Self::Learned, SourceError>;
}

/// Only hashes.
struct Nowhere;

impl ContentSink for Nowhere {
    type Learned = ();

    fn take(&self, _entry: &SelectedEntry, _content: &[u8]) -> Result<(), SourceError> {
        Ok(())
    }

    fn take_file(
        &self,
        entry: &SelectedEntry,
        file: &mut dyn std::io::Read,
        hash: &mut dyn FnMut(&[u8]),
    ) -> Result<(), SourceError> {
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = file
                .read(&mut buffer)
                .map_err(SourceError::file("read", entry.path.as_str()))?;
            if count == 0 {
                return Ok(());
            }
            hash(&buffer[..count]);
        }
    }
}

impl SelectedTree {
    /// The content as paths, kinds and digests, without writing it anywhere.
    ///
    /// # Errors
    /// Where an object, or a Git LFS file's content, is missing or damaged.
    pub fn identify(&self) -> Result<SourceTree, SourceError> {
        let entries = self
            .read_all(&Nowhere)?
            .into_iter()
            .map(|(index, entry, ())| (self.entries[index].path.clone(), entry))
            .collect();
        Ok(SourceTree { entries })
    }

    /// Reads and hashes every entry, on two threads, handing each to `sink`; gives the entries' indices with what was
    /// learnt, in no promised order.
    pub(crate) fn read_all<S: ContentSink>(
        &self,
        sink: &S,
    ) -> Result<Vec<(usize, SourceEntry, S::Learned)>, SourceError> {
        let next = AtomicUsize::new(0);
        let failed = AtomicBool::new(false);
        let work = || -> Result<Vec<_>, SourceError> {
            let mut reader = Reader::new(self);
            let mut done = Vec::new();
            loop {
                let start = next.fetch_add(BATCH, Ordering::Relaxed);
                if start >= self.entries.len() || failed.load(Ordering::Relaxed) {
                    return Ok(done);
                }
                let end = (start + BATCH).min(self.entries.len());
                for index in start..end {
                    match reader.read(&self.entries[index], sink) {
                        Ok((entry, learned)) => done.push((index, entry, learned)),
                        Err(error) => {
                            failed.store(true, Ordering::Relaxed);
                            return Err(error);
                        }
                    }
                }
            }
        };
        let threads = if self.entries.len() > BATCH {
            THREADS
        } else {
            1
        };
        let results: Vec<_> = std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let own = work();
            others
                .into_iter()
                .map(|thread| {
                    thread
                        .join()
                        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                })
                .chain([own])
                .collect()
        });
        let mut all = Vec::with_capacity(self.entries.len());
        for result in results {
            all.extend(result?);
        }
        Ok(all)
    }
}

/// One thread's repositories, opened when first needed.
struct Reader<'a> {
    tree: &'a SelectedTree,
    repositories: Vec<Option<Objects>>,
}

impl<'a> Reader<'a> {
    fn new(tree: &'a SelectedTree) -> Self {
        Self {
            tree,
            repositories: tree.git_folders.iter().map(|_| None).collect(),
        }
    }

    fn read<S: ContentSink>(
        &mut self,
        entry: &SelectedEntry,
        sink: &S,
    ) -> Result<(SourceEntry, S::Learned), SourceError> {
        let slot = &mut self.repositories[entry.repository];
        let objects = match slot {
            Some(objects) => objects,
            None => {
                let memory = if entry.repository == 0 {
                    self.tree.memory.clone()
                } else {
                    Memory::default()
                };
                slot.insert(Objects::open(
                    &self.tree.git_folders[entry.repository],
                    memory,
                )?)
            }
        };
        let place = entry.path.as_str();
        let outcome = objects.read(entry.oid, ObjectType::Blob, place, |content| {
            if entry.may_be_pointer
                && content.len() <= LONGEST_POINTER
                && let Some(pointer) = LfsPointer::parse(content)
            {
                return Ok(Err(pointer));
            }
            check_target(entry, content)?;
            let learned = sink.take(entry, content)?;
            let described = describe(entry.kind, Sha256Digest::of(content), content.len() as u64);
            Ok(Ok((described, learned)))
        })??;
        match outcome {
            Ok(read) => Ok(read),
            Err(pointer) => read_pointer(entry, pointer, objects.git.commondir(), sink),
        }
    }
}

fn describe(kind: SourceKind, digest: Sha256Digest, size: u64) -> SourceEntry {
    SourceEntry { kind, digest, size }
}

fn check_target(entry: &SelectedEntry, content: &[u8]) -> Result<(), SourceError> {
    let is_bad = entry.kind == SourceKind::Link
        && (content.is_empty() || content.len() > 4095 || content.contains(&0));
    if is_bad {
        return Err(SourceError::LinkTarget {
            path: entry.path.to_string(),
        });
    }
    Ok(())
}

/// Reads what a Git LFS pointer stands for, and checks that it is that.
fn read_pointer<S: ContentSink>(
    entry: &SelectedEntry,
    pointer: LfsPointer,
    common_folder: &Path,
    sink: &S,
) -> Result<(SourceEntry, S::Learned), SourceError> {
    let missing = || SourceError::MissingLfs {
        path: entry.path.to_string(),
        object: pointer.digest.hex(),
    };
    let path: PathBuf = pointer.content_path(common_folder);
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::open(&path, flags, Mode::empty()).map_err(|_| missing())?;
    let mut hasher = Sha256::new();
    let mut size = 0_u64;
    let mut hash = |piece: &[u8]| {
        hasher.update(piece);
        size += piece.len() as u64;
    };
    // One byte more than promised shows that there is more, without reading all of it.
    let mut limited = File::from(file).take(pointer.size.saturating_add(1));
    let learned = sink.take_file(entry, &mut limited, &mut hash)?;
    let digest = Sha256Digest::from_bytes(hasher.finalize().into());
    if digest != pointer.digest || size != pointer.size {
        return Err(SourceError::DamagedLfs {
            path: entry.path.to_string(),
            object: pointer.digest.hex(),
        });
    }
    Ok((describe(entry.kind, digest, size), learned))
}
