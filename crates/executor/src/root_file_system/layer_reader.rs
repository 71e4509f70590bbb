//! The entries of a layer's tar: every header checked, none believed beyond its limits.
//!
//! Where tars can be read in two ways, this reads them as Go's `archive/tar`, with which engines read them: one
//! archive must not have two contents.

use resow_manifest::digest::Sha256Digest;
use sha2::{Digest as _, Sha256};
use tar::Header;

use super::attributes::{Attributes, Time};
use super::error::LayerError;
use super::extended_header::ExtendedHeader;
use super::layer_entry::{EntryKind, FileContent, LayerEntry};
use super::layer_path::LayerPath;
use super::region::RegionReader;

const BLOCK: usize = 512;
/// The most bytes of PAX records, or of a long name, before an entry: Go's limit.
const LARGEST_EXTENSION: u64 = 1 << 20;
/// The longest target of a symbolic link, in bytes (`PATH_MAX` of Linux with its NUL).
const LONGEST_TARGET: usize = 4095;
/// The times that are kept, in seconds since 1970: those that ext4 can hold.
const TIMES: std::ops::RangeInclusive<i64> = -(1 << 31)..=(1 << 34) - (1 << 31) - 1;

/// Reads one layer.
pub(super) struct LayerReader<'a> {
    region: RegionReader<'a>,
}

impl<'a> LayerReader<'a> {
    pub(super) const fn new(region: RegionReader<'a>) -> Self {
        Self { region }
    }

    /// The next entry; `None` at the end of the tar.
    ///
    /// # Errors
    /// When it is malformed or passes a limit, or the user asked to stop.
    pub(super) fn next(&mut self) -> Result<Option<LayerEntry>, LayerError> {
        let mut said = ExtendedHeader::default();
        while let Some(header) = self.header()? {
            match header.as_old().linkflag[0] {
                b'L' => said.path = Some(self.long_name(&header)?),
                b'K' => said.link = Some(self.long_name(&header)?),
                b'x' => {
                    let at = self.region.position();
                    let records = self.extension(&header)?;
                    said.read_records(&records)
                        .map_err(|problem| LayerError::Malformed { at, problem })?;
                }
                b'g' => drop(self.extension(&header)?),
                kind => return self.entry(kind, &header, said).map(Some),
            }
        }
        Ok(None)
    }

    /// Compares the digest of the whole layer with the image's.
    pub(super) fn finish(self) -> Result<(), LayerError> {
        self.region.finish()
    }

    /// The next header; `None` at the end: two blocks of zeros, or no more bytes.
    fn header(&mut self) -> Result<Option<Header>, LayerError> {
        if self.region.remaining() == 0 {
            return Ok(None);
        }
        let mut block = [0; BLOCK];
        self.region.exactly(&mut block)?;
        if is_zero(&block) {
            if self.region.remaining() >= BLOCK as u64 {
                self.region.exactly(&mut block)?;
                if !is_zero(&block) {
                    return Err(self.malformed("something follows a block of zeros"));
                }
            }
            return Ok(None);
        }
        let header = Header::from_byte_slice(&block).clone();
        let expected = octal(&header.as_old().cksum);
        if expected != Some(checksum(&block)) {
            return Err(self.malformed("a header's checksum does not match"));
        }
        Ok(Some(header))
    }

    fn entry(
        &mut self,
        kind: u8,
        header: &Header,
        said: ExtendedHeader,
    ) -> Result<LayerEntry, LayerError> {
        let name = match &said.path {
            Some(name) => name.clone(),
            None => header.path_bytes().into_owned(),
        };
        let path = LayerPath::read(&name)?;
        let refused = |problem| LayerError::Entry {
            path: path.to_string(),
            problem,
        };
        let target = match &said.link {
            Some(target) => target.clone(),
            None => header.link_name_bytes().unwrap_or_default().into_owned(),
        };
        let attributes = attributes(header, &said).map_err(refused)?;
        let kind = match kind {
            // Old tars have no type for folders but the slash at the end.
            b'0' | 0 if name.ends_with(b"/") => EntryKind::Folder,
            b'0' | 0 | b'7' => {
                let size = number(&header.as_old().size);
                let size = said.size.or(size);
                EntryKind::File(self.content(size.ok_or_else(|| refused("has no size"))?)?)
            }
            b'1' => EntryKind::HardLink(LayerPath::read(&target)?),
            b'2' if target.is_empty() || target.contains(&0) || target.len() > LONGEST_TARGET => {
                return Err(refused("is a symbolic link without a proper target"));
            }
            b'2' => EntryKind::Symlink(target),
            b'3' | b'4' => EntryKind::Device,
            b'5' => EntryKind::Folder,
            b'6' => EntryKind::Fifo,
            b'S' => return Err(refused("is a sparse file, which is not supported")),
            _ => return Err(refused("is of an unknown kind")),
        };
        Ok(LayerEntry {
            path,
            kind,
            attributes,
        })
    }

    /// Reads a file's bytes and remembers where they are.
    fn content(&mut self, size: u64) -> Result<FileContent, LayerError> {
        if size > self.region.remaining() {
            return Err(self.malformed("a file is longer than the layer"));
        }
        let offset = self.region.offset();
        let mut hasher = Sha256::new();
        let mut left = size;
        while left > 0 {
            let taken = self.region.take(left)?;
            hasher.update(taken);
            left -= taken.len() as u64;
        }
        self.skip_padding(size)?;
        Ok(FileContent {
            offset,
            size,
            digest: Sha256Digest::from_bytes(hasher.finalize().into()),
        })
    }

    /// What follows a header that only says more of the next one.
    fn extension(&mut self, header: &Header) -> Result<Vec<u8>, LayerError> {
        let size = number(&header.as_old().size).filter(|size| *size <= LARGEST_EXTENSION);
        let size = size.ok_or_else(|| self.malformed("an extended header is too large"))?;
        if size > self.region.remaining() {
            return Err(self.malformed("an extended header is longer than the layer"));
        }
        let mut bytes = vec![0; usize::try_from(size).unwrap_or_default()];
        self.region.exactly(&mut bytes)?;
        self.skip_padding(size)?;
        Ok(bytes)
    }

    fn long_name(&mut self, header: &Header) -> Result<Vec<u8>, LayerError> {
        let mut name = self.extension(header)?;
        if let Some(end) = name.iter().position(|byte| *byte == 0) {
            name.truncate(end);
        }
        Ok(name)
    }

    /// The last file's padding may be cut off.
    fn skip_padding(&mut self, size: u64) -> Result<(), LayerError> {
        let padding = size.next_multiple_of(BLOCK as u64) - size;
        self.region.skip(padding.min(self.region.remaining()))
    }

    fn malformed(&self, problem: &'static str) -> LayerError {
        LayerError::Malformed {
            at: self.region.position(),
            problem,
        }
    }
}

fn attributes(header: &Header, said: &ExtendedHeader) -> Result<Attributes, &'static str> {
    let old = header.as_old();
    let identifier = |said: Option<u64>, field: &[u8]| {
        let id = said
            .or_else(|| number(field))
            .and_then(|id| u32::try_from(id).ok());
        // The last one means "none" to the kernel.
        id.filter(|id| *id != u32::MAX)
            .ok_or("has an owner that cannot be")
    };
    let seconds = || number(&old.mtime).and_then(|seconds| i64::try_from(seconds).ok());
    let modified = match said.modified {
        Some(time) => time,
        None => Time {
            seconds: seconds().ok_or("has a time that cannot be")?,
            nanoseconds: 0,
        },
    };
    let mode = number(&old.mode).ok_or("has a mode that cannot be")?;
    Ok(Attributes {
        mode: u32::try_from(mode & 0o7777).unwrap_or_default(),
        user: identifier(said.user, &old.uid)?,
        group: identifier(said.group, &old.gid)?,
        modified: Time {
            seconds: modified.seconds.clamp(*TIMES.start(), *TIMES.end()),
            ..modified
        },
        extended: said.extended.clone(),
    })
}

/// A number in a header: octal digits, or after a byte 0x80 in binary. Nothing is 0.
fn number(field: &[u8]) -> Option<u64> {
    match field {
        [0x80, bytes @ ..] => bytes.iter().try_fold(0_u64, |sum, byte| {
            Some(sum.checked_mul(256)? | u64::from(*byte))
        }),
        _ => octal(field),
    }
}

fn octal(field: &[u8]) -> Option<u64> {
    let end = field.iter().position(|byte| *byte == 0);
    let digits = field[..end.unwrap_or(field.len())].trim_ascii();
    digits.iter().try_fold(0_u64, |sum, digit| match digit {
        b'0'..=b'7' => Some(sum.checked_mul(8)? | u64::from(digit - b'0')),
        _ => None,
    })
}

/// The sum of a header's bytes, those of the sum itself taken as spaces.
fn checksum(block: &[u8; BLOCK]) -> u64 {
    let sum = |bytes: &[u8]| bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>();
    sum(&block[..148]) + 8 * u64::from(b' ') + sum(&block[156..])
}

fn is_zero(block: &[u8]) -> bool {
    block.iter().all(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_octal_or_binary() {
        assert_eq!(number(b"0000644\0"), Some(0o644));
        assert_eq!(number(b"   644 \0"), Some(0o644));
        assert_eq!(number(b"\0\0\0\0\0\0\0\0"), Some(0));
        assert_eq!(number(&[0x80, 0, 0, 0, 0, 0, 1, 2]), Some(258));
        assert_eq!(number(b"0000648\0"), None);
        assert_eq!(number(b"-000644\0"), None);
        assert_eq!(number(&[0xff; 12]), None);
        assert_eq!(number(&[0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), None);
    }
}
