//! A folder for half-written files: gone with its owner, or swept by the next one where the owner was killed.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{About as _, StoreError};
use crate::lock::Lock;
use crate::writing::names;

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
pub(crate) fn sweep(base: &Path) -> Result<(), StoreError> {
    for name in owners(base)? {
        let lock_path = base.join(format!("{name}.lock"));
        if let Ok(Some(_lock)) = Lock::take_over(&lock_path)
            && remove(&base.join(name)).is_ok()
        {
            let _ = fs::remove_file(&lock_path);
        }
    }
    Ok(())
}

/// Whose folders or locks lie in `base`. A lock is made before its folder and goes after it; after a power cut, either
/// may be there alone.
fn owners(base: &Path) -> Result<BTreeSet<String>, StoreError> {
    let names = names(base)?;
    let owners = names.iter().filter_map(|name| owner_of(name));
    Ok(owners.map(str::to_owned).collect())
}

/// Whose a file is that [`TemporaryFolder::create`] makes: 16 hexadecimal digits, and the same with `.lock`.
pub(crate) fn owner_of(name: &str) -> Option<&str> {
    let digits = name.strip_suffix(".lock").unwrap_or(name);
    let is_ours = digits.len() == 16
        && digits
            .bytes()
            .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    is_ours.then_some(digits)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}
