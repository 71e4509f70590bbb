//! From an image's archive to a root file system.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::path::Path;

use resow_manifest::digest::Sha256Digest;

use super::disk_guard::DiskGuard;
use super::error::{LayerError, RootFileSystemError};
use super::file_lock::FileLock;
use super::layer_entry::Change;
use super::layer_reader::LayerReader;
use super::merged_tree::MergedTree;
use super::mount_points;
use super::new_root::NewRoot;
use super::region::RegionReader;
use super::registration::Registration;
use super::roots::RootFileSystems;
use super::sealing::seal;
use super::tree_writer::TreeWriter;
use crate::event::{Event, EventSink};
use crate::image::archive::{self, LayerRegion, OpenArchive};
use crate::image::identity::ImageIdentity;
use crate::image::root::spool::LARGEST_IMAGE;
use crate::interrupt::Interrupt;

/// The most layers of an image; engines take at most 127.
const MOST_LAYERS: usize = 512;

impl RootFileSystems {
    /// Unpacks the image that an archive of this program's form holds, unless it is unpacked already. Every digest is
    /// checked. Two processes that want the same image unpack it once.
    ///
    /// # Errors
    /// When the image is damaged or hostile, has something else where sandboxes mount, does not fit, or the user asks
    /// to stop. Then nothing is left of it.
    pub fn unpack(
        &self,
        archive: &Path,
        events: &mut EventSink<'_>,
        interrupt: &Interrupt,
    ) -> Result<ImageIdentity, RootFileSystemError> {
        let archive = archive::open(archive)?;
        limit(&archive.layers)?;
        let path = self.unpacking_lock(&archive.identity.id);
        let _lock = FileLock::exclusive_unless(&path, interrupt)
            .map_err(RootFileSystemError::file("lock", &path))?
            .ok_or(RootFileSystemError::Interrupted)?;
        if self.registration(&archive.identity.id)?.is_some() {
            return Ok(archive.identity);
        }
        // What others left takes room; what cannot be removed does not keep this from being unpacked.
        let _ = self.sweep();
        let mut tree = read_layers(&archive, events, interrupt)?;
        let absent = mount_points::make(&mut tree)?;
        let roots = self.part("roots");
        let mut guard = DiskGuard::new(&roots, self.reserve)?;
        guard.expect(tree.size())?;
        let root = NewRoot::make(&roots)?;
        let index = write(&archive, &tree, &root, &mut guard, events, interrupt)?;
        self.register(&Registration::new(
            archive.identity.clone(),
            root.name.clone(),
            index,
            absent,
        ))?;
        root.keep();
        Ok(archive.identity)
    }
}

fn limit(layers: &[LayerRegion]) -> Result<(), RootFileSystemError> {
    // A small archive may name one layer often.
    let bytes = layers
        .iter()
        .map(|layer| layer.size)
        .fold(0, u64::saturating_add);
    if layers.len() > MOST_LAYERS {
        return Err(RootFileSystemError::TooLarge("too many layers"));
    }
    if bytes > LARGEST_IMAGE {
        return Err(RootFileSystemError::TooLarge("layers that are too large"));
    }
    Ok(())
}

/// Merges all layers, and checks their digests.
fn read_layers(
    archive: &OpenArchive,
    events: &mut EventSink<'_>,
    interrupt: &Interrupt,
) -> Result<MergedTree, RootFileSystemError> {
    let mut tree = MergedTree::new();
    let total = archive.layers.iter().map(|layer| layer.size).sum();
    let mut done = 0;
    let mut tick = |count| {
        done += count;
        events(Event::Progress {
            activity: "checking the image",
            done,
            total: Some(total),
        });
        !interrupt.is_requested()
    };
    for layer in &archive.layers {
        let region = RegionReader::new(&archive.file, *layer, &mut tick);
        read_layer(&mut tree, region).map_err(|source| match source {
            LayerError::Interrupted => RootFileSystemError::Interrupted,
            source => RootFileSystemError::Layer {
                digest: layer.digest,
                source,
            },
        })?;
    }
    Ok(tree)
}

fn read_layer(tree: &mut MergedTree, region: RegionReader<'_>) -> Result<(), LayerError> {
    let mut reader = LayerReader::new(region);
    let next = || {
        reader
            .next()
            .and_then(|entry| entry.map(Change::read).transpose())
            .transpose()
    };
    tree.apply(&mut std::iter::from_fn(next))?;
    reader.finish()
}

/// Writes the tree and its index, and syncs both; returns the digest of the index.
fn write(
    archive: &OpenArchive,
    tree: &MergedTree,
    root: &NewRoot,
    guard: &mut DiskGuard,
    events: &mut EventSink<'_>,
    interrupt: &Interrupt,
) -> Result<Sha256Digest, RootFileSystemError> {
    let path = root.place.root();
    let folder = File::open(&path).map_err(RootFileSystemError::file("open", &path))?;
    let total = tree.size().bytes;
    let mut done = 0;
    let mut tick = |count| {
        done += count;
        events(Event::Progress {
            activity: "unpacking the image",
            done,
            total: Some(total),
        });
    };
    TreeWriter::new(
        tree,
        &archive.file,
        folder.as_fd(),
        guard,
        interrupt,
        &mut tick,
    )
    .write()?;
    let index = seal(tree, folder.as_fd(), interrupt)?;
    let path = root.place.index();
    File::create_new(&path)
        .and_then(|mut file| file.write_all(&index))
        .and_then(|()| Ok(rustix::fs::syncfs(&folder)?))
        .map_err(RootFileSystemError::file("write", &path))?;
    Ok(Sha256Digest::of(&index))
}
