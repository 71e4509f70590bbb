//! What a comparison has found so far: a bounded list, and counts of the rest.

use std::collections::BTreeMap;

use resow_manifest::comparator::IgnoredField;
use serde::Serialize;

use super::array_difference::ArrayDifference;
use super::array_totals::ArrayTotals;
use super::bytes::ByteDifference;
use super::distance::Distance;

/// One difference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Where: `layers[0].loss`, `fc1.weight`, `inner.tar!model.npz!fc1.weight`; empty for the file as a whole.
    pub place: String,
    /// Whether the tolerance lets it pass.
    pub is_tolerated: bool,
    /// What differs.
    #[serde(flatten)]
    pub kind: DifferenceKind,
}

/// What differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum DifferenceKind {
    /// The bytes.
    Bytes(ByteDifference),
    /// Neighbouring lines of a text.
    Lines {
        /// The first of the lines that differ in what is expected, counted from 1.
        left_line: u64,
        /// The same in the other.
        right_line: u64,
        /// How many lines are expected and gone.
        left_count: u64,
        /// How many lines are there instead.
        right_count: u64,
        /// The first of the lines that are expected and gone, without line ends, each cut to 400 bytes.
        left: Vec<String>,
        /// The first of the lines that are there instead.
        right: Vec<String>,
    },
    /// Two values at one place of structured data or of a table.
    Value {
        /// What is expected, as JSON, cut to 400 bytes.
        left: String,
        /// The other.
        right: String,
        /// How far apart they are, of numbers.
        distance: Option<Distance>,
    },
    /// Arrays of one name.
    Array(Box<ArrayDifference>),
    /// Something else stands there: a list for a map, a link for a file, another format.
    Nature {
        /// What is expected, in words.
        left: String,
        /// The other.
        right: String,
    },
    /// There in what is expected alone.
    OnlyLeft {
        /// What: a value as JSON, the form of an array, a member; cut to 400 bytes.
        what: String,
    },
    /// There in the other alone.
    OnlyRight {
        /// What.
        what: String,
    },
    /// The same under another name.
    Renamed {
        /// The name that is expected; `place` is the other.
        from: String,
    },
}

/// A place that was left out, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IgnoredPlace {
    /// The pattern that names it.
    pub field: String,
    /// The reason that the manifest gives.
    pub reason: String,
    /// How many differences were left out by it.
    pub differences: u64,
}

/// A member of an archive that was compared as bytes, although it seems to be of another format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnreadablePlace {
    /// Which.
    pub place: String,
    /// Why it cannot be read as its format.
    pub reason: String,
}

/// What a comparison has found so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    shown: Vec<Difference>,
    /// How many of those the tolerance lets pass.
    shown_tolerated: usize,
    differing: u64,
    tolerated: u64,
    used: Option<f64>,
    arrays: Option<ArrayTotals>,
    ignored: BTreeMap<String, IgnoredPlace>,
    unreadable: Vec<UnreadablePlace>,
    /// How many lines were held against each other so far.
    lines: usize,
}

impl Findings {
    /// How many differences are kept, those beyond the tolerance before those within it; the rest is counted.
    pub const MOST_SHOWN: usize = 1000;

    /// Takes so many lines that are to be held against each other, of all texts together no more than `most`; whether
    /// they may be.
    pub(super) fn take_lines(&mut self, lines: usize, most: usize) -> bool {
        let all = self.lines.saturating_add(lines);
        if all <= most {
            self.lines = all;
        }
        all <= most
    }

    /// Adds a difference beyond every tolerance.
    pub fn differ(&mut self, place: impl Into<String>, kind: DifferenceKind) {
        self.differ_by(|| (place.into(), kind));
    }

    /// The same of many, of which only those are described that are kept.
    pub(super) fn differ_by(&mut self, describe: impl FnOnce() -> (String, DifferenceKind)) {
        self.differing += 1;
        let difference = || {
            let (place, kind) = describe();
            Difference {
                place,
                is_tolerated: false,
                kind,
            }
        };
        if self.shown.len() < Self::MOST_SHOWN {
            self.shown.push(difference());
        } else if self.shown_tolerated > 0
            && let Some(tolerated) = self.shown.iter_mut().rev().find(|one| one.is_tolerated)
        {
            *tolerated = difference();
            self.shown_tolerated -= 1;
        }
    }

    /// Adds a difference that the tolerance lets pass, of which it uses this share, 0 to 1.
    pub fn tolerate(&mut self, place: impl Into<String>, kind: DifferenceKind, used: f64) {
        self.tolerate_by(used, || (place.into(), kind));
    }

    /// The same of many, of which only those are described that are kept.
    pub(super) fn tolerate_by(
        &mut self,
        used: f64,
        describe: impl FnOnce() -> (String, DifferenceKind),
    ) {
        self.tolerated += 1;
        self.used = Some(self.used.map_or(used, |most| most.max(used)));
        if self.shown.len() < Self::MOST_SHOWN {
            let (place, kind) = describe();
            self.shown_tolerated += 1;
            self.shown.push(Difference {
                place,
                is_tolerated: true,
                kind,
            });
        }
    }

    /// Adds what arrays come to, each of which is a difference besides.
    pub(super) fn add_arrays(&mut self, totals: ArrayTotals) {
        self.arrays.get_or_insert_default().add(totals);
    }

    /// Notes that something that the ignore list names was left out, and whether it differs.
    pub fn ignore(&mut self, entry: &IgnoredField, differs: bool) {
        let place = self
            .ignored
            .entry(entry.field.to_string())
            .or_insert_with(|| IgnoredPlace {
                field: entry.field.to_string(),
                reason: entry.reason.clone(),
                differences: 0,
            });
        place.differences += u64::from(differs);
    }

    /// Notes that what lies at `place` was compared as bytes, and why; the first [`Self::MOST_SHOWN`] are kept.
    pub fn cannot_read(&mut self, place: impl Into<String>, reason: impl ToString) {
        if self.unreadable.len() < Self::MOST_SHOWN {
            self.unreadable.push(UnreadablePlace {
                place: place.into(),
                reason: reason.to_string(),
            });
        }
    }

    /// Adds all that was found in a part.
    pub fn add(&mut self, part: Self) {
        let kept =
            (part.shown.iter()).fold((0, 0), |(beyond, within), one| match one.is_tolerated {
                true => (beyond, within + 1),
                false => (beyond + 1, within),
            });
        for one in part.shown {
            match one.is_tolerated {
                true => self.tolerate(one.place, one.kind, 0.0),
                false => self.differ(one.place, one.kind),
            }
        }
        self.differing += part.differing - kept.0;
        self.tolerated += part.tolerated - kept.1;
        if let Some(used) = part.used {
            self.used = Some(self.used.map_or(used, |most| most.max(used)));
        }
        if let Some(arrays) = part.arrays {
            self.add_arrays(arrays);
        }
        for (field, place) in part.ignored {
            match self.ignored.get_mut(&field) {
                Some(known) => known.differences += place.differences,
                None => _ = self.ignored.insert(field, place),
            }
        }
        for one in part.unreadable {
            self.cannot_read(one.place, one.reason);
        }
    }

    /// Whether nothing differs, within the tolerance or beyond.
    pub fn is_empty(&self) -> bool {
        self.differing == 0 && self.tolerated == 0
    }

    /// How many differences are beyond the tolerance.
    pub fn differing(&self) -> u64 {
        self.differing
    }

    /// How many differences the tolerance lets pass.
    pub fn tolerated(&self) -> u64 {
        self.tolerated
    }

    /// The greatest share of a tolerance that is used, 0 to 1; `None` where none is.
    pub fn used(&self) -> Option<f64> {
        self.used
    }

    /// The differences that were kept.
    pub fn shown(&self) -> &[Difference] {
        &self.shown
    }

    /// What the arrays come to whose elements differ; `None` where there are none.
    pub fn arrays(&self) -> Option<&ArrayTotals> {
        self.arrays.as_ref()
    }

    /// What was left out, by pattern.
    pub fn ignored(&self) -> impl Iterator<Item = &IgnoredPlace> {
        self.ignored.values()
    }

    /// What was compared as bytes although it seems to be of another format.
    pub fn unreadable(&self) -> &[UnreadablePlace] {
        &self.unreadable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_part_has_is_added_and_counted_once() {
        let kind = || DifferenceKind::OnlyLeft {
            what: "a".to_owned(),
        };
        let mut part = Findings::default();
        for _ in 0..Findings::MOST_SHOWN {
            part.tolerate("a", kind(), 0.25);
            part.differ("b", kind());
        }
        part.cannot_read("c", "no reason");
        let mut whole = Findings::default();
        whole.tolerate("d", kind(), 0.125);
        whole.add(part);
        assert_eq!(whole.differing(), Findings::MOST_SHOWN as u64);
        assert_eq!(whole.tolerated(), Findings::MOST_SHOWN as u64 + 1);
        assert_eq!(whole.used(), Some(0.25));
        assert_eq!(whole.shown().len(), Findings::MOST_SHOWN);
        assert_eq!(whole.unreadable().len(), 1);
    }
}
