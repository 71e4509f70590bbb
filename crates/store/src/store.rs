//! The store of a repository: its folder, its identity and its parts.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::error::{About as _, StoreError};
use crate::identity::StoreId;
use crate::lock::Lock;
use crate::temporary::TemporaryFolder;
use crate::writing::{ensure_folder, sync_folder, write_whole};

/// The folders of a store.
pub(crate) const FOLDERS: [&str; 10] = [
    "tmp",
    "records",
    "plans",
    "blobs",
    "images",
    "runs",
    "sources",
    "cache",
    "downloads",
    "diagnoses",
];

/// The file that says what the store is.
pub(crate) const IDENTITY: &str = "store.json";

/// The file that keeps git from tracking the store, and what it says.
pub(crate) const IGNORE: &str = ".gitignore";
pub(crate) const IGNORE_TEXT: &[u8] = b"*\n";

/// The file that whoever stores something shares, and whoever repairs has alone.
pub(crate) const LOCK: &str = "lock";

/// The store under `.resow/`. Several processes and threads may use one at once.
#[derive(Debug)]
pub struct Store {
    root: PathBuf,
    path: PathBuf,
    id: StoreId,
    temporary: Mutex<Option<TemporaryFolder>>,
    next: AtomicU64,
}

impl Store {
    /// The folder's name, in the root of the work tree.
    pub const FOLDER: &str = ".resow";

    /// Opens the store of the work tree at `root`, and makes it on first use.
    ///
    /// # Errors
    /// When it cannot be made or read, is damaged, a newer one, or not a folder (a link to one is refused too).
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        let path = root.join(Self::FOLDER);
        ensure_folder(&path)?;
        let identity = path.join(IDENTITY);
        let text = match fs::read(&identity) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make(root, &path)?;
                fs::read(&identity).reading(&identity)?
            }
            read => read.reading(&identity)?,
        };
        let store = Self::with(root, path, &text)?;
        store.mend()?;
        Ok(store)
    }

    /// Opens the store of the work tree at `root` for reading alone: nothing is made, and nothing written. `None` where
    /// there is none yet.
    ///
    /// # Errors
    /// When it cannot be read, is damaged, a newer one, or not a folder (a link to one is refused too).
    pub fn open_to_read(root: &Path) -> Result<Option<Self>, StoreError> {
        let path = root.join(Self::FOLDER);
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Ok(metadata) if !metadata.is_dir() => return Err(StoreError::NotAFolder { path }),
            looked => looked.reading(&path)?,
        };
        let identity = path.join(IDENTITY);
        match fs::read(&identity) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            read => Self::with(root, path, &read.reading(&identity)?).map(Some),
        }
    }

    fn with(root: &Path, path: PathBuf, identity: &[u8]) -> Result<Self, StoreError> {
        Ok(Self {
            root: root.to_owned(),
            id: StoreId::from_json(identity, &path)?,
            path,
            temporary: Mutex::new(None),
            next: AtomicU64::new(0),
        })
    }

    /// The identity of the store.
    pub fn id(&self) -> &StoreId {
        &self.id
    }

    /// What marks something in an engine as this store's: its identity, and the folder that it is. A copy of the store
    /// has the same identity and is another folder: neither removes what is the other's.
    ///
    /// # Errors
    /// When the folder cannot be looked at.
    pub fn owner(&self) -> Result<String, StoreError> {
        let folder = fs::metadata(&self.path).reading(&self.path)?;
        Ok(format!("{}-{}-{}", self.id, folder.dev(), folder.ino()))
    }

    /// The root of the work tree that the store is of.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The store's own folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where exports of sources are cached; the store only gives the place.
    pub fn sources(&self) -> PathBuf {
        self.folder("sources")
    }

    /// Where digests of inputs and the like are cached; the store only gives the place.
    pub fn cache(&self) -> PathBuf {
        self.folder("cache")
    }

    /// Where downloads are kept; the store only gives the place.
    pub fn downloads(&self) -> PathBuf {
        self.folder("downloads")
    }

    /// A folder for half-written files, gone with its value.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn temporary_folder(&self) -> Result<TemporaryFolder, StoreError> {
        TemporaryFolder::create(&self.folder("tmp"))
    }

    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// A path for a half-written file, which nobody else uses.
    pub(crate) fn aside(&self) -> Result<PathBuf, StoreError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut temporary = self
            .temporary
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let folder = match &mut *temporary {
            Some(folder) => folder,
            none => none.insert(TemporaryFolder::create(&self.path.join("tmp"))?),
        };
        Ok(folder.path().join(number.to_string()))
    }

    /// Held while something is stored, together with others who store: whoever repairs waits for all of them.
    pub(crate) fn storing(&self) -> Result<Lock, StoreError> {
        let path = self.folder(LOCK);
        Lock::share(&path).writing(&path)
    }

    /// Held by whoever changes what others may be looking at: nobody stores anything meanwhile.
    pub(crate) fn alone(&self) -> Result<Lock, StoreError> {
        let path = self.folder(LOCK);
        Lock::alone(&path).writing(&path)
    }

    /// Makes folders that are missing; an index that is missing is made from the records.
    fn mend(&self) -> Result<(), StoreError> {
        for name in FOLDERS {
            let folder = self.folder(name);
            let is_missing = fs::symlink_metadata(&folder).is_err();
            // One that is there must be a folder and no link to one: a store is written to and swept.
            ensure_folder(&folder)?;
            if is_missing {
                sync_folder(&self.path)?;
            }
            if is_missing && name == "plans" {
                self.rebuild_index()?;
            }
        }
        Ok(())
    }
}

/// Makes a store. The identity comes last, so that a store that has one is whole; of two processes, the first one's
/// identity holds.
fn make(root: &Path, path: &Path) -> Result<(), StoreError> {
    for name in FOLDERS {
        ensure_folder(&path.join(name))?;
    }
    let temporary = TemporaryFolder::create(&path.join("tmp"))?;
    let ignore = path.join(IGNORE);
    write_whole(&temporary.path().join("ignore"), &ignore, IGNORE_TEXT)?;
    write_identity(path, &temporary)?;
    sync_folder(path)?;
    // The name of the folder itself: without it, a power cut could take away all that was stored in it.
    sync_folder(root)
}

/// Gives a store that has none a new identity.
pub(crate) fn write_identity(path: &Path, temporary: &TemporaryFolder) -> Result<(), StoreError> {
    let identity = path.join(IDENTITY);
    let aside = temporary.path().join("identity");
    let staged = temporary.path().join("staged");
    write_whole(&aside, &staged, StoreId::random().to_json().as_bytes())?;
    match fs::hard_link(&staged, &identity) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked.writing(&identity),
    }
}
