//! How much is read, unpacked and looked at of files that nobody vouches for.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use super::error::ContentError;
use super::foreign::Foreign;
use super::scratch::Scratch;

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

/// As how many bytes that are unpacked a part counts that is read by itself: by the time that this takes.
const PART: u64 = 1 << 10;
/// How much may be unpacked of any file.
const UNPACKED_FREELY: u64 = 64 << 20;
/// How many times its own size may be unpacked of a larger one: more than what anyone packs for its content, less than
/// what is packed to fill a disk.
const MOST_RATIO: u64 = 128;

impl Limits {
    /// The limits of files that have so many bytes together.
    pub fn of_size(bytes: u64) -> Self {
        let limits = Self::default();
        let by_ratio = bytes.saturating_mul(MOST_RATIO);
        Self {
            unpacked: limits
                .unpacked
                .min(by_ratio.saturating_add(UNPACKED_FREELY)),
            ..limits
        }
    }
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
    foreign: Option<Arc<dyn Foreign>>,
    /// Where what is unpacked one by one lies.
    scratch: RefCell<Scratch>,
}

impl Budget {
    /// The whole budget.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            unpacked: Cell::new(0),
            depth: 0,
            foreign: None,
            scratch: RefCell::default(),
        }
    }

    /// With what reads files of foreign formats; without, they are not read.
    #[must_use]
    pub fn with_foreign(mut self, foreign: Option<Arc<dyn Foreign>>) -> Self {
        self.foreign = foreign;
        self
    }

    /// What reads files of foreign formats.
    pub(super) fn foreign(&self) -> Option<&dyn Foreign> {
        self.foreign.as_deref()
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

    /// Takes a member, a frame or the like, which are read one by one.
    ///
    /// # Errors
    /// When there is nothing left.
    pub(crate) fn part(&self) -> Result<(), ContentError> {
        self.unpack(PART)
    }

    /// Where what is unpacked one by one lies: in one file, however many parts there are.
    pub(crate) fn scratch(&self) -> &RefCell<Scratch> {
        &self.scratch
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_is_unpacked_of_small_files() {
        assert_eq!(Limits::of_size(0).unpacked, 64 << 20);
        assert_eq!(Limits::of_size(1 << 20).unpacked, 192 << 20);
        assert_eq!(Limits::of_size(u64::MAX), Limits::default());
    }
}
