//! Images as archives, by their identity.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use resow_manifest::digest::Sha256Digest;
use resow_manifest::identifiers::ImageId;
use serde::{Deserialize, Serialize};

use crate::blob_reader::BlobReader;
use crate::error::{About as _, StoreError};
use crate::store::Store;
use crate::writing::{create, names, sync_folder, write_whole};

/// What the store knows of an archive: enough to find damage.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArchiveFile {
    version: u32,
    pub(crate) digest: Sha256Digest,
    pub(crate) size: u64,
}

impl ArchiveFile {
    /// Reads what [`Self::text`] wrote to `path`.
    pub(crate) fn parse(bytes: &[u8], path: &Path) -> Result<Self, StoreError> {
        let description: Self =
            serde_json::from_slice(bytes).map_err(|error| StoreError::Damaged {
                what: format!("`{}`", path.display()),
                expected: "version, digest and size".to_owned(),
                got: error.to_string(),
            })?;
        if description.version > 1 {
            return Err(StoreError::Newer {
                path: path.to_owned(),
                version: description.version,
                known: 1,
            });
        }
        Ok(description)
    }

    fn text(&self) -> String {
        format!(
            "{{\"version\":{},\"digest\":\"{}\",\"size\":{}}}\n",
            self.version, self.digest, self.size
        )
    }
}

impl Store {
    /// Copies an archive of the image into the store; the caller has checked that it is that image.
    ///
    /// # Errors
    /// When it cannot be read or stored.
    pub fn add_image(&self, archive: &Path, id: &ImageId) -> Result<PathBuf, StoreError> {
        let path = self.image_path(id, "tar");
        let aside = self.aside()?;
        let copied = copy_durably(archive, &aside).and_then(|()| describe(&aside));
        let put = copied.and_then(|description| self.put_image(id, &aside, &description));
        put.inspect_err(|_| {
            let _ = fs::remove_file(&aside);
        })?;
        Ok(path)
    }

    /// Puts an archive in its place. At each moment there is an archive with the description that is its own, or one
    /// without any, which is none.
    fn put_image(
        &self,
        id: &ImageId,
        aside: &Path,
        description: &ArchiveFile,
    ) -> Result<(), StoreError> {
        // Of two that keep the same image at once, one is first with both files.
        let _alone = self.alone()?;
        let (path, described) = (self.image_path(id, "tar"), self.image_path(id, "json"));
        let text = description.text();
        if fs::read(&described).is_ok_and(|there| there != text.as_bytes()) {
            fs::remove_file(&described).writing(&described)?;
            sync_folder(&self.folder("images"))?;
        }
        fs::rename(aside, &path).writing(&path)?;
        sync_folder(&self.folder("images"))?;
        write_whole(&self.aside()?, &described, text.as_bytes())
    }

    /// The archive of the image, where the store has it. Only its size is checked here, and the whole of it in
    /// [`Store::check_image`]; whoever loads it checks that it is the image.
    ///
    /// # Errors
    /// When what the store knows of it is damaged, or its size is another.
    pub fn image(&self, id: &ImageId) -> Result<Option<PathBuf>, StoreError> {
        let Some(description) = self.describe_image(id)? else {
            return Ok(None);
        };
        let path = self.image_path(id, "tar");
        let size = fs::symlink_metadata(&path).reading(&path)?.len();
        if size != description.size {
            return Err(StoreError::Damaged {
                what: format!("image `{}`", id.digest().short()),
                expected: format!("{} bytes", description.size),
                got: format!("{size} bytes"),
            });
        }
        Ok(Some(path))
    }

    /// Reads the whole archive of an image and checks it; `false` where the store does not have it.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn check_image(&self, id: &ImageId) -> Result<bool, StoreError> {
        let (Some(path), Some(description)) = (self.image(id)?, self.describe_image(id)?) else {
            return Ok(false);
        };
        let file = File::open(&path).reading(&path)?;
        let mut reader = BlobReader::new(file, description.digest);
        match io::copy(&mut reader, &mut io::sink()) {
            Ok(_) => Ok(true),
            Err(error) => Err(error
                .downcast::<StoreError>()
                .unwrap_or_else(|other| StoreError::reading(&path, other))),
        }
    }

    /// The images that the store has, sorted.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub fn images(&self) -> Result<Vec<ImageId>, StoreError> {
        let folder = self.folder("images");
        let mut found = Vec::new();
        for name in names(&folder)? {
            let hex = name.strip_suffix(".json");
            let digest = hex.and_then(|hex| Sha256Digest::from_hex(hex).ok());
            found.extend(digest.map(ImageId::new));
        }
        found.sort_unstable();
        Ok(found)
    }

    fn describe_image(&self, id: &ImageId) -> Result<Option<ArchiveFile>, StoreError> {
        let path = self.image_path(id, "json");
        match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            read => ArchiveFile::parse(&read.reading(&path)?, &path).map(Some),
        }
    }

    fn image_path(&self, id: &ImageId, extension: &str) -> PathBuf {
        self.folder("images")
            .join(format!("{}.{extension}", id.digest().hex()))
    }
}

fn copy_durably(from: &Path, to: &Path) -> Result<(), StoreError> {
    let mut source = File::open(from).reading(from)?;
    let mut copy = create(to)?;
    // Shares blocks between the two files where the file system can.
    io::copy(&mut source, &mut copy).writing(to)?;
    copy.sync_all().writing(to)
}

fn describe(path: &Path) -> Result<ArchiveFile, StoreError> {
    let mut hasher = HashingSink::default();
    let mut file = File::open(path).reading(path)?;
    let size = io::copy(&mut file, &mut hasher).reading(path)?;
    Ok(ArchiveFile {
        version: 1,
        digest: hasher.digest(),
        size,
    })
}

#[derive(Default)]
struct HashingSink(sha2::Sha256);

impl HashingSink {
    fn digest(self) -> Sha256Digest {
        use sha2::Digest as _;
        Sha256Digest::from_bytes(self.0.finalize().into())
    }
}

impl io::Write for HashingSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        use sha2::Digest as _;
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
