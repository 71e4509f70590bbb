//! How a factor is set in a run.

use std::collections::BTreeMap;

use resow_manifest::conditions::Factor;

/// How a factor is set. Two other values, since one may give the same by chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Otherwise than held.
    First,
    /// Otherwise once more.
    Second,
    /// As the plan and the host have it.
    Released,
}

/// How factors are set; what is not named is held.
pub(super) type Levels = BTreeMap<Factor, Level>;

/// All of `factors` at one level.
pub(super) fn all_at(factors: &[Factor], level: Level) -> Levels {
    factors.iter().map(|factor| (*factor, level)).collect()
}

impl Level {
    /// Otherwise than held, in the order in which it is tried.
    pub(super) const VARIED: &'static [Self] = &[Self::First, Self::Second];
}
