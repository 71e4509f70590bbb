//! What a zip archive holds: each byte of it is that of a member, its headers or the directory, and these agree.

use std::io::BufReader;

use flate2::bufread::DeflateDecoder;
use flate2::{Crc, CrcReader};
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::zip_layout::Layout;
use super::zip_mode::Mode;
use crate::content::metered::Metered;
use crate::content::parts::damage;
use crate::content::{Attributes, Budget, ContentError, Format, Source};

/// A member of a zip archive.
pub(super) struct ZipEntry {
    /// Its name as it is written.
    pub(super) name: String,
    /// Its kind, and whether it may be executed.
    pub(super) mode: Mode,
    /// What else is said of it.
    pub(super) attributes: Attributes,
    /// Its bytes as they lie in the archive.
    pub(super) data: Source,
    is_stored: bool,
    size: u64,
    checksum: u32,
}

/// All members of a zip archive, and what is said of it.
///
/// # Errors
/// When it is no zip archive, is encrypted, says two things of one member, has bytes that belong to none, or more members
/// than `budget` allows.
pub(super) fn zip_entries(
    format: Format,
    source: &Source,
    budget: &Budget,
) -> Result<(Vec<ZipEntry>, Attributes), ContentError> {
    let broken = |error| of_zip(format, error);
    let (reader, meter) = Metered::new(source);
    meter.allow(budget.limits().structured);
    let mut archive = ZipArchive::new(reader).map_err(broken)?;
    let limit = budget.limits().members;
    if archive.len() > limit {
        let what = "members";
        return Err(ContentError::TooMany { what, limit });
    }
    meter.allow(u64::MAX);
    // Names that stand there twice, members that overlap, and headers that say something else than the directory.
    archive.validate_header_consistency().map_err(broken)?;
    let mut layout = Layout::new(format, source, archive.central_directory_start());
    let mut entries = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        budget.part()?;
        entries.push(entry(&mut archive, index, format, source, &mut layout)?);
    }
    layout.check(archive.comment().len())?;
    let mut attributes = Attributes::new();
    if !archive.comment().is_empty() {
        let comment = archive.comment().escape_ascii().to_string();
        attributes.insert("comment".to_owned(), comment);
    }
    Ok((entries, attributes))
}

fn entry(
    archive: &mut ZipArchive<Metered>,
    index: usize,
    format: Format,
    source: &Source,
    layout: &mut Layout<'_>,
) -> Result<ZipEntry, ContentError> {
    let broken = |error| of_zip(format, error);
    let file = archive.by_index_raw(index).map_err(broken)?;
    if file.encrypted() {
        return Err(ContentError::Unsupported {
            what: "encrypted zip archives".to_owned(),
        });
    }
    let start = file.data_start().ok_or(ContentError::Truncated)?;
    let data = source.slice(start, file.compressed_size());
    let data = data.ok_or(ContentError::Truncated)?;
    let is_stored = match file.compression() {
        CompressionMethod::Stored if file.size() != file.compressed_size() => {
            return Err(ContentError::malformed(
                format,
                "a stored member has two sizes",
            ));
        }
        CompressionMethod::Stored => true,
        CompressionMethod::Deflated => false,
        other => {
            return Err(ContentError::Unsupported {
                what: format!("zip archives with members that are packed by {other}"),
            });
        }
    };
    let (mode, attributes) = layout.add(&file)?;
    Ok(ZipEntry {
        name: file.name().map_err(broken)?.into_owned(),
        mode,
        attributes,
        data,
        is_stored,
        size: file.size(),
        checksum: file.crc32(),
    })
}

impl ZipEntry {
    /// Its content, where it lies in the archive as it is.
    ///
    /// # Errors
    /// When its checksum is another.
    pub(super) fn stored(&self, format: Format) -> Result<Option<Source>, ContentError> {
        if !self.is_stored {
            return Ok(None);
        }
        let mut state = Crc::new();
        let mut offset = 0;
        let length = self.data.length().min(64 << 10);
        let mut buffer = vec![0; usize::try_from(length).unwrap_or(0)];
        while offset < self.data.length() {
            match self.data.read_at(offset, &mut buffer)? {
                0 => return Err(ContentError::Truncated),
                read => {
                    state.update(&buffer[..read]);
                    offset += read as u64;
                }
            }
        }
        self.check(format, state.sum(), self.size)?;
        Ok(Some(self.data.clone()))
    }

    /// Unpacks its content with `unpack`, which reads all of the stream that it gets.
    ///
    /// # Errors
    /// When `unpack` has one, or what was unpacked is not what the archive says.
    pub(super) fn unpacked<T>(
        &self,
        format: Format,
        unpack: impl FnOnce(&mut dyn std::io::Read) -> Result<T, ContentError>,
    ) -> Result<T, ContentError> {
        let packed = BufReader::new(self.data.reader());
        let mut stream = CrcReader::new(DeflateDecoder::new(packed));
        let done = unpack(&mut stream)?;
        let sum = stream.crc().sum();
        let decoder = stream.into_inner();
        self.check(format, sum, decoder.total_out())?;
        if decoder.total_in() != self.data.length() {
            let reason = format!(
                "bytes stand behind what is packed in `{}`",
                self.name.escape_debug()
            );
            return Err(ContentError::malformed(format, reason));
        }
        Ok(done)
    }

    fn check(&self, format: Format, checksum: u32, size: u64) -> Result<(), ContentError> {
        if (checksum, size) == (self.checksum, self.size) {
            return Ok(());
        }
        let name = self.name.escape_debug();
        Err(ContentError::malformed(
            format,
            format!("the checksum of `{name}` is that of other bytes"),
        ))
    }
}

/// A failure of the operating system is one of reading; any other is of the archive.
pub(super) fn of_zip(format: Format, error: ZipError) -> ContentError {
    match error {
        ZipError::Io(error) => damage(format, error),
        ZipError::UnsupportedArchive(what) => ContentError::Unsupported {
            what: format!("such zip archives: {what}"),
        },
        other => ContentError::malformed(format, other),
    }
}
