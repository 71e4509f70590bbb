//! Diagnoses: each observation against its own digest, each output against its name.

use std::fs;

use resow_manifest::digest::Sha256Digest;
use resow_manifest::identifiers::PlanId;

use super::finding::{EntryKind, Fault};
use super::hashing::digests;
use super::progress::CheckError;
use super::survey::{Depth, Entry, Survey};
use crate::diagnoses::{FOLDER, LOCK, check, number_of};

impl Survey<'_> {
    pub(super) fn diagnoses(&mut self) -> Result<(), CheckError> {
        let (mut files, mut expected) = (Vec::new(), Vec::new());
        for folder in self.list(&self.folder(FOLDER)) {
            let plan = Sha256Digest::from_hex(&folder.name).map(PlanId::new);
            let (Ok(plan), EntryKind::Folder) = (plan, folder.kind) else {
                self.find(&folder.path, Fault::UnknownEntry);
                continue;
            };
            for file in self.files(&folder.path) {
                if let Ok(digest) = Sha256Digest::from_hex(&file.name) {
                    expected.push(digest);
                    files.push(file);
                } else if let Some(number) = number_of(&file.name) {
                    self.observation(&file, &plan, number);
                } else if file.name != LOCK {
                    self.find(&file.path, Fault::UnknownEntry);
                }
            }
        }
        if self.depth == Depth::Names {
            return Ok(());
        }
        let found = digests(&files, "checking diagnoses", self.watch)?;
        for ((file, expected), got) in files.iter().zip(expected).zip(found) {
            match got {
                Ok(got) if got == expected => {}
                Ok(got) => self.find(&file.path, Fault::DiagnosedOutput { expected, got }),
                Err(source) => self.find(&file.path, Fault::Unreadable { source }),
            }
        }
        Ok(())
    }

    fn observation(&mut self, file: &Entry, plan: &PlanId, number: usize) {
        match fs::read(&file.path) {
            Err(source) => self.find(&file.path, Fault::Unreadable { source }),
            Ok(bytes) => {
                if let Err(source) = check(&bytes, plan, number) {
                    self.find(&file.path, Fault::Observation { source });
                }
            }
        }
    }
}
