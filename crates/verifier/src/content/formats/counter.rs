//! How many structured values a file holds, how long their texts are and how deep they are nested, counted while they are
//! read.

use crate::content::{Budget, ContentError};

/// How many values count as one member of the limits.
const VALUES_OF_A_MEMBER: usize = 16;

/// Which share of the bytes of structured data is read in formats whose library builds much before anything is counted.
pub(super) const SHARE: u64 = 8;

/// Counts values against the limits.
#[derive(Debug)]
pub(super) struct Counter {
    values: usize,
    most: usize,
    text: u64,
    most_text: u64,
    nesting: usize,
}

impl Counter {
    /// As how many values a map counts besides itself: by what it takes in memory, where eleven keys and values have a
    /// place even if one is there.
    pub(super) const MAP: usize = 11;

    /// Nothing is counted yet.
    pub(super) fn new(budget: &Budget) -> Self {
        Self {
            values: 0,
            most: budget.limits().members.saturating_mul(VALUES_OF_A_MEMBER),
            text: 0,
            most_text: budget.limits().structured,
            nesting: budget.limits().nesting,
        }
    }

    /// Takes this many values.
    ///
    /// # Errors
    /// When they are too many.
    pub(super) fn take(&mut self, values: usize) -> Result<(), ContentError> {
        self.values = self.values.saturating_add(values);
        if self.values > self.most {
            return Err(ContentError::TooMany {
                what: "values",
                limit: self.most,
            });
        }
        Ok(())
    }

    /// Takes a map.
    ///
    /// # Errors
    /// When that is too much.
    pub(super) fn take_map(&mut self) -> Result<(), ContentError> {
        self.take(Self::MAP)
    }

    /// Takes text of so many bytes: one that a file refers to many times is copied as often.
    ///
    /// # Errors
    /// When that is too much.
    pub(super) fn take_text(&mut self, bytes: u64) -> Result<(), ContentError> {
        self.text = self.text.saturating_add(bytes);
        if self.text > self.most_text {
            return Err(ContentError::TooLarge {
                size: self.text,
                limit: self.most_text,
            });
        }
        Ok(())
    }

    /// Checks how deep a value stands, 0 for the outermost.
    ///
    /// # Errors
    /// When that is too deep.
    pub(super) fn check_depth(&self, depth: usize) -> Result<(), ContentError> {
        if depth > self.nesting {
            return Err(ContentError::TooMany {
                what: "levels of nesting",
                limit: self.nesting,
            });
        }
        Ok(())
    }
}
