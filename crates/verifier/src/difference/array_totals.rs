//! What the arrays of two files come to together.

use std::cmp::Ordering;

use serde::Serialize;

use super::array_difference::ElementDifferences;

/// What the arrays come to whose elements differ, within the tolerance or not.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ArrayTotals {
    /// How many they are.
    pub differing: u64,
    /// How many of them differ where a number is not finite.
    pub not_finite: u64,
    /// The one with the greatest distance of finite numbers; `None` where none has any.
    pub furthest: Option<FurthestArray>,
}

/// The array with the greatest distance.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FurthestArray {
    /// Where it lies.
    pub place: String,
    /// `|expected - got|` of the elements that are furthest apart.
    pub absolute: f64,
}

impl ArrayTotals {
    /// Of one array.
    pub(super) fn of(place: &str, elements: &ElementDifferences) -> Self {
        let absolute = elements.greatest.and_then(|greatest| greatest.absolute);
        Self {
            differing: 1,
            not_finite: u64::from(elements.not_finite > 0),
            furthest: absolute.map(|absolute| FurthestArray {
                place: place.to_owned(),
                absolute,
            }),
        }
    }

    /// Adds others.
    pub(super) fn add(&mut self, others: Self) {
        self.differing += others.differing;
        self.not_finite += others.not_finite;
        let absolute = |one: &Option<FurthestArray>| one.as_ref().map(|one| one.absolute);
        if absolute(&others.furthest) > absolute(&self.furthest) {
            self.furthest = others.furthest;
        }
    }
}

/// Which of two arrays differs more: by a number that is not finite; by more than the tolerance; by the share of what is
/// expected that its furthest element is away; by the part of its elements.
pub(super) fn by_severity(one: &ElementDifferences, other: &ElementDifferences) -> Ordering {
    let is_not_finite = |it: &ElementDifferences| it.not_finite > 0;
    let is_beyond = |it: &ElementDifferences| it.beyond_tolerance > 0;
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more digits")]
    let part = |it: &ElementDifferences| it.differing as f64 / it.of as f64;
    is_not_finite(one)
        .cmp(&is_not_finite(other))
        .then(is_beyond(one).cmp(&is_beyond(other)))
        .then(share(one).total_cmp(&share(other)))
        .then(part(one).total_cmp(&part(other)))
}

/// Which share of what is expected the furthest element is away; all of it where zero is expected, or no number.
fn share(elements: &ElementDifferences) -> f64 {
    let worst = elements.worst.as_ref().and_then(|worst| worst.distance);
    worst.and_then(|worst| worst.relative).unwrap_or(1.0)
}
