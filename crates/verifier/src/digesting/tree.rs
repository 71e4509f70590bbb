//! Many files at once: threads take runs of neighbouring paths, so that each folder is opened once or twice.

use std::os::fd::{AsFd as _, BorrowedFd};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use resow_manifest::workspace_path::WorkspacePath;

use super::budget::Budget;
use super::error::DigestError;
use super::file::{BUFFER, Content, DigestedFile, Stop, digest_file};
use super::opening::{Opened, Opener, open_root};
use super::options::DigestOptions;
use super::refusal::{Refusal, RefusalReason};
use super::sink::BlobSink;

/// How many neighbouring paths a thread takes at once, at most.
const LONGEST_RUN: usize = 16;

/// What was hashed and what was refused, each sorted by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digested {
    /// What was hashed.
    pub files: Vec<DigestedFile>,
    /// What was refused.
    pub refused: Vec<Refusal>,
}

struct Work<'a, S> {
    root: BorrowedFd<'a>,
    paths: &'a [WorkspacePath],
    run: usize,
    next: AtomicUsize,
    sink: &'a S,
    budget: Budget,
    limit: u64,
}

/// Digests of the files and links at `paths` beneath `root`. A folder is recorded as an empty one: its files are asked
/// for by their own paths.
///
/// # Errors
/// When the root cannot be read or the sink fails; a file that cannot be hashed is refused, which is no error.
pub fn digest_files<S: BlobSink>(
    root: &Path,
    paths: &[WorkspacePath],
    sink: &S,
    options: &DigestOptions,
) -> Result<Digested, DigestError<S::Error>> {
    let limits = options.limits;
    if paths.len() > limits.files {
        let limit = limits.files;
        return Ok(Digested {
            files: Vec::new(),
            refused: vec![Refusal::new(".", RefusalReason::TooMany { limit })],
        });
    }
    let folder = open_root(root).map_err(|errno| DigestError::Folder {
        path: root.to_owned(),
        source: errno.into(),
    })?;
    let mut sorted: Vec<WorkspacePath> = paths.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let threads = options.thread_count().clamp(1, sorted.len().max(1));
    let work = Work {
        root: folder.as_fd(),
        paths: &sorted,
        // Short runs where files are few: they may be large, and each thread should have some.
        run: (sorted.len() / (threads * 8)).clamp(1, LONGEST_RUN),
        next: AtomicUsize::new(0),
        sink,
        budget: Budget::new(limits.bytes),
        limit: limits.bytes,
    };
    work.run(threads)
}

impl<S: BlobSink> Work<'_, S> {
    fn run(&self, threads: usize) -> Result<Digested, DigestError<S::Error>> {
        let mut total = Digested::default();
        if threads <= 1 {
            self.digest_some(&mut total).map_err(DigestError::Sink)?;
        } else {
            let parts = std::thread::scope(|scope| {
                let handles: Vec<_> = (0..threads)
                    .map(|_| {
                        scope.spawn(|| {
                            let mut part = Digested::default();
                            self.digest_some(&mut part).map(|()| part)
                        })
                    })
                    .collect();
                handles
                    .into_iter()
                    .map(|handle| {
                        handle
                            .join()
                            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                    })
                    .collect::<Vec<_>>()
            });
            for part in parts {
                let part = part.map_err(DigestError::Sink)?;
                total.files.extend(part.files);
                total.refused.extend(part.refused);
            }
        }
        total.files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        total.refused.sort_unstable();
        Ok(total)
    }

    /// Hashes runs of paths until none is left; after a failure of the sink, all threads stop.
    fn digest_some(&self, part: &mut Digested) -> Result<(), S::Error> {
        let mut opener = Opener::new(self.root);
        let mut buffer = vec![0; BUFFER];
        loop {
            let first = self.next.fetch_add(self.run, Ordering::Relaxed);
            let Some(rest) = self.paths.get(first..).filter(|rest| !rest.is_empty()) else {
                return Ok(());
            };
            for path in &rest[..rest.len().min(self.run)] {
                if self.budget.is_stopped() {
                    return Ok(());
                }
                match self.digest_one(path, &mut opener, &mut buffer) {
                    Ok(content) => part.files.push(DigestedFile {
                        path: path.clone(),
                        content,
                    }),
                    Err(Stop::Refused(reason)) => {
                        part.refused.push(Refusal::new(path.as_str(), reason));
                    }
                    Err(Stop::Sink(error)) => {
                        self.budget.stop();
                        return Err(error);
                    }
                }
            }
        }
    }

    fn digest_one(
        &self,
        path: &WorkspacePath,
        opener: &mut Opener<'_>,
        buffer: &mut [u8],
    ) -> Result<Content, Stop<S::Error>> {
        match opener.open(path.as_str())? {
            Opened::Link(target) => Ok(Content::Link { target }),
            Opened::Folder => Ok(Content::EmptyFolder),
            Opened::File(file, stat) => {
                digest_file(&file, &stat, self.sink, &self.budget, self.limit, buffer)
            }
        }
    }
}
