//! Images as archives, and downloads: files that are named or described by their digests.

use std::fs;
use std::path::Path;

use resow_manifest::digest::Sha256Digest;
use resow_manifest::identifiers::ImageId;

use super::finding::{EntryKind, Fault};
use super::hashing::digests;
use super::progress::CheckError;
use super::survey::{Depth, Entry, Survey, is_missing};
use crate::images::ArchiveFile;

impl Survey<'_> {
    pub(super) fn images(&mut self) -> Result<u64, CheckError> {
        let (mut archives, mut expected) = (Vec::new(), Vec::new());
        for file in self.files(&self.folder("images")) {
            let parts = file.name.split_once('.');
            let id = parts.and_then(|(hex, _)| Sha256Digest::from_hex(hex).ok());
            match (id.map(ImageId::new), parts) {
                (Some(image), Some((_, "json"))) => self.description(image, &file),
                (Some(image), Some((_, "tar"))) => {
                    if let Some(digest) = self.described(image, &file) {
                        expected.push((image, digest));
                        archives.push(file);
                    }
                }
                _ => self.find(&file.path, Fault::UnknownEntry),
            }
        }
        let count = archives.len() as u64;
        if self.depth == Depth::Names {
            return Ok(count);
        }
        let found = digests(&archives, "checking images", self.watch)?;
        for ((file, (image, expected)), got) in archives.iter().zip(expected).zip(found) {
            match got {
                Ok(got) if got == expected => {}
                Ok(got) => {
                    let fault = Fault::Image {
                        image,
                        expected,
                        got,
                    };
                    self.find(&file.path, fault);
                }
                Err(source) => self.find(&file.path, Fault::Unreadable { source }),
            }
        }
        Ok(count)
    }

    /// What can be said of a description alone.
    fn description(&mut self, image: ImageId, file: &Entry) {
        match fs::read(&file.path) {
            Err(source) => self.find(&file.path, Fault::Unreadable { source }),
            Ok(bytes) => match ArchiveFile::parse(&bytes, &file.path) {
                Err(source) => self.find(&file.path, Fault::ImageDescription { image, source }),
                Ok(_) if is_missing(&file.path.with_extension("tar")) => {
                    self.find(&file.path, Fault::LostImage { image });
                }
                Ok(_) => {}
            },
        }
    }

    /// What an archive should be; `None` where its description does not say, which is found there.
    fn described(&mut self, image: ImageId, file: &Entry) -> Option<Sha256Digest> {
        let path = file.path.with_extension("json");
        if is_missing(&path) {
            self.find(&file.path, Fault::UndescribedImage { image });
            return None;
        }
        described(&path)
    }

    pub(super) fn downloads(&mut self) -> Result<(), CheckError> {
        let (mut files, mut expected) = (Vec::new(), Vec::new());
        for entry in self.list(&self.folder("downloads")) {
            match (Sha256Digest::from_hex(&entry.name), entry.kind) {
                (Ok(digest), EntryKind::File) => {
                    expected.push(digest);
                    files.push(entry);
                }
                (Ok(_), found) => self.find(&entry.path, Fault::NotAFile { found }),
                (Err(_), EntryKind::Folder) => self.find(&entry.path, Fault::HalfDownload),
                (Err(_), _) => self.find(&entry.path, Fault::UnknownEntry),
            }
        }
        if self.depth == Depth::Names {
            return Ok(());
        }
        let found = digests(&files, "checking downloads", self.watch)?;
        for ((file, expected), got) in files.iter().zip(expected).zip(found) {
            match got {
                Ok(got) if got == expected => {}
                Ok(got) => self.find(&file.path, Fault::Download { expected, got }),
                Err(source) => self.find(&file.path, Fault::Unreadable { source }),
            }
        }
        Ok(())
    }
}

/// The digest that a description gives its archive.
pub(crate) fn described(path: &Path) -> Option<Sha256Digest> {
    let bytes = fs::read(path).ok()?;
    let description = ArchiveFile::parse(&bytes, path).ok()?;
    Some(description.digest)
}
