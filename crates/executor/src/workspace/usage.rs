//! How much a run has written so far.

use std::collections::HashSet;
use std::io;
use std::path::Path;

use super::WorkspaceError;
use super::folder_walk::{FOLDER, Found, Visitor, walk};

/// The bytes on disk of everything beneath a folder that may be changing, each hard-linked file counted once.
pub(crate) fn allocated_bytes(folder: &Path) -> Result<u64, WorkspaceError> {
    let root = rustix::fs::open(folder, FOLDER, rustix::fs::Mode::empty())
        .map_err(WorkspaceError::file("open", folder))?;
    let mut sum = Sum::default();
    walk(root, &mut sum).map_err(|error| {
        let inner = folder.join(String::from_utf8_lossy(&error.path).as_ref());
        WorkspaceError::file("look at", inner)(error.source)
    })?;
    Ok(sum.bytes)
}

#[derive(Default)]
struct Sum {
    bytes: u64,
    linked: HashSet<(u64, u64)>,
}

impl Visitor for Sum {
    fn visit(&mut self, found: &Found<'_>) -> io::Result<bool> {
        let stat = found.stat;
        let is_folder = found.kind() == rustix::fs::FileType::Directory;
        if is_folder || stat.st_nlink < 2 || self.linked.insert((stat.st_dev, stat.st_ino)) {
            // `st_blocks` counts 512 bytes each, whatever the file system's own blocks are (stat(3type)).
            self.bytes = self
                .bytes
                .saturating_add(stat.st_blocks.cast_unsigned().saturating_mul(512));
        }
        Ok(true)
    }

    fn is_moving(&self) -> bool {
        true
    }
}
