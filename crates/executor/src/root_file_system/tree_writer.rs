//! Writes a merged tree into a new, empty folder: each name once, nothing over anything else.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use resow_manifest::digest::Sha256Digest;
use rustix::fs::{AtFlags, Gid, Mode, OFlags, Uid, XattrFlags};
use rustix::io::Errno;
use sha2::{Digest as _, Sha256};

use super::attributes::{Attributes, Ownership};
use super::disk_guard::DiskGuard;
use super::error::RootFileSystemError;
use super::layer_entry::FileContent;
use super::layer_path::LayerPath;
use super::merged_tree::{MergedTree, NodeId, NodeKind};
use super::region::PartReader;
use crate::interrupt::Interrupt;
use crate::workspace::folder_walk::FOLDER;

/// How much is copied at a time, in bytes.
const STEP: usize = 256 << 10;

/// Writes files, links and FIFOs with their attributes, and folders without: those come last, see
/// [`super::sealing`].
pub(super) struct TreeWriter<'a> {
    pub(super) tree: &'a MergedTree,
    pub(super) archive: &'a File,
    pub(super) ownership: Ownership,
    pub(super) guard: &'a mut DiskGuard,
    pub(super) interrupt: &'a Interrupt,
    /// Is told how many bytes were written more.
    pub(super) tick: &'a mut dyn FnMut(u64),
    root: BorrowedFd<'a>,
    /// Where what has several names was written first.
    first: HashMap<NodeId, LayerPath>,
    buffer: Vec<u8>,
}

impl<'a> TreeWriter<'a> {
    pub(super) fn new(
        tree: &'a MergedTree,
        archive: &'a File,
        root: BorrowedFd<'a>,
        guard: &'a mut DiskGuard,
        interrupt: &'a Interrupt,
        tick: &'a mut dyn FnMut(u64),
    ) -> Self {
        Self {
            tree,
            archive,
            ownership: Ownership::of_this_process(),
            guard,
            interrupt,
            tick,
            root,
            first: HashMap::new(),
            buffer: vec![0; STEP],
        }
    }

    /// Writes everything.
    pub(super) fn write(&mut self) -> Result<(), RootFileSystemError> {
        self.folder(self.root, MergedTree::ROOT, &LayerPath::default())
    }

    fn folder(
        &mut self,
        folder: BorrowedFd<'_>,
        id: NodeId,
        path: &LayerPath,
    ) -> Result<(), RootFileSystemError> {
        let tree = self.tree;
        let NodeKind::Folder(names) = &tree.node(id).kind else {
            return Ok(());
        };
        for (name, child) in names {
            if self.interrupt.is_requested() {
                return Err(RootFileSystemError::Interrupted);
            }
            self.guard.spend_entry()?;
            let path = path.join(name);
            if let NodeKind::Folder(_) = tree.node(*child).kind {
                let made = make_folder(folder, name).map_err(|error| failed(&path, error))?;
                self.folder(made.as_fd(), *child, &path)?;
            } else {
                self.name(folder, name, *child, path)?;
            }
        }
        Ok(())
    }

    /// Gives a file, link or FIFO a name, and makes it if this is its first.
    fn name(
        &mut self,
        folder: BorrowedFd<'_>,
        name: &[u8],
        id: NodeId,
        path: LayerPath,
    ) -> Result<(), RootFileSystemError> {
        if let Some(first) = self.first.get(&id) {
            match self.link(first, folder, name) {
                // As many names as the file system allows: the next is of a copy.
                Err(Errno::MLINK) => {}
                linked => return linked.map_err(|error| failed(&path, error.into())),
            }
        }
        self.make(folder, name, id, &path)?;
        if self.tree.node(id).names > 1 {
            self.first.insert(id, path);
        }
        Ok(())
    }

    fn link(
        &self,
        first: &LayerPath,
        folder: BorrowedFd<'_>,
        name: &[u8],
    ) -> rustix::io::Result<()> {
        let Some((above, first)) = first.split() else {
            return Err(Errno::INVAL);
        };
        let mut from: Option<OwnedFd> = None;
        for component in above.components() {
            let at = from.as_ref().map_or(self.root, |from| from.as_fd());
            from = Some(rustix::fs::openat(at, component, FOLDER, Mode::empty())?);
        }
        let at = from.as_ref().map_or(self.root, |from| from.as_fd());
        rustix::fs::linkat(at, first, folder, name, AtFlags::empty())
    }

    fn make(
        &mut self,
        folder: BorrowedFd<'_>,
        name: &[u8],
        id: NodeId,
        path: &LayerPath,
    ) -> Result<(), RootFileSystemError> {
        let node = self.tree.node(id);
        let made = match &node.kind {
            NodeKind::File(content) => {
                return self.file(folder, name, content, &node.attributes, path);
            }
            NodeKind::Symlink(target) => rustix::fs::symlinkat(&target[..], folder, name),
            NodeKind::Fifo => rustix::fs::mkfifoat(folder, name, Mode::RUSR | Mode::WUSR),
            NodeKind::Folder(_) => return Ok(()),
        };
        let is_fifo = matches!(node.kind, NodeKind::Fifo);
        made.and_then(|()| self.dress_name(folder, name, &node.attributes, is_fifo))
            .map_err(|error| failed(path, error.into()))
    }

    /// Sets the attributes of what cannot be opened: a symbolic link or a FIFO.
    fn dress_name(
        &self,
        folder: BorrowedFd<'_>,
        name: &[u8],
        attributes: &Attributes,
        has_mode: bool,
    ) -> rustix::io::Result<()> {
        let nofollow = AtFlags::SYMLINK_NOFOLLOW;
        if self.ownership == Ownership::Image {
            let (user, group) = owner(attributes);
            rustix::fs::chownat(folder, name, Some(user), Some(group), nofollow)?;
        }
        if has_mode {
            let mode = attributes.mode(self.ownership, false);
            rustix::fs::chmodat(folder, name, mode, AtFlags::empty())?;
        }
        rustix::fs::utimensat(folder, name, &attributes.times(), nofollow)
    }

    fn file(
        &mut self,
        folder: BorrowedFd<'_>,
        name: &[u8],
        content: &FileContent,
        attributes: &Attributes,
        path: &LayerPath,
    ) -> Result<(), RootFileSystemError> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened = rustix::fs::openat(folder, name, flags, Mode::RUSR | Mode::WUSR);
        let mut file = File::from(opened.map_err(|error| failed(path, error.into()))?);
        self.copy(&mut file, content, path)?;
        dress(file.as_fd(), attributes, self.ownership, false)
            .map_err(|error| failed(path, error.into()))
    }

    fn copy(
        &mut self,
        file: &mut File,
        content: &FileContent,
        path: &LayerPath,
    ) -> Result<(), RootFileSystemError> {
        let mut from = PartReader {
            file: self.archive,
            offset: content.offset,
            remaining: content.size,
        };
        let mut hasher = Sha256::new();
        while from.remaining > 0 {
            if self.interrupt.is_requested() {
                return Err(RootFileSystemError::Interrupted);
            }
            let count = from
                .read(&mut self.buffer)
                .map_err(|error| failed(path, error))?;
            if count == 0 {
                return Err(RootFileSystemError::Changed(path.to_string()));
            }
            let bytes = &self.buffer[..count];
            hasher.update(bytes);
            file.write_all(bytes).map_err(|error| failed(path, error))?;
            self.guard.spend(count as u64)?;
            (self.tick)(count as u64);
        }
        if Sha256Digest::from_bytes(hasher.finalize().into()) == content.digest {
            Ok(())
        } else {
            Err(RootFileSystemError::Changed(path.to_string()))
        }
    }
}

/// Sets the attributes of an open file or folder; its permissions after what they may forbid, its time last.
pub(super) fn dress(
    file: BorrowedFd<'_>,
    attributes: &Attributes,
    ownership: Ownership,
    is_folder: bool,
) -> rustix::io::Result<()> {
    for (name, value) in &attributes.extended {
        match rustix::fs::fsetxattr(file, name, value, XattrFlags::empty()) {
            // Not every file system has them, and no engine insists.
            Err(Errno::OPNOTSUPP) => break,
            set => set?,
        }
    }
    if ownership == Ownership::Image {
        let (user, group) = owner(attributes);
        rustix::fs::fchown(file, Some(user), Some(group))?;
    }
    rustix::fs::fchmod(file, attributes.mode(ownership, is_folder))?;
    rustix::fs::futimens(file, &attributes.times())
}

fn owner(attributes: &Attributes) -> (Uid, Gid) {
    (
        Uid::from_raw(attributes.user),
        Gid::from_raw(attributes.group),
    )
}

fn make_folder(folder: BorrowedFd<'_>, name: &[u8]) -> io::Result<OwnedFd> {
    rustix::fs::mkdirat(folder, name, Mode::RWXU)?;
    Ok(rustix::fs::openat(folder, name, FOLDER, Mode::empty())?)
}

/// The error for what cannot be written at `path` in the image.
pub(super) fn failed(path: &LayerPath, error: io::Error) -> RootFileSystemError {
    RootFileSystemError::file("unpack", path.to_string())(error)
}
