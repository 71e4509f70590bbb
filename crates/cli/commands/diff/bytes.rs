//! The bytes of both sides: files beneath folders, else blobs of the store.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::PathBuf;

use resow_manifest::digest::Sha256Digest;
use resow_verifier::content::Source;
use resow_verifier::verdict::Bytes;

use super::side::{STDOUT_FILE, Side};
use crate::project::Project;

/// The bytes of both sides.
pub(super) struct BothBytes<'a> {
    files: BTreeMap<Sha256Digest, PathBuf>,
    /// Whose store is asked; without one there are folders alone.
    project: Option<&'a Project>,
}

impl<'a> BothBytes<'a> {
    pub(super) fn of(project: Option<&'a Project>, sides: [&Side; 2]) -> Self {
        let mut files = BTreeMap::new();
        for side in sides {
            let Some(folder) = &side.folder else {
                continue;
            };
            for (name, entry) in &side.outputs {
                if let Some((digest, _)) = entry.content.blob() {
                    let path = name.path().map_or(STDOUT_FILE, |path| path.as_str());
                    files.insert(digest, folder.join(path));
                }
            }
        }
        Self { files, project }
    }
}

impl Bytes for BothBytes<'_> {
    fn source(&self, digest: &Sha256Digest, size: u64) -> io::Result<Option<Source>> {
        let Some(path) = self.files.get(digest) else {
            return match self.project.map(Project::store_to_read).transpose() {
                Ok(Some(Some(store))) => store.source(digest, size),
                _ => Ok(None),
            };
        };
        let source = Source::of_file(File::open(path)?)?;
        // It was hashed a moment ago.
        if source.length() != size {
            return Err(io::Error::other(format!(
                "`{}` changed while it was compared",
                path.display()
            )));
        }
        Ok(Some(source))
    }
}
