//! Files that are whole or not there: written aside, synced, renamed, and their folder synced.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use crate::error::{About as _, StoreError};

/// Everybody may read it; nobody changes it by accident.
pub(crate) const READ_ONLY: u32 = 0o444;

/// Writes `bytes` to `path` through the file `aside` on the same file system; what stood at `path` is replaced.
pub(crate) fn write_whole(aside: &Path, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let written = write_aside(aside, path, bytes);
    if written.is_err() {
        let _ = fs::remove_file(aside);
    }
    written?;
    if let Some(folder) = path.parent() {
        sync_folder(folder)?;
    }
    Ok(())
}

fn write_aside(aside: &Path, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let mut file = create(aside)?;
    file.write_all(bytes).writing(path)?;
    file.sync_all().writing(path)?;
    fs::rename(aside, path).writing(path)
}

/// Makes a file that nobody else has made.
pub(crate) fn create(path: &Path) -> Result<File, StoreError> {
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(READ_ONLY)
        .open(path)
        .writing(path)?;
    // Whatever the user's mask takes away: a run's own user must be able to read an input out of the store.
    let mode = fs::Permissions::from_mode(READ_ONLY);
    file.set_permissions(mode).writing(path)?;
    Ok(file)
}

/// Makes the names in `folder` durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    let opened = File::open(folder).reading(folder)?;
    opened.sync_all().writing(folder)
}

/// Makes a folder where none is.
pub(crate) fn ensure_folder(path: &Path) -> Result<(), StoreError> {
    match fs::create_dir(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let metadata = fs::symlink_metadata(path).reading(path)?;
            if metadata.is_dir() {
                return Ok(());
            }
            let path = path.to_owned();
            Err(StoreError::NotAFolder { path })
        }
        made => made.writing(path),
    }
}

/// The names in a folder; none where the folder is missing.
pub(crate) fn names(folder: &Path) -> Result<Vec<String>, StoreError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.reading(folder)?,
    };
    entries
        .map(|entry| Ok(entry.reading(folder)?.file_name()))
        .filter_map(|name| name.map(|name| name.into_string().ok()).transpose())
        .collect()
}
