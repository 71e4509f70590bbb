//! Structured values, compared place by place.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use resow_manifest::comparator::{Comparator, Tolerance};

use super::distance::Distance;
use super::findings::{DifferenceKind, Findings};
use super::near::distance_of;
use super::place::Place;
use super::shown::{in_words, shown, shown_pair};
use crate::content::{Number, TypeName, Value};

/// Compares two values that stand at `place`: the outermost of two files, for which it is the file's own place.
pub(super) fn compare_values(
    place: &str,
    left: &Value,
    right: &Value,
    comparator: &Comparator,
    findings: &mut Findings,
) {
    let mut walk = Walk {
        place: Place::of_file(place),
        comparator,
        findings,
    };
    walk.compare(left, right);
}

/// Compares two values of which neither holds another, or of which one does.
pub(super) fn compare_leaves(
    place: impl FnOnce() -> String,
    left: &Value,
    right: &Value,
    tolerance: &Tolerance,
    findings: &mut Findings,
) {
    if is_same(left, right) {
        return;
    }
    let of_types = matches!((left, right), (Value::Typed(..), Value::Typed(..)));
    if of_types || std::mem::discriminant(left) != std::mem::discriminant(right) {
        return findings.differ_by(|| {
            let kind = DifferenceKind::Nature {
                left: in_words(left),
                right: in_words(right),
            };
            (place(), kind)
        });
    }
    let distance = match (left, right) {
        (Value::Number(left), Value::Number(right)) => Some(distance_of(left, right)),
        _ => None,
    };
    differ_in_value(place, [left, right], distance, tolerance, findings);
}

/// Adds that two values are so far apart.
pub(super) fn differ_in_value(
    place: impl FnOnce() -> String,
    [left, right]: [&Value; 2],
    distance: Option<Distance>,
    tolerance: &Tolerance,
    findings: &mut Findings,
) {
    let describe = || {
        let (left, right) = shown_pair(left, right);
        let kind = DifferenceKind::Value {
            left,
            right,
            distance,
        };
        (place(), kind)
    };
    match distance.and_then(|distance| distance.used(tolerance)) {
        Some(used) => findings.tolerate_by(used, describe),
        None => findings.differ_by(describe),
    }
}

/// Whether both are the same, numbers as numbers.
pub(super) fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => Number::is_same(left, right),
        (Value::List(left), Value::List(right)) => {
            let mut pairs = left.iter().zip(right);
            left.len() == right.len() && pairs.all(|(left, right)| is_same(left, right))
        }
        (Value::Map(left), Value::Map(right)) => {
            let mut pairs = left.iter().zip(right);
            left.len() == right.len()
                && pairs.all(|(left, right)| left.0 == right.0 && is_same(left.1, right.1))
        }
        (Value::Typed(name, left), Value::Typed(other, right)) => {
            name == other && is_same(left, right)
        }
        _ => left == right,
    }
}

/// A walk through two trees at once.
struct Walk<'a> {
    place: Place,
    comparator: &'a Comparator,
    findings: &'a mut Findings,
}

impl Walk<'_> {
    fn compare(&mut self, left: &Value, right: &Value) {
        if let Some(entry) = self.comparator.ignoring(self.place.as_str()) {
            return self.findings.ignore(entry, !is_same(left, right));
        }
        match (left, right) {
            (Value::List(left), Value::List(right)) => self.compare_lists(left, right),
            (Value::Map(left), Value::Map(right)) => self.compare_maps(left, right),
            (Value::Typed(TypeName::Bytes, _), Value::Typed(TypeName::Bytes, _)) => {
                self.compare_bytes(left, right);
            }
            (Value::Typed(name, left), Value::Typed(other, right)) if name == other => {
                self.compare(left, right);
            }
            _ => {
                let tolerance = self.comparator.tolerance_of(self.place.as_str());
                let place = || self.place.as_str().to_owned();
                compare_leaves(place, left, right, &tolerance, self.findings);
            }
        }
    }

    fn compare_bytes(&mut self, left: &Value, right: &Value) {
        if !is_same(left, right) {
            let place = || self.place.as_str().to_owned();
            let tolerance = Tolerance::default();
            differ_in_value(place, [left, right], None, &tolerance, self.findings);
        }
    }

    fn compare_lists(&mut self, left: &[Value], right: &[Value]) {
        for index in 0..left.len().max(right.len()) {
            let mark = self.place.enter_index(index);
            self.compare_parts(left.get(index), right.get(index));
            self.place.leave(mark);
        }
    }

    fn compare_maps(&mut self, left: &BTreeMap<String, Value>, right: &BTreeMap<String, Value>) {
        let (mut lefts, mut rights) = (left.iter().peekable(), right.iter().peekable());
        loop {
            let order = match (lefts.peek(), rights.peek()) {
                (Some(left), Some(right)) => left.0.cmp(right.0),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => return,
            };
            let left = lefts.next_if(|_| order.is_le());
            let right = rights.next_if(|_| order.is_ge());
            let Some((key, _)) = left.or(right) else {
                return;
            };
            let mark = self.place.enter_key(key);
            self.compare_parts(left.map(|(_, value)| value), right.map(|(_, value)| value));
            self.place.leave(mark);
        }
    }

    /// Compares what stands at one key or index of both, or of one alone.
    fn compare_parts(&mut self, left: Option<&Value>, right: Option<&Value>) {
        let only = match (left, right) {
            (Some(left), Some(right)) => return self.compare(left, right),
            (Some(left), None) => DifferenceKind::OnlyLeft { what: shown(left) },
            (None, Some(right)) => DifferenceKind::OnlyRight { what: shown(right) },
            (None, None) => return,
        };
        match self.comparator.ignoring(self.place.as_str()) {
            Some(entry) => self.findings.ignore(entry, true),
            None => self.findings.differ(self.place.as_str(), only),
        }
    }
}

#[cfg(test)]
mod tests {
    use resow_manifest::comparator::{ComparatorKind, IgnoredField};

    use super::*;
    use crate::content::{Budget, Document, Format, Source, read};

    fn json(text: &str) -> Value {
        let format = Format::of_kind(ComparatorKind::Json).expect("a format");
        let source = Source::of_bytes(text.as_bytes());
        match read(format, &source, &mut Budget::default()).expect(text) {
            Document::Tree(value) => value,
            other => panic!("{other:?}"),
        }
    }

    fn compared(left: &str, right: &str, comparator: &Comparator) -> Findings {
        let mut findings = Findings::default();
        compare_values("", &json(left), &json(right), comparator, &mut findings);
        findings
    }

    fn exact(left: &str, right: &str) -> Vec<(String, DifferenceKind)> {
        let findings = compared(left, right, &Comparator::of(ComparatorKind::Json));
        let shown = findings.shown().iter();
        shown
            .map(|one| (one.place.clone(), one.kind.clone()))
            .collect()
    }

    #[test]
    fn the_same_in_another_writing_does_not_differ() {
        for (left, right) in [
            (r#"{"a": 1, "b": [1.0, null]}"#, r#"{"b":[1,null],"a":1e0}"#),
            ("[NaN, Infinity]", "[ NaN, Infinity ]"),
            (r#""\u0061""#, r#""a""#),
        ] {
            assert_eq!(exact(left, right), [], "{left}");
        }
    }

    #[test]
    fn places_are_named() {
        let found = exact(
            r#"{"layers": [{"loss": 0.5}], "a.b": 1, "gone": true}"#,
            r#"{"layers": [{"loss": 0.25}, 7], "a.b": "1", "new": {}}"#,
        );
        let places: Vec<&str> = found.iter().map(|(place, _)| place.as_str()).collect();
        assert_eq!(
            places,
            ["[\"a.b\"]", "gone", "layers[0].loss", "layers[1]", "new"]
        );
        let DifferenceKind::Nature { left, right } = &found[0].1 else {
            panic!("{found:?}");
        };
        assert_eq!(
            (left.as_str(), right.as_str()),
            ("the number 1", "the text \"1\"")
        );
        assert_eq!(
            found[1].1,
            DifferenceKind::OnlyLeft {
                what: "true".to_owned()
            }
        );
        let DifferenceKind::Value { left, distance, .. } = &found[2].1 else {
            panic!("{found:?}");
        };
        assert_eq!(left, "0.5");
        assert_eq!(distance.and_then(|one| one.absolute), Some(0.25));
        assert_eq!(
            found[3].1,
            DifferenceKind::OnlyRight {
                what: "7".to_owned()
            }
        );
    }

    #[test]
    fn tolerances_and_the_ignore_list_hold_by_place() {
        let mut comparator = Comparator::of(ComparatorKind::Json);
        let tolerance = Tolerance {
            absolute: Some(0.5),
            ..Tolerance::default()
        };
        let pattern = |text: &str| text.parse().expect("a pattern");
        comparator.fields.insert(pattern("*.loss"), tolerance);
        for field in ["time", "gone"] {
            comparator.ignore.push(IgnoredField {
                field: pattern(field),
                reason: "it is another each time".to_owned(),
            });
        }
        let findings = compared(
            r#"{"a": {"loss": 1.0, "other": 1.0}, "gone": 1, "time": {"x": 1}}"#,
            r#"{"a": {"loss": 1.25, "other": 1.25}, "time": {"x": 1.0}}"#,
            &comparator,
        );
        assert_eq!((findings.differing(), findings.tolerated()), (1, 1));
        assert_eq!(findings.used(), Some(0.5));
        let ignored: Vec<u64> = findings.ignored().map(|one| one.differences).collect();
        assert_eq!(ignored, [1, 0]);
    }
}
