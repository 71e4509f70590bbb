//! Every blob: is it what it is named for?

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use resow_manifest::digest::Sha256Digest;
use resow_manifest::identifiers::RecordId;

use super::finding::{EntryKind, Fault};
use super::hashing::digests;
use super::progress::CheckError;
use super::survey::{Depth, Entry, Survey};

/// What the store has of content.
#[derive(Default)]
pub(super) struct Content {
    /// What is whole, with its size in bytes.
    pub(super) whole: BTreeMap<Sha256Digest, u64>,
    damaged: Vec<Damaged>,
}

struct Damaged {
    path: PathBuf,
    expected: Sha256Digest,
    got: Sha256Digest,
}

impl Survey<'_> {
    pub(super) fn blobs(&mut self) -> Result<Content, CheckError> {
        let mut files = Vec::new();
        for folder in self.list(&self.folder("blobs")) {
            let is_named_well = folder.name.len() == 2
                && folder.name.bytes().all(|digit| digit.is_ascii_hexdigit());
            match folder.kind {
                EntryKind::Folder => files.extend(self.blobs_in(&folder)),
                found if is_named_well => self.find(&folder.path, Fault::NotAFolder { found }),
                _ => self.find(&folder.path, Fault::UnknownEntry),
            }
        }
        let names = files.iter().map(|(name, _)| *name);
        let names: Vec<_> = names.collect();
        let files: Vec<_> = files.into_iter().map(|(_, file)| file).collect();
        let mut content = Content::default();
        if self.depth == Depth::Names {
            content.whole = names
                .into_iter()
                .zip(files.iter().map(|file| file.size))
                .collect();
            return Ok(content);
        }
        let digests = digests(&files, "checking content", self.watch)?;
        for ((name, file), digest) in names.into_iter().zip(files).zip(digests) {
            self.sort_in(&mut content, name, file, digest);
        }
        Ok(content)
    }

    fn blobs_in(&mut self, folder: &Entry) -> Vec<(Sha256Digest, Entry)> {
        let mut blobs = Vec::new();
        for entry in self.list(&folder.path) {
            match Sha256Digest::from_hex(&entry.name) {
                Ok(_) if !entry.name.starts_with(&folder.name) || folder.name.len() != 2 => {
                    self.find(&entry.path, Fault::UnknownEntry);
                }
                Err(_) => self.find(&entry.path, Fault::UnknownEntry),
                Ok(_) if entry.kind != EntryKind::File => {
                    self.find(&entry.path, Fault::NotAFile { found: entry.kind });
                }
                Ok(digest) => blobs.push((digest, entry)),
            }
        }
        blobs
    }

    fn sort_in(
        &mut self,
        content: &mut Content,
        expected: Sha256Digest,
        file: Entry,
        digest: io::Result<Sha256Digest>,
    ) {
        match digest {
            Ok(got) if got == expected => {
                content.whole.insert(expected, file.size);
            }
            Ok(got) => content.damaged.push(Damaged {
                path: file.path,
                expected,
                got,
            }),
            Err(source) => self.find(&file.path, Fault::Unreadable { source }),
        }
    }

    /// Reports content that is damaged, now that it is known which records name it.
    pub(super) fn damaged_blobs(
        &mut self,
        content: Content,
        namers: &BTreeMap<Sha256Digest, Vec<RecordId>>,
    ) {
        for blob in content.damaged {
            let fault = Fault::Blob {
                expected: blob.expected,
                got: blob.got,
                records: namers.get(&blob.expected).cloned().unwrap_or_default(),
            };
            self.find(&blob.path, fault);
        }
    }
}
