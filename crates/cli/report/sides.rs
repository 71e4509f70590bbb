//! How a report calls the two sides that it compares.

/// The words for the two sides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sides {
    pub(crate) left: &'static str,
    pub(crate) right: &'static str,
    /// What is there on one side alone.
    pub(crate) only_left: &'static str,
    pub(crate) only_right: &'static str,
}

impl Sides {
    /// Two things of which neither counts more.
    pub(crate) const PLACES: Self = Self {
        left: "left",
        right: "right",
        only_left: "only left",
        only_right: "only right",
    };
    /// A claim or a record, and a rerun.
    pub(crate) const RERUN: Self = Self {
        left: "expected",
        right: "got",
        only_left: "missing",
        only_right: "extra",
    };
    /// Two runs, of which the second had something set otherwise.
    pub(crate) const CONDITIONS: Self = Self {
        left: "held",
        right: "changed",
        only_left: "only held",
        only_right: "only changed",
    };

    /// `left 1, right 2`.
    pub(crate) fn of(self, left: &str, right: &str) -> String {
        format!("{} {left}, {} {right}", self.left, self.right)
    }
}
