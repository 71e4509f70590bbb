//! Every record: is it what it is named for, and is what it names there?

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use resow_manifest::digest::Sha256Digest;
use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::identifiers::{RecordId, RunId};
use resow_verifier::record::{Record, RecordError};

use super::blobs::Content;
use super::finding::{Fault, Part};
use super::survey::{Entry, Survey, is_missing, open_file};
use crate::records::index_name;

/// What the records say, as far as other parts of a check need it.
#[derive(Default)]
pub(super) struct Recorded {
    /// Where the index should have each success, beneath `plans`.
    pub(super) successes: BTreeMap<PathBuf, RecordId>,
    /// Every record that can be read.
    pub(super) whole: BTreeSet<RecordId>,
    /// Which record a run has, and of which experiment.
    pub(super) runs: BTreeMap<RunId, (RecordId, ExperimentName)>,
    /// Which records name a content.
    pub(super) namers: BTreeMap<Sha256Digest, Vec<RecordId>>,
}

impl Survey<'_> {
    pub(super) fn records(&mut self, content: &Content) -> Recorded {
        let mut recorded = Recorded::default();
        for file in self.files(&self.folder("records")) {
            let stem = file.name.strip_suffix(".json");
            match stem.and_then(|hex| Sha256Digest::from_hex(hex).ok()) {
                Some(digest) => self.record(&mut recorded, content, &file, RecordId::new(digest)),
                None => self.find(&file.path, Fault::UnknownEntry),
            }
        }
        recorded
    }

    fn record(&mut self, recorded: &mut Recorded, content: &Content, file: &Entry, id: RecordId) {
        let record = match read_record(&file.path, id) {
            Ok(record) => record,
            // Nothing removes records while others look, but a repair may.
            Err(Fault::Unreadable { source }) if source.kind() == io::ErrorKind::NotFound => return,
            Err(fault) => return self.find(&file.path, fault),
        };
        self.content_of(content, file, id, &record);
        for digest in record.blobs().into_keys() {
            recorded.namers.entry(digest).or_default().push(id);
        }
        if let Some(name) = index_name(&id, &record) {
            recorded.successes.insert(name, id);
        }
        recorded.whole.insert(id);
        recorded.runs.insert(record.run, (id, record.experiment));
    }

    fn content_of(&mut self, content: &Content, file: &Entry, id: RecordId, record: &Record) {
        for (digest, size) in record.blobs() {
            match content.whole.get(&digest) {
                Some(stored) if *stored == size => {}
                Some(stored) => {
                    let fault = Fault::OtherSize {
                        digest,
                        recorded: size,
                        stored: *stored,
                    };
                    self.find(&file.path, fault);
                }
                // One that is there and damaged is found where it lies.
                None if !is_missing(&self.blob(&digest)) => {}
                None => {
                    let fault = Fault::LostContent {
                        record: id,
                        digest,
                        size,
                        parts: parts(record, &digest),
                    };
                    self.find(&file.path, fault);
                }
            }
        }
    }

    fn blob(&self, digest: &Sha256Digest) -> PathBuf {
        let hex = digest.hex();
        self.folder("blobs").join(&hex[..2]).join(hex)
    }
}

/// The record in a file, or what is wrong with it.
pub(crate) fn read_record(path: &Path, expected: RecordId) -> Result<Record, Fault> {
    let unreadable = |source| Fault::Unreadable { source };
    let mut bytes = Vec::new();
    let mut file = open_file(path)
        .map_err(unreadable)?
        .take(Record::MOST_BYTES as u64 + 1);
    file.read_to_end(&mut bytes).map_err(unreadable)?;
    let got = Record::id_of(&bytes);
    if got != expected {
        return Err(Fault::Record { expected, got });
    }
    Record::from_json(&bytes).map_err(|source| match source {
        RecordError::Newer { version, known } => Fault::NewerRecord { version, known },
        source => Fault::MalformedRecord { source },
    })
}

/// What a content is of a record.
fn parts(record: &Record, digest: &Sha256Digest) -> Vec<Part> {
    let mut parts: Vec<_> = record
        .outputs
        .iter()
        .filter(|(_, entry)| entry.content.blob().is_some_and(|blob| blob.0 == *digest))
        .map(|(name, _)| Part::Output(name.clone()))
        .collect();
    if record.stdout.digest == *digest {
        parts.push(Part::StandardOutput);
    }
    if record.stderr.digest == *digest {
        parts.push(Part::StandardError);
    }
    parts
}
