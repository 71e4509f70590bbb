//! Writes an archive in one go: each layer straight into it, its header once its digest is known.

use std::io::{self, Read, Seek, SeekFrom, Write};

use resow_manifest::digest::Sha256Digest;
use sha2::Digest as _;
use tar::{EntryType, Header};

use super::description::{BLOBS, DockerImage, Index, LAYOUT, Manifest, blob_name};
use crate::image::root::layer::FILE_TIME;

const BLOCK: u64 = 512;

/// An archive being written.
pub(crate) struct ArchiveWriter<W> {
    destination: W,
    layers: Vec<(Sha256Digest, u64)>,
}

impl<W: Write + Seek> ArchiveWriter<W> {
    /// Begins an archive.
    pub(crate) fn new(mut destination: W) -> io::Result<Self> {
        for folder in ["blobs/", BLOBS] {
            destination.write_all(header(folder, EntryType::Directory, 0)?.as_bytes())?;
        }
        Ok(Self {
            destination,
            layers: Vec::new(),
        })
    }

    /// Adds the next layer, which `write` writes.
    pub(crate) fn layer(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<Sha256Digest> {
        let start = self.destination.stream_position()?;
        self.destination.write_all(&[0; BLOCK as usize])?;
        let mut counted = Hashing::new(&mut self.destination);
        write(&mut counted)?;
        let (digest, size) = counted.finish();
        pad(&mut self.destination, size)?;
        let end = self.destination.stream_position()?;
        self.destination.seek(SeekFrom::Start(start))?;
        let header = header(&blob_name(&digest), EntryType::Regular, size)?;
        self.destination.write_all(header.as_bytes())?;
        self.destination.seek(SeekFrom::Start(end))?;
        self.layers.push((digest, size));
        Ok(digest)
    }

    /// Adds the next layer, known already; one that was added before is only named again.
    pub(crate) fn known_layer(
        &mut self,
        digest: Sha256Digest,
        size: u64,
        content: &mut dyn Read,
    ) -> io::Result<()> {
        if !self.layers.iter().any(|(known, _)| *known == digest) {
            self.entry(&blob_name(&digest), size, content)?;
        }
        self.layers.push((digest, size));
        Ok(())
    }

    /// Ends the archive with the image's configuration.
    pub(crate) fn finish(mut self, configuration: &[u8]) -> io::Result<W> {
        let config = self.blob(configuration)?;
        let manifest = serde_json::to_vec(&Manifest::new(config, &self.layers))?;
        let manifest = self.blob(&manifest)?;
        let index = serde_json::to_vec(&Index::new(manifest))?;
        let images = serde_json::to_vec(&[DockerImage::new(&config.0, &self.layers)])?;
        for (name, content) in [
            ("index.json", index.as_slice()),
            ("manifest.json", &images),
            ("oci-layout", LAYOUT),
        ] {
            self.entry(name, content.len() as u64, &mut &*content)?;
        }
        self.destination.write_all(&[0; 2 * BLOCK as usize])?;
        self.destination.flush()?;
        Ok(self.destination)
    }

    fn blob(&mut self, content: &[u8]) -> io::Result<(Sha256Digest, u64)> {
        let digest = Sha256Digest::of(content);
        let size = content.len() as u64;
        self.entry(&blob_name(&digest), size, &mut &*content)?;
        Ok((digest, size))
    }

    fn entry(&mut self, name: &str, size: u64, content: &mut dyn Read) -> io::Result<()> {
        let header = header(name, EntryType::Regular, size)?;
        self.destination.write_all(header.as_bytes())?;
        let copied = io::copy(content, &mut self.destination)?;
        if copied != size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        pad(&mut self.destination, size)
    }
}

fn header(name: &str, kind: EntryType, size: u64) -> io::Result<Header> {
    let mut header = Header::new_gnu();
    header.set_path(name)?;
    header.set_entry_type(kind);
    header.set_mode(if kind == EntryType::Directory {
        0o755
    } else {
        0o644
    });
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(FILE_TIME);
    header.set_size(size);
    header.set_cksum();
    Ok(header)
}

fn pad(destination: &mut dyn Write, size: u64) -> io::Result<()> {
    let missing = size.next_multiple_of(BLOCK) - size;
    io::copy(&mut io::repeat(0).take(missing), destination)?;
    Ok(())
}

/// Counts and hashes what passes.
pub(crate) struct Hashing<W> {
    inner: W,
    hasher: sha2::Sha256,
    size: u64,
}

impl<W: Write> Hashing<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self {
            inner,
            hasher: sha2::Sha256::new(),
            size: 0,
        }
    }

    /// The digest and size of what passed.
    pub(crate) fn finish(self) -> (Sha256Digest, u64) {
        let digest = Sha256Digest::from_bytes(self.hasher.finalize().into());
        (digest, self.size)
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(buffer)?;
        self.hasher.update(&buffer[..count]);
        self.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
