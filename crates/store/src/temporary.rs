//! A folder for half-written files: gone with its owner, or swept by the next one where the owner was killed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{About as _, StoreError};
use crate::lock::Lock;

/// A folder of this process alone, with its lock beside it.
#[derive(Debug)]
pub struct TemporaryFolder {
    path: PathBuf,
    lock_path: PathBuf,
    _lock: Lock,
}

impl TemporaryFolder {
    /// Makes a folder beneath `base`, after sweeping what dead owners left there.
    pub(crate) fn create(base: &Path) -> Result<Self, StoreError> {
        sweep(base)?;
        loop {
            let name = format!("{:016x}", rand::random::<u64>());
            let lock_path = base.join(format!("{name}.lock"));
            let Some(lock) = Lock::hold(&lock_path).writing(&lock_path)? else {
                continue;
            };
            let path = base.join(name);
            fs::create_dir(&path).writing(&path)?;
            return Ok(Self {
                path,
                lock_path,
                _lock: lock,
            });
        }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // What cannot be removed now is swept by the next owner: the lock's file stays for it.
        if remove(&self.path).is_ok() {
            let _ = fs::remove_file(&self.lock_path);
        }
    }
}

/// Removes the folders whose owners are dead. What cannot be removed stays for the next time.
fn sweep(base: &Path) -> Result<(), StoreError> {
    for entry in fs::read_dir(base).reading(base)? {
        let lock_path = entry.reading(base)?.path();
        if !is_lock_of_ours(&lock_path) {
            continue;
        }
        if let Ok(Some(_lock)) = Lock::take_over(&lock_path)
            && remove(&lock_path.with_extension("")).is_ok()
        {
            let _ = fs::remove_file(&lock_path);
        }
    }
    Ok(())
}

/// Whether the file is one that [`TemporaryFolder::create`] makes: 16 hexadecimal digits and `.lock`.
fn is_lock_of_ours(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.and_then(|name| name.strip_suffix(".lock"))
        .is_some_and(|digits| {
            digits.len() == 16 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
        })
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}
