//! `.resow/damaged/N/`: what one repair moved away, each file under the path that it had.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::checking::DAMAGED;
use crate::error::{About as _, StoreError};
use crate::writing::{ensure_folder, names, sync_folder};

/// The place of one repair, made with the first file that is moved there.
pub(super) struct Aside {
    store: PathBuf,
    place: Option<PathBuf>,
}

impl Aside {
    pub(super) fn of(store: &Path) -> Self {
        Self {
            store: store.to_owned(),
            place: None,
        }
    }

    /// Moves what stands at `path`, and says where to; `None` where nothing stands there any more.
    pub(super) fn take(&mut self, path: &Path) -> Result<Option<PathBuf>, StoreError> {
        let relative = path.strip_prefix(&self.store).unwrap_or(path).to_owned();
        let to = self.place()?.join(relative);
        self.folders_to(&to)?;
        match fs::rename(path, &to) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            renamed => renamed.writing(path)?,
        }
        for folder in [to.parent(), path.parent()].into_iter().flatten() {
            sync_folder(folder)?;
        }
        Ok(Some(to))
    }

    /// A folder that no other repair has.
    fn place(&mut self) -> Result<PathBuf, StoreError> {
        if let Some(place) = &self.place {
            return Ok(place.clone());
        }
        let base = self.store.join(DAMAGED);
        ensure_folder(&base)?;
        sync_folder(&self.store)?;
        let numbers = names(&base)?
            .into_iter()
            .filter_map(|name| name.parse().ok());
        let mut number = numbers.max().unwrap_or(0_u64);
        loop {
            number = number.saturating_add(1);
            let place = base.join(number.to_string());
            match fs::create_dir(&place) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => {
                    made.writing(&place)?;
                    sync_folder(&base)?;
                    self.place = Some(place.clone());
                    return Ok(place);
                }
            }
        }
    }

    /// Makes the folders above a path of the place durable.
    fn folders_to(&self, to: &Path) -> Result<(), StoreError> {
        let Some(place) = &self.place else {
            return Ok(());
        };
        let above: Vec<_> = to
            .ancestors()
            .skip(1)
            .take_while(|folder| folder.starts_with(place) && *folder != place.as_path())
            .collect();
        for folder in above.into_iter().rev() {
            ensure_folder(folder)?;
            if let Some(parent) = folder.parent() {
                sync_folder(parent)?;
            }
        }
        Ok(())
    }
}
