//! A repair of the store: what is whole stays, what is damaged is moved aside and never deleted, and what follows from
//! the records is made anew.
//!
//! Each step looks again before it acts, and acts while nobody stores anything: others may have repaired, or stored
//! the same content anew. Killed between any two steps, it leaves a store that the next repair goes on with.

mod aside;

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use resow_manifest::digest::Sha256Digest;
use resow_manifest::identifiers::RecordId;

use crate::checking::{
    CheckError, Checkup, Depth, Fault, Finding, Progress, Watch, check, described, digest_of,
    read_record,
};
use crate::error::{About as _, StoreError};
use crate::lock::Lock;
use crate::records::index_name;
use crate::store::{IDENTITY, IGNORE_TEXT, LOCK, Store, write_identity};
use crate::temporary::{TemporaryFolder, sweep};
use crate::writing::{ensure_folder, sync_folder, write_whole};

use aside::Aside;

/// What a repair did.
#[derive(Debug)]
pub struct Repair {
    /// What was changed, in order.
    pub done: Vec<Change>,
    /// What could not be changed.
    pub failed: Vec<StoreError>,
    /// What the store is like now.
    pub left: Checkup,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where, relative to the root of the work tree.
    pub path: PathBuf,
    /// What was done there.
    pub action: Action,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// It was moved, with all that is in it.
    MovedAside {
        /// Where it is now, relative to the root of the work tree.
        to: PathBuf,
    },
    /// It was removed.
    Removed,
    /// It was made.
    Made,
}

/// Repairs what a check of the store at `root` found, and looks again.
///
/// # Errors
/// When the store cannot be looked at any more, or whoever watches says to stop. What cannot be repaired is no error:
/// it is in the result.
pub fn repair(root: &Path, found: Checkup, watch: &mut Watch<'_>) -> Result<Repair, CheckError> {
    let mut mender = Mender::new(root);
    let (mut failed, mut kept) = (Vec::new(), Vec::new());
    let total = found.findings.len() as u64;
    for (done, finding) in found.findings.into_iter().enumerate() {
        let progress = Progress {
            activity: "repairing",
            done: done as u64,
            total,
        };
        if watch(progress).is_break() {
            return Err(CheckError::Interrupted);
        }
        match mender.mend(&finding) {
            Ok(()) if is_of_content(&finding.fault) => kept.push(finding),
            Ok(()) => {}
            Err(error) => {
                failed.push(error);
                kept.push(finding);
            }
        }
    }
    let mut go_on = |_: Progress<'_>| ControlFlow::Continue(());
    let mut left = check(root, Depth::Names, &mut go_on)?.unwrap_or_default();
    kept.retain(|finding| {
        let mut again = left.findings.iter();
        !again.any(|other| other.path == finding.path && other.fault.kind() == finding.fault.kind())
    });
    left.findings.extend(kept);
    Ok(Repair {
        done: mender.done,
        failed,
        left,
    })
}

/// Whether it takes more than names to find, and a repair leaves it as it is.
fn is_of_content(fault: &Fault) -> bool {
    match fault {
        Fault::ChangedResults { .. } | Fault::ForeignResults { .. } => true,
        Fault::Unreadable { source } => source.kind() == io::ErrorKind::PermissionDenied,
        _ => false,
    }
}

struct Mender<'a> {
    root: &'a Path,
    store: PathBuf,
    aside: Aside,
    done: Vec<Change>,
}

impl<'a> Mender<'a> {
    fn new(root: &'a Path) -> Self {
        let store = root.join(Store::FOLDER);
        Self {
            root,
            aside: Aside::of(&store),
            store,
            done: Vec::new(),
        }
    }

    fn mend(&mut self, finding: &Finding) -> Result<(), StoreError> {
        let path = self.root.join(&finding.path);
        let _alone = self.alone(&path)?;
        match &finding.fault {
            Fault::Identity { .. } | Fault::MissingIdentity => self.identity(&path),
            Fault::NotAFile { .. } if path == self.store.join(IDENTITY) => self.identity(&path),
            Fault::MissingFolder => self.make_folder(&path),
            Fault::MissingIgnore => self.make_ignore(&path),
            Fault::NotAFolder { .. } => {
                self.move_if(&path, !is(&path, fs::Metadata::is_dir))?;
                self.make_folder(&path)
            }
            Fault::NotAFile { .. } => self.move_if(&path, !is(&path, fs::Metadata::is_file)),
            Fault::Unreadable { source } => {
                let is_broken = source.kind() != io::ErrorKind::PermissionDenied
                    && is(&path, fs::Metadata::is_file)
                    && digest_of(&path).is_err();
                self.move_if(&path, is_broken)
            }
            Fault::Record { expected, .. } => self.record(&path, *expected),
            Fault::MalformedRecord { .. } => match record_of(&path) {
                Some(id) => self.record(&path, id),
                None => Ok(()),
            },
            Fault::Blob { expected, .. }
            | Fault::Download { expected, .. }
            | Fault::DiagnosedOutput { expected, .. } => {
                let is_damaged = digest_of(&path).is_ok_and(|got| got != *expected);
                self.move_if(&path, is_damaged)
            }
            Fault::Observation { source } if source.is_damage() => self.observations(&path),
            Fault::Image { .. }
            | Fault::ImageDescription { .. }
            | Fault::LostImage { .. }
            | Fault::UndescribedImage { .. } => self.image(&path),
            Fault::DanglingIndex { record } | Fault::WrongIndex { record } => {
                self.remove_entry(&path, *record)
            }
            Fault::MissingIndex { record } => self.add_entry(&path, *record),
            Fault::DeadTemporary => self.sweep(&path),
            // The first needs its engine, the others a person.
            Fault::DeadRun { .. }
            | Fault::NotWritable { .. }
            | Fault::UnknownEntry
            | Fault::NewerRecord { .. }
            | Fault::LostContent { .. }
            | Fault::OtherSize { .. }
            | Fault::HalfDownload
            | Fault::Observation { .. }
            | Fault::ChangedResults { .. }
            | Fault::ForeignResults { .. } => Ok(()),
        }
    }

    /// Keeps everybody else from storing; what stands in the lock's own place is moved without.
    fn alone(&self, path: &Path) -> Result<Option<Lock>, StoreError> {
        let lock = self.store.join(LOCK);
        if path == lock {
            return Ok(None);
        }
        Lock::alone(&lock).writing(&lock).map(Some)
    }

    /// An observation goes with those of the same diagnosis: one that is missing ends what can be gone on with.
    fn observations(&mut self, path: &Path) -> Result<(), StoreError> {
        let folder = path.parent().unwrap_or(path);
        self.move_if(folder, is(path, fs::Metadata::is_file))
    }

    fn identity(&mut self, path: &Path) -> Result<(), StoreError> {
        let is_whole = is(path, fs::Metadata::is_file)
            && matches!(Store::open_to_read(self.root), Ok(Some(_)));
        if is_whole {
            return Ok(());
        }
        self.move_if(path, fs::symlink_metadata(path).is_ok())?;
        let temporary = self.temporary()?;
        write_identity(&self.store, &temporary)?;
        sync_folder(&self.store)?;
        self.note(path, Action::Made);
        Ok(())
    }

    fn make_folder(&mut self, path: &Path) -> Result<(), StoreError> {
        if is(path, fs::Metadata::is_dir) {
            return Ok(());
        }
        ensure_folder(path)?;
        sync_folder(&self.store)?;
        self.note(path, Action::Made);
        Ok(())
    }

    fn make_ignore(&mut self, path: &Path) -> Result<(), StoreError> {
        if fs::symlink_metadata(path).is_ok() {
            return Ok(());
        }
        let temporary = self.temporary()?;
        write_whole(&temporary.path().join("ignore"), path, IGNORE_TEXT)?;
        self.note(path, Action::Made);
        Ok(())
    }

    fn temporary(&self) -> Result<TemporaryFolder, StoreError> {
        let base = self.store.join("tmp");
        ensure_folder(&base)?;
        TemporaryFolder::create(&base)
    }

    fn record(&mut self, path: &Path, id: RecordId) -> Result<(), StoreError> {
        let read = read_record(path, id);
        let is_damaged = matches!(
            read,
            Err(Fault::Record { .. } | Fault::MalformedRecord { .. })
        );
        self.move_if(path, is_damaged)
    }

    /// An archive and its description are whole together or not at all.
    fn image(&mut self, path: &Path) -> Result<(), StoreError> {
        let (archive, description) = (path.with_extension("tar"), path.with_extension("json"));
        let expected = described(&description);
        let got = digest_of(&archive);
        if expected.is_some_and(|expected| got.is_ok_and(|got| got == expected)) {
            return Ok(());
        }
        // A description without its archive is none, and harmless: it goes last.
        self.move_if(&archive, fs::symlink_metadata(&archive).is_ok())?;
        self.move_if(&description, fs::symlink_metadata(&description).is_ok())
    }

    fn remove_entry(&mut self, path: &Path, id: RecordId) -> Result<(), StoreError> {
        if self.index_path(id).as_deref() == Some(path) {
            return Ok(());
        }
        match fs::remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            removed => removed.writing(path)?,
        }
        self.note(path, Action::Removed);
        Ok(())
    }

    fn add_entry(&mut self, path: &Path, id: RecordId) -> Result<(), StoreError> {
        if self.index_path(id).as_deref() != Some(path) || fs::symlink_metadata(path).is_ok() {
            return Ok(());
        }
        if let Some(folder) = path.parent() {
            ensure_folder(&self.store.join("plans"))?;
            ensure_folder(folder)?;
        }
        fs::write(path, b"").writing(path)?;
        self.note(path, Action::Made);
        Ok(())
    }

    /// Where the index should have a record; `None` where there is none, or it is no success.
    fn index_path(&self, id: RecordId) -> Option<PathBuf> {
        let name = format!("{}.json", id.digest().hex());
        let record = read_record(&self.store.join("records").join(name), id).ok()?;
        Some(self.store.join("plans").join(index_name(&id, &record)?))
    }

    /// Removes all that dead processes left beside it.
    fn sweep(&mut self, path: &Path) -> Result<(), StoreError> {
        let base = path.parent().unwrap_or(path);
        if fs::symlink_metadata(path).is_err() {
            return Ok(());
        }
        sweep(base)?;
        if fs::symlink_metadata(path).is_err() {
            self.note(path, Action::Removed);
        }
        Ok(())
    }

    fn move_if(&mut self, path: &Path, is_to_go: bool) -> Result<(), StoreError> {
        if is_to_go && let Some(to) = self.aside.take(path)? {
            let to = to.strip_prefix(self.root).unwrap_or(&to).to_owned();
            self.note(path, Action::MovedAside { to });
        }
        Ok(())
    }

    fn note(&mut self, path: &Path, action: Action) {
        let path = path.strip_prefix(self.root).unwrap_or(path).to_owned();
        self.done.push(Change { path, action });
    }
}

/// What stands at a path, where something does; a link is not followed.
fn is(path: &Path, what: impl Fn(&fs::Metadata) -> bool) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| what(&metadata))
}

fn record_of(path: &Path) -> Option<RecordId> {
    let stem = path.file_stem()?.to_str()?;
    Sha256Digest::from_hex(stem).ok().map(RecordId::new)
}
