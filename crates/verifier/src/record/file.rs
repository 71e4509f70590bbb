//! A record as the bytes of a file.

use resow_manifest::digest::Sha256Digest;
use resow_manifest::identifiers::RecordId;

use super::error::RecordError;
use super::facts::Record;
use super::version::{FormatVersion, Versioned};

impl Record {
    /// The most bytes that are read as a record: some 300,000 outputs.
    pub const MOST_BYTES: usize = 64 << 20;

    /// The record as JSON, one field a line, with a line feed at the end. Equal records give equal bytes.
    ///
    /// # Errors
    /// When it contradicts itself or is larger than [`Self::MOST_BYTES`].
    pub fn to_json(&self) -> Result<Vec<u8>, RecordError> {
        self.check()?;
        let mut bytes =
            serde_json::to_vec_pretty(self).map_err(|source| RecordError::Malformed { source })?;
        bytes.push(b'\n');
        check_size(&bytes)?;
        Ok(bytes)
    }

    /// Reads what [`Self::to_json`] wrote.
    ///
    /// # Errors
    /// When it is no record, a newer one, or contradicts itself.
    pub fn from_json(bytes: &[u8]) -> Result<Self, RecordError> {
        check_size(bytes)?;
        let malformed = |source| RecordError::Malformed { source };
        let Versioned { version } = serde_json::from_slice(bytes).map_err(malformed)?;
        if version > FormatVersion::NUMBER {
            return Err(RecordError::Newer {
                version,
                known: FormatVersion::NUMBER,
            });
        }
        let record: Self = serde_json::from_slice(bytes).map_err(malformed)?;
        record.check()?;
        Ok(record)
    }

    /// The identity of a record with these bytes.
    pub fn id_of(bytes: &[u8]) -> RecordId {
        RecordId::new(Sha256Digest::of(bytes))
    }

    fn check(&self) -> Result<(), RecordError> {
        let report = &self.workspace;
        let lists = [
            ("workspace.undeclared", &report.undeclared),
            ("workspace.changed", &report.changed),
            ("workspace.deleted", &report.deleted),
        ];
        for (field, list) in lists {
            if !list.is_consistent() {
                return Err(RecordError::Contradiction { field });
            }
        }
        if !self.policy.rules.keys().eq(&self.plan.plan().outputs) {
            return Err(RecordError::Contradiction { field: "policy" });
        }
        let inputs = &self.plan.plan().inputs;
        let mut recorded: Vec<_> = self
            .inputs
            .values()
            .map(|it| (&it.at, &it.digest))
            .collect();
        recorded.sort_unstable();
        if !recorded.into_iter().eq(inputs) {
            return Err(RecordError::Contradiction { field: "inputs" });
        }
        Ok(())
    }
}

fn check_size(bytes: &[u8]) -> Result<(), RecordError> {
    let limit = Record::MOST_BYTES;
    if bytes.len() > limit {
        let size = bytes.len();
        return Err(RecordError::TooLarge { size, limit });
    }
    Ok(())
}
