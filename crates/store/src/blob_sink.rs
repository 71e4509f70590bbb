//! Content on its way into the store: all of it, or none.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use resow_manifest::digest::Sha256Digest;
use resow_verifier::digesting::{BlobSink, BlobWriter};
use sha2::{Digest as _, Sha256};

use crate::error::{About as _, StoreError};
use crate::store::Store;
use crate::writing::{create, ensure_folder, sync_folder};

/// Up to this many files are synced one by one; for more, the whole file system is synced once, which is faster.
const FEW: usize = 64;

/// Takes content. It enters the store, durably, with [`StoreSink::commit`]; dropped before, nothing is left of it.
///
/// Content that the store has already is replaced by the same bytes: these were just hashed, those may have decayed.
#[derive(Debug)]
pub struct StoreSink<'a> {
    store: &'a Store,
    pending: Mutex<Vec<Pending>>,
}

#[derive(Debug)]
struct Pending {
    aside: PathBuf,
    digest: Sha256Digest,
}

/// Takes the content of one file.
#[derive(Debug)]
pub struct StoreWriter<'a> {
    sink: &'a Mutex<Vec<Pending>>,
    aside: PathBuf,
    file: File,
    finished: bool,
}

impl Store {
    /// Where content is put that should enter the store.
    pub fn blob_sink(&self) -> StoreSink<'_> {
        StoreSink {
            store: self,
            pending: Mutex::new(Vec::new()),
        }
    }
}

impl<'a> BlobSink for &'a StoreSink<'a> {
    type Error = StoreError;
    type Writer = StoreWriter<'a>;

    fn begin(&self) -> Result<StoreWriter<'a>, StoreError> {
        let aside = self.store.aside()?;
        Ok(StoreWriter {
            sink: &self.pending,
            file: create(&aside)?,
            aside,
            finished: false,
        })
    }
}

impl BlobWriter for StoreWriter<'_> {
    type Error = StoreError;

    fn write(&mut self, piece: &[u8]) -> Result<(), StoreError> {
        self.file.write_all(piece).writing(&self.aside)
    }

    fn finish(mut self, digest: &Sha256Digest) -> Result<(), StoreError> {
        self.finished = true;
        let mut pending = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        pending.push(Pending {
            aside: std::mem::take(&mut self.aside),
            digest: *digest,
        });
        Ok(())
    }
}

impl Drop for StoreWriter<'_> {
    fn drop(&mut self) {
        if !self.finished {
            let _ = fs::remove_file(&self.aside);
        }
    }
}

impl StoreSink<'_> {
    /// Takes everything that `content` gives; its digest and length.
    ///
    /// # Errors
    /// When it cannot be read or stored.
    pub fn add(&self, mut content: impl Read) -> Result<(Sha256Digest, u64), StoreError> {
        let mut writer = (&self).begin()?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 64 << 10];
        let mut size = 0;
        loop {
            let read = match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(StoreError::reading(&writer.aside, error)),
            };
            hasher.update(&buffer[..read]);
            writer.write(&buffer[..read])?;
            size += read as u64;
        }
        let digest = Sha256Digest::from_bytes(hasher.finalize().into());
        writer.finish(&digest)?;
        Ok((digest, size))
    }

    /// Makes everything that was taken durable, then gives it its names, then makes the names durable.
    ///
    /// # Errors
    /// When that fails; what has no name then is dropped, and what has one is whole.
    pub fn commit(self) -> Result<(), StoreError> {
        let pending = {
            let mut held = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
            held.sort_by_key(|blob| blob.digest);
            std::mem::take(&mut *held)
        };
        let committed = self.store.commit_blobs(&pending);
        if committed.is_err() {
            discard(&pending);
        }
        committed
    }
}

impl Drop for StoreSink<'_> {
    fn drop(&mut self) {
        let held = self.pending.get_mut();
        discard(held.unwrap_or_else(PoisonError::into_inner));
    }
}

fn discard(pending: &[Pending]) {
    for blob in pending {
        let _ = fs::remove_file(&blob.aside);
    }
}

impl Store {
    fn commit_blobs(&self, pending: &[Pending]) -> Result<(), StoreError> {
        if pending.is_empty() {
            return Ok(());
        }
        let _storing = self.storing()?;
        let base = self.folder("blobs");
        if pending.len() <= FEW {
            for blob in pending {
                sync_file(&blob.aside)?;
            }
        } else {
            sync_file_system(&base)?;
        }
        let mut folders = BTreeSet::from([base.clone()]);
        for blob in pending {
            let path = self.blob_path(&blob.digest);
            if let Some(folder) = path.parent()
                && folders.insert(folder.to_owned())
            {
                ensure_folder(folder)?;
            }
            fs::rename(&blob.aside, &path).writing(&path)?;
        }
        if pending.len() <= FEW {
            folders.iter().try_for_each(|folder| sync_folder(folder))
        } else {
            sync_file_system(&base)
        }
    }
}

fn sync_file(path: &Path) -> Result<(), StoreError> {
    let file = File::open(path).reading(path)?;
    file.sync_data().writing(path)
}

fn sync_file_system(path: &Path) -> Result<(), StoreError> {
    let folder = File::open(path).reading(path)?;
    rustix::fs::syncfs(&folder).writing(path)
}
