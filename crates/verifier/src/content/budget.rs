//! How much is read, unpacked and looked at of files that nobody vouches for.

use std::cell::Cell;

use super::error::ContentError;

/// The most that is read of one file and all that is packed in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a file that is held in memory as a whole: JSON, notebooks, headers, graphs.
    pub structured: u64,
    /// Bytes that are unpacked in all, of archives and compressed parts.
    pub unpacked: u64,
    /// Members, tensors, columns of one file; a value in structured data counts as a sixteenth.
    pub members: usize,
    /// How deep archives lie in archives.
    pub depth: usize,
    /// How deep structured values are nested.
    pub nesting: usize,
}

impl Default for Limits {
    /// 32 MiB at once, 8 GiB unpacked, 100,000 members, 4 deep, 128 nested.
    fn default() -> Self {
        Self {
            structured: 32 << 20,
            unpacked: 8 << 30,
            members: 100_000,
            depth: 4,
            nesting: 128,
        }
    }
}

/// What is left of the limits while a file is read.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    unpacked: Cell<u64>,
    depth: usize,
}

impl Budget {
    /// The whole budget.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            unpacked: Cell::new(0),
            depth: 0,
        }
    }

    /// The limits.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Takes `bytes` that are unpacked.
    ///
    /// # Errors
    /// When there are not as many left.
    pub fn unpack(&self, bytes: u64) -> Result<(), ContentError> {
        let total = self.unpacked.get().saturating_add(bytes);
        self.unpacked.set(total);
        if total > self.limits.unpacked {
            return Err(ContentError::TooMuchPacked {
                limit: self.limits.unpacked,
            });
        }
        Ok(())
    }

    /// The budget for what lies in an archive: what is unpacked there counts here.
    ///
    /// # Errors
    /// When archives would lie too deep.
    pub fn enter<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, ContentError>,
    ) -> Result<T, ContentError> {
        let limit = self.limits.depth;
        if self.depth >= limit {
            return Err(ContentError::TooDeep { limit });
        }
        self.depth += 1;
        let result = work(self);
        self.depth -= 1;
        result
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}
