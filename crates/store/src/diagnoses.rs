//! Diagnoses that go on: what was observed so far of a plan, a file an observation, and the outputs that are compared.
//!
//! An observation is `diagnoses/PLAN/NUMBER.json`: `version`, `digest`, the SHA-256 of `content` as it is written, and
//! `content`: the plan, where it was observed, the number, the observation. An output lies beside, named by its digest.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use resow_manifest::digest::Sha256Digest;
use resow_manifest::identifiers::PlanId;
use resow_verifier::diagnosis::Observation;
use serde::{Deserialize, Serialize};

use crate::blob_reader::BlobReader;
use crate::error::{About as _, StoreError};
use crate::lock::Lock;
use crate::store::Store;
use crate::writing::{create, ensure_folder, sync_folder, write_whole};

/// The version of an observation's file.
const VERSION: u32 = 1;
/// The folder of all diagnoses.
pub(crate) const FOLDER: &str = "diagnoses";
/// The file that whoever diagnoses a plan holds.
pub(crate) const LOCK: &str = "lock";
/// The most bytes of outputs that are kept of one plan.
const MOST_KEPT: u64 = 1 << 30;

/// The diagnosis of a plan, this process's alone until it is dropped.
#[derive(Debug)]
pub struct DiagnosisFolder<'a> {
    store: &'a Store,
    plan: PlanId,
    path: PathBuf,
    _lock: Lock,
}

/// An observation as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    digest: Sha256Digest,
    content: Content,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    plan: PlanId,
    place: String,
    number: usize,
    observation: Observation,
}

/// The version alone, of a file whose other fields may be a newer resow's.
#[derive(Deserialize)]
struct VersionOnly {
    version: u32,
}

impl Store {
    /// The diagnosis of a plan, which nobody else goes on with meanwhile.
    ///
    /// # Errors
    /// When another process has it, or it cannot be made.
    pub fn begin_diagnosis(&self, plan: &PlanId) -> Result<DiagnosisFolder<'_>, StoreError> {
        let path = self.folder(FOLDER).join(plan.digest().hex());
        ensure_folder(&path)?;
        sync_folder(&self.folder(FOLDER))?;
        let lock_path = path.join(LOCK);
        match Lock::take_over(&lock_path).writing(&lock_path)? {
            Some(lock) => Ok(DiagnosisFolder {
                store: self,
                plan: *plan,
                path,
                _lock: lock,
            }),
            None => Err(StoreError::DiagnosisAlive),
        }
    }
}

impl DiagnosisFolder<'_> {
    /// What was observed so far at `place`; nothing where it was observed elsewhere.
    ///
    /// # Errors
    /// When an observation is damaged, cannot be read, or a newer resow wrote it.
    pub fn observations(&self, place: &str) -> Result<Vec<Observation>, StoreError> {
        let mut observations = Vec::new();
        loop {
            let number = observations.len();
            let path = self.path.join(file_name(number));
            match fs::read(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(observations),
                read => {
                    let content = parse(&read.reading(&path)?, &self.plan, number)?;
                    if content.place != place {
                        return Ok(Vec::new());
                    }
                    observations.push(content.observation);
                }
            }
        }
    }

    /// Adds what was observed.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(
        &self,
        number: usize,
        place: &str,
        observation: &Observation,
    ) -> Result<(), StoreError> {
        let path = self.path.join(file_name(number));
        let content = Content {
            plan: self.plan,
            place: place.to_owned(),
            number,
            observation: observation.clone(),
        };
        let unwritable = |error: serde_json::Error| StoreError::writing(&path, error.into());
        let written = Written {
            version: VERSION,
            digest: digest_of(&content).map_err(unwritable)?,
            content,
        };
        let bytes = serde_json::to_vec(&written).map_err(unwritable)?;
        let _storing = self.store.storing()?;
        write_whole(&self.store.aside()?, &path, &bytes)
    }

    /// Forgets all that was observed.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn clear(&self) -> Result<(), StoreError> {
        let _storing = self.store.storing()?;
        for entry in fs::read_dir(&self.path).reading(&self.path)? {
            let entry = entry.reading(&self.path)?;
            if entry.file_name() != LOCK {
                fs::remove_file(entry.path()).writing(&entry.path())?;
            }
        }
        Ok(())
    }

    /// Keeps the outputs of a run. Where that would be more than is kept of one plan, of the dispensable ones as many go,
    /// from the first on, as make room; where all of them do not, an output is not kept. Whoever reads it checks it.
    ///
    /// # Errors
    /// When one cannot be read or written.
    pub fn keep(
        &self,
        outputs: &[(Sha256Digest, PathBuf)],
        dispensable: &[Sha256Digest],
    ) -> Result<(), StoreError> {
        self.keep_within(MOST_KEPT, outputs, dispensable)
    }

    fn keep_within(
        &self,
        most: u64,
        outputs: &[(Sha256Digest, PathBuf)],
        dispensable: &[Sha256Digest],
    ) -> Result<(), StoreError> {
        let _storing = self.store.storing()?;
        let mut kept = self.kept()?;
        for (digest, file) in outputs {
            let path = self.path.join(digest.hex());
            if fs::symlink_metadata(&path).is_ok() {
                continue;
            }
            let size = fs::metadata(file).reading(file)?.len();
            let excess = kept.saturating_add(size).saturating_sub(most);
            let Some(removed) = self.make_room(excess, dispensable)? else {
                continue;
            };
            self.copy(file, &path)?;
            kept = kept.saturating_sub(removed).saturating_add(size);
        }
        Ok(())
    }

    /// Removes as many of the dispensable outputs as have so many bytes, and says how many they had; `None`, and none is
    /// removed, where all of them have fewer.
    fn make_room(
        &self,
        bytes: u64,
        dispensable: &[Sha256Digest],
    ) -> Result<Option<u64>, StoreError> {
        let (mut total, mut paths) = (0_u64, Vec::new());
        for digest in dispensable {
            if total >= bytes {
                break;
            }
            let path = self.path.join(digest.hex());
            if let Ok(metadata) = fs::symlink_metadata(&path) {
                total = total.saturating_add(metadata.len());
                paths.push(path);
            }
        }
        if total < bytes {
            return Ok(None);
        }
        for path in paths {
            fs::remove_file(&path).writing(&path)?;
        }
        Ok(Some(total))
    }

    fn copy(&self, file: &Path, path: &Path) -> Result<(), StoreError> {
        let aside = self.store.aside()?;
        let mut from = fs::File::open(file).reading(file)?;
        let mut to = create(&aside)?;
        let copied = io::copy(&mut from, &mut to).and_then(|_| to.sync_all());
        let moved = copied.and_then(|()| fs::rename(&aside, path));
        if moved.is_err() {
            let _ = fs::remove_file(&aside);
        }
        moved.writing(path)
    }

    /// An output that was kept; `None` where it was not.
    ///
    /// # Errors
    /// When it is damaged or cannot be read.
    pub fn kept_file(&self, digest: &Sha256Digest) -> Result<Option<fs::File>, StoreError> {
        let path = self.path.join(digest.hex());
        let open = || match fs::File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            opened => opened.reading(&path).map(Some),
        };
        let Some(file) = open()? else { return Ok(None) };
        let mut reader = BlobReader::new(file, *digest);
        match io::copy(&mut reader, &mut io::sink()) {
            Ok(_) => open(),
            Err(error) => Err(match error.downcast::<StoreError>() {
                Ok(damage) => damage,
                Err(other) => StoreError::reading(&path, other),
            }),
        }
    }

    /// How many bytes of outputs are kept.
    fn kept(&self) -> Result<u64, StoreError> {
        let mut total: u64 = 0;
        for entry in fs::read_dir(&self.path).reading(&self.path)? {
            let entry = entry.reading(&self.path)?;
            let is_output = entry.file_name().to_str().is_some_and(is_digest);
            if is_output {
                let size = entry.metadata().reading(&entry.path())?.len();
                total = total.saturating_add(size);
            }
        }
        Ok(total)
    }
}

/// Checks the bytes of an observation's file.
///
/// # Errors
/// When they are damaged, or a newer resow wrote them.
pub(crate) fn check(bytes: &[u8], plan: &PlanId, number: usize) -> Result<(), StoreError> {
    parse(bytes, plan, number).map(|_| ())
}

/// The number of an observation's file.
pub(crate) fn number_of(name: &str) -> Option<usize> {
    let number = name.strip_suffix(".json")?.parse().ok()?;
    (file_name(number) == name).then_some(number)
}

fn is_digest(name: &str) -> bool {
    Sha256Digest::from_hex(name).is_ok()
}

fn file_name(number: usize) -> String {
    format!("{number:04}.json")
}

fn digest_of(content: &Content) -> serde_json::Result<Sha256Digest> {
    Ok(Sha256Digest::of(&serde_json::to_vec(content)?))
}

fn parse(bytes: &[u8], plan: &PlanId, number: usize) -> Result<Content, StoreError> {
    let damaged = |got: String| StoreError::DamagedDiagnosis {
        plan: *plan,
        number,
        got,
    };
    let version: VersionOnly =
        serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
    if version.version > VERSION {
        return Err(StoreError::NewerDiagnosis {
            version: version.version,
            known: VERSION,
        });
    }
    let written: Written =
        serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
    let got = digest_of(&written.content).map_err(|error| damaged(error.to_string()))?;
    if got != written.digest {
        return Err(damaged(format!("its digest is {got}")));
    }
    if written.content.plan != *plan || written.content.number != number {
        return Err(damaged("it is another's".to_owned()));
    }
    Ok(written.content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dispensable_makes_room() {
        let root = tempfile::tempdir().expect("a folder");
        let store = Store::open(root.path()).expect("a store");
        let plan = PlanId::new(Sha256Digest::of(b"a plan"));
        let folder = store.begin_diagnosis(&plan).expect("a diagnosis");
        let output = |text: &str| {
            let path = root.path().join(text);
            fs::write(&path, text).expect("written");
            (Sha256Digest::of(text.as_bytes()), path)
        };
        let all = ["first", "second", "third", "a long one"].map(output);
        let [first, second, third, _] = all.each_ref().map(|(digest, _)| *digest);
        let keep = |outputs, dispensable: &[_]| {
            let kept = folder.keep_within(12, outputs, dispensable);
            kept.expect("kept");
            let is_kept = |(digest, _): &_| folder.kept_file(digest).expect("whole").is_some();
            all.each_ref().map(is_kept)
        };
        assert_eq!(keep(&all[..2], &[]), [true, true, false, false]);
        assert_eq!(keep(&all[2..3], &[]), [true, true, false, false]);
        let dispensable = [first, second, third];
        assert_eq!(keep(&all[2..3], &dispensable), [false, true, true, false]);
        // What does not fit even so takes nothing away.
        assert_eq!(keep(&all[3..], &[second]), [false, true, true, false]);
        assert_eq!(keep(&all[3..], &dispensable), [false, false, false, true]);
    }
}
