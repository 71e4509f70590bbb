//! The index of successful records by plan, against the records, both ways.

use std::path::Path;

use resow_manifest::digest::Sha256Digest;
use resow_manifest::identifiers::RecordId;

use super::finding::{EntryKind, Fault};
use super::records::Recorded;
use super::survey::{Entry, Survey, is_missing};

impl Survey<'_> {
    pub(super) fn index(&mut self, recorded: &Recorded) {
        let base = self.folder("plans");
        for folder in self.list(&base) {
            let is_plan = Sha256Digest::from_hex(&folder.name).is_ok();
            if !is_plan || folder.kind != EntryKind::Folder {
                self.find(&folder.path, Fault::UnknownEntry);
                continue;
            }
            for entry in self.list(&folder.path) {
                self.index_entry(recorded, &folder, &entry);
            }
        }
        for (name, record) in &recorded.successes {
            let path = base.join(name);
            if is_missing(&path) {
                self.find(&path, Fault::MissingIndex { record: *record });
            }
        }
    }

    fn index_entry(&mut self, recorded: &Recorded, folder: &Entry, entry: &Entry) {
        if recorded
            .successes
            .contains_key(&Path::new(&folder.name).join(&entry.name))
        {
            return;
        }
        let digest = entry.name.split_once('-').map(|(_, hex)| hex);
        let Some(digest) = digest.and_then(|hex| Sha256Digest::from_hex(hex).ok()) else {
            return self.find(&entry.path, Fault::UnknownEntry);
        };
        let record = RecordId::new(digest);
        let file = self
            .folder("records")
            .join(format!("{}.json", digest.hex()));
        if is_missing(&file) {
            self.find(&entry.path, Fault::DanglingIndex { record });
        } else if recorded.whole.contains(&record) {
            self.find(&entry.path, Fault::WrongIndex { record });
        }
        // Of a record that cannot be read, nothing can be said; one that came meanwhile is none of this check.
    }
}
