//! The store's own folder: its identity, its folders, who may write, and what does not belong there.

use std::fs;
use std::io;
use std::path::Path;

use rustix::fs::{Access, AtFlags, CWD, accessat};
use rustix::io::Errno;

use super::finding::{EntryKind, Fault};
use super::survey::{Survey, is_missing, kind_of};
use crate::error::{About as _, StoreError};
use crate::identity::StoreId;
use crate::store::{FOLDERS, IDENTITY, IGNORE, LOCK, Store};

/// Where repairs put what is damaged.
pub(crate) const DAMAGED: &str = "damaged";

/// Whether there is a store to look at. A newer one is an error: what it holds is not known here.
pub(super) fn is_there(root: &Path) -> Result<bool, StoreError> {
    let path = root.join(Store::FOLDER);
    match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Ok(metadata) if !metadata.is_dir() => Err(StoreError::NotAFolder { path }),
        looked => looked.reading(&path).map(|_| true),
    }
}

impl Survey<'_> {
    pub(super) fn identity(&mut self) -> Result<(), StoreError> {
        let path = self.folder(IDENTITY);
        let text = match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.find(&path, Fault::MissingIdentity);
                return Ok(());
            }
            Ok(metadata) if !metadata.is_file() => {
                let found = kind_of(&metadata);
                self.find(&path, Fault::NotAFile { found });
                return Ok(());
            }
            _ => fs::read(&path),
        };
        match text {
            Err(source) => self.find(&path, Fault::Unreadable { source }),
            Ok(text) => match StoreId::from_json(&text, &self.folder("")) {
                Err(newer @ StoreError::Newer { .. }) => return Err(newer),
                Err(source) => self.find(&path, Fault::Identity { source }),
                Ok(_) => {}
            },
        }
        Ok(())
    }

    pub(super) fn layout(&mut self) {
        for name in FOLDERS {
            let path = self.folder(name);
            match fs::symlink_metadata(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    self.find(&path, Fault::MissingFolder);
                }
                Err(source) => self.find(&path, Fault::Unreadable { source }),
                Ok(metadata) if !metadata.is_dir() => {
                    let found = kind_of(&metadata);
                    self.find(&path, Fault::NotAFolder { found });
                }
                Ok(_) => {}
            }
        }
        if is_missing(&self.folder(IGNORE)) {
            self.find(&self.folder(IGNORE), Fault::MissingIgnore);
        }
        let lock = self.folder(LOCK);
        if let Ok(metadata) = fs::symlink_metadata(&lock)
            && !metadata.is_file()
        {
            let found = kind_of(&metadata);
            self.find(&lock, Fault::NotAFile { found });
        }
        self.strangers();
        self.permissions();
    }

    fn strangers(&mut self) {
        let files = [IDENTITY, IGNORE, LOCK];
        for entry in self.list(&self.folder("")) {
            let name = entry.name.as_str();
            let is_known = FOLDERS.contains(&name) || name == DAMAGED || files.contains(&name);
            if !is_known {
                self.find(&entry.path, Fault::UnknownEntry);
            }
        }
    }

    /// One finding where the whole store cannot be written, else one for each folder.
    fn permissions(&mut self) {
        let store = self.root.join(Store::FOLDER);
        if let Err(source) = writable(&store) {
            self.find(&store, Fault::NotWritable { source });
            return;
        }
        for entry in self.list(&store) {
            if entry.kind == EntryKind::Folder
                && let Err(source) = writable(&entry.path)
            {
                self.find(&entry.path, Fault::NotWritable { source });
            }
        }
    }
}

/// Whether this process may make files in a folder.
fn writable(folder: &Path) -> io::Result<()> {
    match accessat(
        CWD,
        folder,
        Access::WRITE_OK | Access::EXEC_OK,
        AtFlags::EACCESS,
    ) {
        // Gone meanwhile, or not to be told: whoever writes will see.
        Err(Errno::NOENT | Errno::NOSYS) => Ok(()),
        looked => Ok(looked?),
    }
}
