//! Zip archives, put together byte by byte.

use flate2::Crc;

/// An archive of stored members, byte by byte.
#[derive(Clone, Default)]
pub(super) struct Zip {
    pub(super) local: Vec<u8>,
    pub(super) central: Vec<u8>,
    count: u16,
    comment: Vec<u8>,
}

/// What may be said of a member.
#[derive(Clone, Copy, Default)]
pub(super) struct Said<'a> {
    pub(super) local_extra: &'a [u8],
    pub(super) extra: &'a [u8],
    pub(super) comment: &'a [u8],
    pub(super) mode: u32,
    pub(super) checksum: Option<u32>,
    pub(super) system: Option<u8>,
    pub(super) flags: u8,
    pub(super) version: u8,
    pub(super) dos: u32,
}

fn sum(bytes: &[u8]) -> u32 {
    let mut sum = Crc::new();
    sum.update(bytes);
    sum.sum()
}

impl Zip {
    pub(super) fn file(self, name: &str, bytes: &[u8]) -> Self {
        self.member(name, bytes, Said::default())
    }

    pub(super) fn member(mut self, name: &str, bytes: &[u8], said: Said<'_>) -> Self {
        let short = |bytes: &[u8]| u16::try_from(bytes.len()).expect("short").to_le_bytes();
        let length = u32::try_from(bytes.len()).expect("short").to_le_bytes();
        let start = u32::try_from(self.local.len())
            .expect("short")
            .to_le_bytes();
        let checksum = said.checksum.unwrap_or(sum(bytes)).to_le_bytes();
        let common = [
            &[20 + said.version, 0, 0, said.flags, 0, 0, 0, 0, 0x21, 0][..],
            &checksum,
            &length,
            &length,
            &short(name.as_bytes()),
        ];
        let common = common.concat();
        let parts = [
            b"PK\x03\x04",
            &common[..],
            &short(said.local_extra),
            name.as_bytes(),
            said.local_extra,
            bytes,
        ];
        self.local.extend(parts.concat());
        let parts = [
            &b"PK\x01\x02\x14"[..],
            &[said.system.unwrap_or(3)],
            &common,
            &short(said.extra),
            &short(said.comment),
            &[0; 4],
            &(said.mode << 16 | said.dos).to_le_bytes(),
            &start,
            name.as_bytes(),
            said.extra,
            said.comment,
        ];
        self.central.extend(parts.concat());
        self.count += 1;
        self
    }

    /// A member that the directory does not list.
    pub(super) fn hidden(mut self, name: &str, bytes: &[u8]) -> Self {
        let (central, count) = (self.central.clone(), self.count);
        self = self.file(name, bytes);
        (self.central, self.count) = (central, count);
        self
    }

    pub(super) fn comment(mut self, comment: &[u8]) -> Self {
        self.comment = comment.to_vec();
        self
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let number = |bytes: &[u8]| u32::try_from(bytes.len()).expect("short").to_le_bytes();
        let comment = u16::try_from(self.comment.len())
            .expect("short")
            .to_le_bytes();
        let count = self.count.to_le_bytes();
        let parts = [
            &self.local[..],
            &self.central,
            b"PK\x05\x06\0\0\0\0",
            &count,
            &count,
            &number(&self.central),
            &number(&self.local),
            &comment,
            &self.comment,
        ];
        parts.concat()
    }
}
