//! What a command prints, saved while it runs.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::ExecuteError;
use crate::event::{Event, Stream};

/// Both streams of the command, as files.
pub(super) struct SavedStreams {
    stdout: SavedStream,
    stderr: SavedStream,
    bytes: Arc<AtomicU64>,
    failed: Option<ExecuteError>,
}

struct SavedStream {
    path: PathBuf,
    file: File,
}

impl SavedStream {
    fn create(path: PathBuf) -> Result<Self, ExecuteError> {
        match File::create(&path) {
            Ok(file) => Ok(Self { path, file }),
            Err(source) => Err(ExecuteError::Write { path, source }),
        }
    }
}

impl SavedStreams {
    /// Both files, empty, in the run's folder.
    pub(super) fn create(folder: &Path) -> Result<Self, ExecuteError> {
        Ok(Self {
            stdout: SavedStream::create(folder.join("stdout"))?,
            stderr: SavedStream::create(folder.join("stderr"))?,
            bytes: Arc::default(),
            failed: None,
        })
    }

    /// How many bytes both have, for whoever watches the disk limit.
    pub(super) fn counter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.bytes)
    }

    /// Appends what an event carries.
    pub(super) fn save(&mut self, event: &Event<'_>) {
        let Event::Output { stream, bytes } = event else {
            return;
        };
        let saved = match stream {
            Stream::StandardOutput => &mut self.stdout,
            Stream::StandardError => &mut self.stderr,
        };
        match saved.file.write_all(bytes) {
            Ok(()) => {
                self.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            }
            Err(source) => {
                // Over every limit: whoever watches the disk stops a run whose streams cannot be saved.
                self.bytes.store(u64::MAX / 2, Ordering::Relaxed);
                let path = saved.path.clone();
                self.failed
                    .get_or_insert(ExecuteError::Write { path, source });
            }
        }
    }

    /// The files of the standard output and the standard error.
    pub(super) fn finish(self) -> Result<(PathBuf, PathBuf), ExecuteError> {
        match self.failed {
            Some(error) => Err(error),
            None => Ok((self.stdout.path, self.stderr.path)),
        }
    }
}
