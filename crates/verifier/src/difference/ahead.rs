//! Rows of a table and those that follow, so that a row is found which one of two tables has and the other has not.

use std::collections::VecDeque;

use crate::content::{ContentError, Row, Rows};

/// How many rows ahead one is sought.
const MOST_ROWS: usize = 64;
/// How many bytes of rows are kept for that.
const MOST_BYTES: usize = 1 << 20;

/// The next rows of a table.
pub(super) struct Ahead {
    rows: Rows,
    next: VecDeque<Row>,
    /// The hash of each.
    hashes: VecDeque<u64>,
    bytes: usize,
    taken: u64,
}

impl Ahead {
    /// Nothing is read yet.
    pub(super) fn of(rows: Rows) -> Self {
        Self {
            rows,
            next: VecDeque::new(),
            hashes: VecDeque::new(),
            bytes: 0,
            taken: 0,
        }
    }

    /// Reads on until there are enough rows ahead, at least one.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub(super) fn fill(&mut self, hash: impl Fn(&Row) -> u64) -> Result<(), ContentError> {
        while self.next.is_empty() || (self.next.len() < MOST_ROWS && self.bytes < MOST_BYTES) {
            let Some(row) = self.rows.next()? else {
                break;
            };
            self.bytes += row.size();
            self.hashes.push_back(hash(&row));
            self.next.push_back(row);
        }
        Ok(())
    }

    /// The next row and its number, from 1.
    pub(super) fn take(&mut self) -> Option<(u64, Row)> {
        let row = self.next.pop_front()?;
        self.hashes.pop_front();
        self.bytes -= row.size();
        self.taken += 1;
        Some((self.taken, row))
    }

    /// How many rows ahead of each side the next equal ones stand: none where the next rows belong to another, and where
    /// no equal ones are in sight.
    pub(super) fn skipped(&self, other: &Self) -> (usize, usize) {
        // Of two tables that have no row in common, this is all that is looked at.
        let has_next_of = |own: &Self, other: &Self| {
            let next = own.hashes.front();
            next.is_some_and(|hash| other.hashes.contains(hash))
        };
        if !has_next_of(self, other) && !has_next_of(other, self) {
            return (0, 0);
        }
        let far = self.next.len().max(other.next.len());
        (0..far)
            .flat_map(|ahead| [(0, ahead), (ahead, 0)])
            .find(|(left, right)| self.meets(*left, other, *right))
            .unwrap_or((0, 0))
    }

    /// Whether the rows at these indexes are equal, and those that follow, as far as they are in sight.
    fn meets(&self, index: usize, other: &Self, other_index: usize) -> bool {
        let hash = |ahead: &Self, index: usize| ahead.hashes.get(index).copied();
        let is_equal = |step| {
            let (left, right) = (hash(self, index + step), hash(other, other_index + step));
            left == right || (step > 0 && (left.is_none() || right.is_none()))
        };
        hash(self, index).is_some() && is_equal(0) && is_equal(1)
    }
}
