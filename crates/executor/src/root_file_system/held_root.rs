//! An unpacked image that stays as long as it is held.

use std::fs::File;
use std::os::fd::AsFd as _;
use std::path::PathBuf;

use resow_manifest::digest::Sha256Digest;

use super::contents_check::check_contents;
use super::damage::{ContentsError, Damage};
use super::error::RootFileSystemError;
use super::file_lock::FileLock;
use super::index::Index;
use super::new_root::RootPlace;
use super::registration::Registration;
use super::roots::RootFileSystems;
use super::{index_check, mount_points};
use crate::event::EventSink;
use crate::image::identity::ImageIdentity;
use crate::interrupt::Interrupt;

/// An unpacked image. Nobody removes it before this is dropped.
#[derive(Debug)]
pub struct HeldRoot {
    pub(super) roots: RootFileSystems,
    pub(super) registration: Registration,
    pub(super) place: RootPlace,
    pub(super) _lock: FileLock,
}

/// What a check of contents found whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckedContents {
    /// Files and links that were read.
    pub read: u64,
    /// Files that the container's user may not read, nor this one; their times of change speak for them.
    pub unreadable: u64,
}

impl HeldRoot {
    /// The folder that is the image's root.
    pub fn path(&self) -> PathBuf {
        self.place.root()
    }

    /// Which image it is.
    pub const fn identity(&self) -> &ImageIdentity {
        &self.registration.image
    }

    /// Whether something can be mounted onto `path`, one of those that sandboxes mount onto. In some images
    /// `/etc/resolv.conf`, `/etc/hosts` or `/etc/hostname` is a symbolic link or a folder.
    pub fn has_mount_point(&self, path: &str) -> bool {
        mount_points::is_known(path)
            && !self.registration.absent.iter().any(|absent| absent == path)
    }

    /// Compares all of it with what was unpacked, but for contents: that each name is there and no other, with kind,
    /// mode, size, inode and both times. A change leaves its time, which cannot be set back.
    ///
    /// # Errors
    /// The first difference.
    pub fn check(&self) -> Result<(), Damage> {
        let bytes = self.index()?;
        let index = Index::read(&bytes).ok_or(Damage::Index)?;
        index_check::check(self.root()?.as_fd(), &index)
    }

    /// Compares all of it with what was unpacked, contents too.
    ///
    /// # Errors
    /// The first difference, or that the user asked to stop.
    pub fn check_contents(
        &self,
        events: &mut EventSink<'_>,
        interrupt: &Interrupt,
    ) -> Result<CheckedContents, ContentsError> {
        let bytes = self.index()?;
        let index = Index::read(&bytes).ok_or(Damage::Index)?;
        let root = self.root()?;
        index_check::check(root.as_fd(), &index)?;
        check_contents(root.as_fd(), &index, events, interrupt)
    }

    /// Sets it aside, so that the image is unpacked anew when it is next wanted. Whoever else holds it keeps it; a
    /// sweep removes it once nobody does.
    ///
    /// # Errors
    /// When its registration cannot be removed.
    pub fn discard(self) -> Result<(), RootFileSystemError> {
        self.roots.unregister(&self.registration)
    }

    fn root(&self) -> Result<File, Damage> {
        File::open(self.place.root()).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => Damage::Missing("/".to_owned()),
            _ => Damage::Unreadable {
                path: "/".to_owned(),
                source,
            },
        })
    }

    fn index(&self) -> Result<Vec<u8>, Damage> {
        let bytes = std::fs::read(self.place.index()).map_err(|_| Damage::Index)?;
        if Sha256Digest::of(&bytes) == self.registration.index {
            Ok(bytes)
        } else {
            Err(Damage::Index)
        }
    }
}
