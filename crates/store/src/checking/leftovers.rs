//! What processes left behind that are gone; what is still held is left out.

use std::path::Path;

use resow_manifest::identifiers::RunId;

use super::finding::{EntryKind, Fault};
use super::survey::{Survey, is_missing};
use crate::lock::Lock;
use crate::temporary::owner_of;

impl Survey<'_> {
    pub(super) fn temporaries(&mut self, base: &Path) {
        let mut last = String::new();
        for entry in self.list(base) {
            match owner_of(&entry.name) {
                None => self.find(&entry.path, Fault::UnknownEntry),
                // A folder and its lock stand beside each other.
                Some(owner) if owner == last => {}
                Some(owner) => {
                    last = owner.to_owned();
                    let held = Lock::is_held(&base.join(format!("{owner}.lock")));
                    // Its owner may just have been done with it.
                    if held.is_ok_and(|held| !held) && !is_missing(&entry.path) {
                        self.find(&entry.path, Fault::DeadTemporary);
                    }
                }
            }
        }
    }

    pub(super) fn runs(&mut self) {
        for entry in self.list(&self.folder("runs")) {
            match entry.name.parse::<RunId>() {
                Ok(run) if entry.kind == EntryKind::Folder => {
                    let held = Lock::is_held(&entry.path.join("lock"));
                    if held.is_ok_and(|held| !held) && !is_missing(&entry.path) {
                        self.find(&entry.path, Fault::DeadRun { run });
                    }
                }
                _ => self.find(&entry.path, Fault::UnknownEntry),
            }
        }
    }
}
