//! The last step of unpacking: folders get their attributes, from the deepest up, and the index is taken.

use std::os::fd::{AsFd as _, BorrowedFd};

use resow_manifest::digest::Sha256Digest;
use rustix::fs::{AtFlags, Mode};

use super::attributes::Ownership;
use super::error::RootFileSystemError;
use super::index::{Facts, IndexBuilder, IndexedFolder, Record};
use super::layer_path::LayerPath;
use super::merged_tree::{MergedTree, NodeId, NodeKind};
use super::tree_writer::{dress, failed};
use crate::interrupt::Interrupt;
use crate::workspace::folder_walk::FOLDER;

/// Seals a root that was written; returns its index.
pub(super) fn seal(
    tree: &MergedTree,
    root: BorrowedFd<'_>,
    interrupt: &Interrupt,
) -> Result<Vec<u8>, RootFileSystemError> {
    let mut sealer = Sealer {
        tree,
        ownership: Ownership::of_this_process(),
        interrupt,
        index: IndexBuilder::default(),
    };
    let path = LayerPath::default();
    sealer.folder(root, MergedTree::ROOT, &path, false)?;
    let stat = rustix::fs::fstat(root).map_err(|error| failed(&path, error.into()))?;
    Ok(sealer.index.finish(Facts::of(&stat)))
}

struct Sealer<'a> {
    tree: &'a MergedTree,
    ownership: Ownership,
    interrupt: &'a Interrupt,
    index: IndexBuilder,
}

impl Sealer<'_> {
    fn folder(
        &mut self,
        folder: BorrowedFd<'_>,
        id: NodeId,
        path: &LayerPath,
        is_beneath_closed: bool,
    ) -> Result<(), RootFileSystemError> {
        let node = self.tree.node(id);
        let NodeKind::Folder(names) = &node.kind else {
            return Ok(());
        };
        if self.interrupt.is_requested() {
            return Err(RootFileSystemError::Interrupted);
        }
        let mode = node.attributes.mode(self.ownership, true);
        let is_closed =
            is_beneath_closed || self.ownership == Ownership::User && !mode.contains(Mode::XUSR);
        let mut records = Vec::new();
        for (name, child) in names {
            let path = path.join(name);
            let failed = |error: rustix::io::Errno| failed(&path, error.into());
            if let NodeKind::Folder(_) = self.tree.node(*child).kind {
                let opened = rustix::fs::openat(folder, &name[..], FOLDER, Mode::empty());
                self.folder(opened.map_err(failed)?.as_fd(), *child, &path, is_closed)?;
            }
            let stat = rustix::fs::statat(folder, &name[..], AtFlags::SYMLINK_NOFOLLOW);
            records.push(Record {
                name,
                facts: Facts::of(&stat.map_err(failed)?),
                digest: self.digest(*child),
            });
        }
        self.index.add(&IndexedFolder {
            path: path.as_bytes(),
            is_closed,
            records,
        });
        dress(folder, &node.attributes, self.ownership, true)
            .map_err(|error| failed(path, error.into()))
    }

    fn digest(&self, id: NodeId) -> Option<Sha256Digest> {
        match &self.tree.node(id).kind {
            NodeKind::File(content) => Some(content.digest),
            NodeKind::Symlink(target) => Some(Sha256Digest::of(target)),
            NodeKind::Folder(_) | NodeKind::Fifo => None,
        }
    }
}
