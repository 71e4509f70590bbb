//! Removes roots that nobody made whole, or that were set aside, once nobody holds them.

use std::collections::BTreeSet;
use std::fs;
use std::io;

use super::error::RootFileSystemError;
use super::file_lock::FileLock;
use super::registration::is_root_name;
use super::roots::RootFileSystems;

/// How the names of temporary files begin, as `tempfile` makes them.
const TEMPORARY: &str = ".tmp";

impl RootFileSystems {
    /// Removes what was left half made by processes that ended, and what was discarded and is held by none.
    ///
    /// # Errors
    /// When something cannot be read or removed.
    pub fn sweep(&self) -> Result<(), RootFileSystemError> {
        self.sweep_temporary_files()?;
        let registered = self.registered()?;
        for name in self.root_names()?.difference(&registered) {
            let place = self.place(name);
            let lock = FileLock::try_exclusive(&place.lock)
                .map_err(RootFileSystemError::file("lock", &place.lock))?;
            // Whoever made it registered it before letting go of its lock.
            if lock.is_some() && !self.registered()?.contains(name) {
                place.remove()?;
            }
        }
        Ok(())
    }

    fn registered(&self) -> Result<BTreeSet<String>, RootFileSystemError> {
        let registrations = self.registrations()?;
        Ok(registrations
            .into_iter()
            .map(|registration| registration.root)
            .collect())
    }

    /// The names of all roots, those with nothing but a lock too.
    fn root_names(&self) -> Result<BTreeSet<String>, RootFileSystemError> {
        let names = self.names_in("roots")?;
        let roots = names
            .iter()
            .map(|name| name.strip_suffix(".lock").unwrap_or(name));
        Ok(roots
            .filter(|name| is_root_name(name))
            .map(str::to_owned)
            .collect())
    }

    fn sweep_temporary_files(&self) -> Result<(), RootFileSystemError> {
        // Who writes them holds this lock: any that are there are left over.
        let _lock = self.lock_names()?;
        for part in ["images", "references"] {
            for name in self.names_in(part)? {
                if name.starts_with(TEMPORARY) {
                    let path = self.part(part).join(name);
                    fs::remove_file(&path).map_err(RootFileSystemError::file("remove", &path))?;
                }
            }
        }
        Ok(())
    }

    fn names_in(&self, part: &str) -> Result<Vec<String>, RootFileSystemError> {
        let folder = self.part(part);
        let read = || -> io::Result<Vec<String>> {
            let names = fs::read_dir(&folder)?.map(|entry| Ok(entry?.file_name()));
            let names: Vec<_> = names.collect::<io::Result<_>>()?;
            Ok(names
                .into_iter()
                .filter_map(|name| name.into_string().ok())
                .collect())
        };
        read().map_err(RootFileSystemError::file("read", &folder))
    }
}
