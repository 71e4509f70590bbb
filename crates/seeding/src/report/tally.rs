//! Things that were told, each once, and no more than a record holds.

use std::collections::BTreeSet;

/// How many different things of a kind a record holds.
const MOST: usize = 500;

/// Things of one kind, each once.
pub(super) struct Tally<T> {
    things: BTreeSet<T>,
    is_cut: bool,
}

impl<T> Default for Tally<T> {
    fn default() -> Self {
        Self {
            things: BTreeSet::new(),
            is_cut: false,
        }
    }
}

impl<T: Ord> Tally<T> {
    pub(super) fn add(&mut self, thing: T) {
        if self.things.len() < MOST || self.things.contains(&thing) {
            self.things.insert(thing);
        } else {
            self.is_cut = true;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.things.is_empty()
    }

    /// Whether more was told.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    pub(super) fn sorted(self) -> Vec<T> {
        self.things.into_iter().collect()
    }
}
