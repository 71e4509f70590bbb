//! Records by identity, by the start of one, by plan, and all of them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use resow_manifest::digest::Sha256Digest;
use resow_manifest::identifiers::{PlanId, RecordId};
use resow_verifier::record::Record;

use crate::error::{About as _, StoreError};
use crate::store::Store;
use crate::writing::{ensure_folder, names, write_whole};

/// The fewest digits that name a record.
const SHORTEST_PREFIX: usize = 4;

/// Records, read one by one as they are asked for.
#[derive(Debug)]
pub struct Records<'a> {
    store: &'a Store,
    waiting: Vec<RecordId>,
    /// Where it came from the index: what it must be a success of, whatever the index says.
    plan: Option<PlanId>,
}

impl Iterator for Records<'_> {
    type Item = Result<(RecordId, Record), StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let id = self.waiting.pop()?;
            let found = self.store.record(&id);
            let is_another =
                |record: &Record, plan: PlanId| record.plan.id() != plan || !record.is_evidence();
            let passed_over = matches!(
                (&found, self.plan), (Ok(record), Some(plan)) if is_another(record, plan)
            );
            if !passed_over {
                return Some(found.map(|record| (id, record)));
            }
        }
    }
}

impl Store {
    /// Writes a record; its content must be in the store already.
    ///
    /// # Errors
    /// When content that it names is missing, or it cannot be written.
    pub fn add_record(&self, record: &Record) -> Result<RecordId, StoreError> {
        for (digest, size) in record.blobs() {
            if !self.has_blob(&digest, size) {
                return Err(StoreError::MissingBlob { digest });
            }
        }
        let bytes = record
            .to_json()
            .map_err(|source| StoreError::UnwritableRecord { source })?;
        let id = Record::id_of(&bytes);
        let _storing = self.storing()?;
        // A name in the index without its record is passed over; a record without its name there would not be found.
        self.index(&id, record)?;
        write_whole(&self.aside()?, &self.record_path(&id), &bytes)?;
        Ok(id)
    }

    /// The record with this identity.
    ///
    /// # Errors
    /// When there is none, it is damaged, or a newer resow wrote it.
    pub fn record(&self, id: &RecordId) -> Result<Record, StoreError> {
        let path = self.record_path(id);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let prefix = id.digest().hex();
                return Err(StoreError::NoRecord { prefix });
            }
            read => read.reading(&path)?,
        };
        let got = Record::id_of(&bytes);
        if got != *id {
            return Err(StoreError::Damaged {
                what: format!("record `{}`", id.digest().short()),
                expected: id.to_string(),
                got: got.to_string(),
            });
        }
        Record::from_json(&bytes).map_err(|source| StoreError::Record {
            record: *id,
            source,
        })
    }

    /// The one record whose identity begins with these digits, with or without `sha256:` before them.
    ///
    /// # Errors
    /// When none or several begin so, or the digits are too few.
    pub fn find_record(&self, prefix: &str) -> Result<RecordId, StoreError> {
        let digits = prefix.strip_prefix("sha256:").unwrap_or(prefix);
        let hexadecimal = digits
            .bytes()
            .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        if !hexadecimal || !(SHORTEST_PREFIX..=64).contains(&digits.len()) {
            return Err(StoreError::NoPrefix {
                prefix: prefix.to_owned(),
                shortest: SHORTEST_PREFIX,
            });
        }
        let mut candidates = self.record_ids()?;
        candidates.retain(|id| id.digest().hex().starts_with(digits));
        match candidates.as_slice() {
            [] => Err(StoreError::NoRecord {
                prefix: prefix.to_owned(),
            }),
            [id] => Ok(*id),
            _ => Err(StoreError::AmbiguousRecord {
                prefix: prefix.to_owned(),
                candidates,
            }),
        }
    }

    /// The identities of all records, sorted.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub fn record_ids(&self) -> Result<Vec<RecordId>, StoreError> {
        let folder = self.folder("records");
        let names = names(&folder)?;
        let mut ids: Vec<RecordId> = names
            .iter()
            .filter_map(|name| parse_id(name.strip_suffix(".json")?))
            .collect();
        ids.sort_unstable();
        Ok(ids)
    }

    /// All records, newest first. Those that cannot be read come last, as errors.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub fn records(&self) -> Result<Records<'_>, StoreError> {
        let mut dated: Vec<_> = self
            .record_ids()?
            .into_iter()
            .map(|id| (self.record(&id).ok().map(|record| record.started), id))
            .collect();
        dated.sort_unstable();
        Ok(Records {
            store: self,
            waiting: dated.into_iter().map(|(_, id)| id).collect(),
            plan: None,
        })
    }

    /// The successful records of a plan, newest first.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub fn successful_records(&self, plan: &PlanId) -> Result<Records<'_>, StoreError> {
        let mut names = names(&self.plan_path(plan))?;
        names.sort_unstable();
        let waiting = names
            .iter()
            .filter_map(|name| parse_id(name.split_once('-')?.1))
            // The records are what counts: one that was removed leaves its name behind here.
            .filter(|id| fs::symlink_metadata(self.record_path(id)).is_ok())
            .collect();
        Ok(Records {
            store: self,
            waiting,
            plan: Some(*plan),
        })
    }

    /// Makes the index of successful records by plan from the records; those that cannot be read are left out.
    ///
    /// # Errors
    /// When the records cannot be listed, or the index cannot be written.
    pub fn rebuild_index(&self) -> Result<(), StoreError> {
        for id in self.record_ids()? {
            if let Ok(record) = self.record(&id) {
                self.index(&id, &record)?;
            }
        }
        Ok(())
    }

    /// An empty file `plans/PLAN/TIME-RECORD`; the time, in nanoseconds with leading zeros, sorts them. It is not
    /// synced: the records are what counts.
    fn index(&self, id: &RecordId, record: &Record) -> Result<(), StoreError> {
        let Some(name) = index_name(id, record) else {
            return Ok(());
        };
        let path = self.folder("plans").join(name);
        if let Some(folder) = path.parent() {
            ensure_folder(folder)?;
        }
        fs::write(&path, b"").writing(&path)
    }

    fn record_path(&self, id: &RecordId) -> PathBuf {
        self.folder("records")
            .join(format!("{}.json", id.digest().hex()))
    }

    fn plan_path(&self, plan: &PlanId) -> PathBuf {
        self.folder("plans").join(plan.digest().hex())
    }
}

/// Where the index has a record, beneath `plans`: `PLAN/TIME-RECORD`; `None` for one that is no success. A clock that
/// stood before 1970 gives the oldest time of all.
pub(crate) fn index_name(id: &RecordId, record: &Record) -> Option<PathBuf> {
    let time = record.started.as_nanosecond().max(0);
    let name = format!("{time:024}-{}", id.digest().hex());
    let plan = record.plan.id().digest().hex();
    record.is_evidence().then(|| Path::new(&plan).join(name))
}

fn parse_id(hex: &str) -> Option<RecordId> {
    Sha256Digest::from_hex(hex).ok().map(RecordId::new)
}
