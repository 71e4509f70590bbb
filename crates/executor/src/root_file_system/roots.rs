//! All root file systems of a user.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use resow_manifest::digest::Sha256Digest;
use resow_manifest::identifiers::ImageId;
use resow_manifest::manifest::ImageReference;

use super::error::RootFileSystemError;
use super::file_lock::FileLock;
use super::held_root::HeldRoot;
use super::new_root::RootPlace;
use super::registration::{self, Registration, RememberedReference};
use crate::engine::ImageSelector;
use crate::image::identity::ImageIdentity;

/// The folder with all root file systems of a user.
#[derive(Clone, Debug)]
pub struct RootFileSystems {
    folder: PathBuf,
    pub(super) reserve: Option<u64>,
}

/// The folders in it.
const PARTS: [&str; 4] = ["images", "references", "roots", "locks"];

impl RootFileSystems {
    /// Opens the folder with all root file systems, made where it is not there.
    ///
    /// # Errors
    /// When it is a link, is another user's, or others may write to it: they could change what is in it.
    pub fn open(folder: &Path) -> Result<Self, RootFileSystemError> {
        if let Some(above) = folder.parent() {
            fs::create_dir_all(above).map_err(RootFileSystemError::file("make", above))?;
        }
        make_private(folder)?;
        for part in PARTS {
            make_private(&folder.join(part))?;
        }
        Ok(Self {
            folder: folder.to_owned(),
            reserve: None,
        })
    }

    /// Leaves this many bytes of the file system free, instead of 1 GiB or the 5 % that are less.
    #[must_use]
    pub fn with_reserve(self, bytes: u64) -> Self {
        Self {
            reserve: Some(bytes),
            ..self
        }
    }

    /// The image that is meant, where it is unpacked.
    ///
    /// # Errors
    /// When what is known of it cannot be read.
    pub fn find(
        &self,
        selector: &ImageSelector,
    ) -> Result<Option<ImageIdentity>, RootFileSystemError> {
        let found = match selector {
            ImageSelector::Id(id) => self.registration(id)?,
            ImageSelector::Reference(reference) => {
                let remembered = RememberedReference::read(&self.reference_path(reference))?;
                let remembered =
                    remembered.filter(|remembered| remembered.reference == reference.to_string());
                match remembered {
                    Some(remembered) => self.registration(&remembered.id)?,
                    None => None,
                }
            }
            ImageSelector::Layers(layers) => {
                let registrations = self.registrations()?;
                registrations
                    .into_iter()
                    .find(|registration| &registration.image.layers == layers)
            }
        };
        Ok(found.map(|registration| registration.image))
    }

    /// The images that are unpacked.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub fn images(&self) -> Result<Vec<ImageIdentity>, RootFileSystemError> {
        let all = self.registrations()?.into_iter();
        Ok(all.map(|registration| registration.image).collect())
    }

    /// Remembers that `reference` is the image `id`, as whoever pulled it found.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn remember(
        &self,
        reference: &ImageReference,
        id: &ImageId,
    ) -> Result<(), RootFileSystemError> {
        let _lock = self.lock_names()?;
        let remembered = RememberedReference::new(reference.to_string(), *id);
        registration::write(&self.reference_path(reference), &remembered)
    }

    /// The root of the image `id`, which stays as long as it is held; `None` where it is not unpacked.
    ///
    /// # Errors
    /// When what is known of it cannot be read.
    pub fn hold(&self, id: &ImageId) -> Result<Option<HeldRoot>, RootFileSystemError> {
        while let Some(registration) = self.registration(id)? {
            let place = self.place(&registration.root);
            let failed = |error| RootFileSystemError::file("lock", &place.lock)(error);
            let lock = FileLock::shared(&place.lock).map_err(failed)?;
            // It may have been discarded and swept away before it was locked.
            if lock.is_removed().map_err(failed)?
                || self.registration(id)?.as_ref() != Some(&registration)
            {
                continue;
            }
            return Ok(Some(HeldRoot {
                roots: self.clone(),
                registration,
                place,
                _lock: lock,
            }));
        }
        Ok(None)
    }

    /// What is registered for the image.
    pub(super) fn registration(
        &self,
        id: &ImageId,
    ) -> Result<Option<Registration>, RootFileSystemError> {
        let read = Registration::read(&self.registration_path(id))?;
        Ok(read.filter(|registration| registration.image.id == *id))
    }

    /// All that are registered.
    pub(super) fn registrations(&self) -> Result<Vec<Registration>, RootFileSystemError> {
        let images = self.folder.join("images");
        let failed = |error| RootFileSystemError::file("read", &images)(error);
        let mut found = Vec::new();
        for entry in fs::read_dir(&images).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                found.extend(Registration::read(&path)?);
            }
        }
        Ok(found)
    }

    pub(super) fn register(&self, registration: &Registration) -> Result<(), RootFileSystemError> {
        let _lock = self.lock_names()?;
        registration::write(
            &self.registration_path(&registration.image.id),
            registration,
        )
    }

    /// Forgets a registration, unless there is another by now.
    pub(super) fn unregister(&self, known: &Registration) -> Result<(), RootFileSystemError> {
        let _lock = self.lock_names()?;
        let path = self.registration_path(&known.image.id);
        if self.registration(&known.image.id)?.as_ref() != Some(known) {
            return Ok(());
        }
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(RootFileSystemError::file("remove", &path)),
        }
    }

    /// Held for a moment by whoever changes what is registered or remembered.
    pub(super) fn lock_names(&self) -> Result<FileLock, RootFileSystemError> {
        let path = self.folder.join("locks").join("names");
        FileLock::exclusive(&path).map_err(RootFileSystemError::file("lock", &path))
    }

    /// Held by who unpacks the image `id`.
    pub(super) fn unpacking_lock(&self, id: &ImageId) -> PathBuf {
        self.folder.join("locks").join(id.digest().hex())
    }

    pub(super) fn place(&self, name: &str) -> RootPlace {
        RootPlace::new(&self.part("roots"), name)
    }

    pub(super) fn part(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn registration_path(&self, id: &ImageId) -> PathBuf {
        self.part("images")
            .join(format!("{}.json", id.digest().hex()))
    }

    fn reference_path(&self, reference: &ImageReference) -> PathBuf {
        let name = Sha256Digest::of(reference.to_string().as_bytes()).hex();
        self.part("references").join(format!("{name}.json"))
    }
}

/// Makes a folder that is this user's alone, or checks that it is.
fn make_private(path: &Path) -> Result<(), RootFileSystemError> {
    match fs::DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => made.map_err(RootFileSystemError::file("make", path))?,
    }
    let refused = |problem| RootFileSystemError::Folder {
        path: path.to_owned(),
        problem,
    };
    let found = fs::symlink_metadata(path).map_err(RootFileSystemError::file("look at", path))?;
    if !found.is_dir() {
        return Err(refused("is no folder itself"));
    }
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(refused("belongs to another user"));
    }
    if found.mode() & 0o022 != 0 {
        return Err(refused("can be written to by other users"));
    }
    if found.mode() & 0o777 != 0o700 {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        fs::set_permissions(path, mode).map_err(RootFileSystemError::file("protect", path))?;
    }
    Ok(())
}
