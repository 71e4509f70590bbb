//! Arrays by name, compared element by element as they are read.

use std::collections::{BTreeMap, BTreeSet};

use resow_manifest::comparator::Comparator;

use super::array_difference::{ArrayDifference, ArrayForm, ElementDifferences};
use super::array_totals::{ArrayTotals, by_severity};
use super::elements::{Verdict, compare_elements};
use super::findings::{DifferenceKind, Findings};
use super::numpy_type::NumpyType;
use super::renames::renames;
use super::tree::compare_values;
use crate::content::{Array, Arrays, ContentError, Value};

/// Compares the arrays and the metadata of two files that lie at `place`.
///
/// # Errors
/// When the elements of one cannot be read.
pub(super) fn compare_arrays(
    place: &str,
    left: &Arrays,
    right: &Arrays,
    comparator: &Comparator,
    findings: &mut Findings,
) -> Result<(), ContentError> {
    compare_metadata(place, left, right, comparator, findings);
    let renamed = find_renames(place, left, right, comparator)?;
    let gone: BTreeSet<&str> = renamed.values().copied().collect();
    let names: BTreeSet<&String> = left.arrays.keys().chain(right.arrays.keys()).collect();
    let mut differing = Vec::new();
    for name in names {
        let at = join(place, name);
        let types = [left, right].map(|arrays| NumpyType::of(arrays, name));
        match (left.arrays.get(name), right.arrays.get(name)) {
            (Some(left), Some(right)) => {
                differing.extend(compare_pair(
                    at,
                    [left, right],
                    &types,
                    comparator,
                    findings,
                )?);
            }
            (Some(_), None) if gone.contains(name.as_str()) => {}
            (Some(left), None) => {
                let what = form(left, &types[0]).to_string();
                differ(&at, DifferenceKind::OnlyLeft { what }, comparator, findings);
            }
            (None, Some(right)) => {
                let kind = match renamed.get(name.as_str()) {
                    Some(from) => DifferenceKind::Renamed {
                        from: join(place, from),
                    },
                    None => DifferenceKind::OnlyRight {
                        what: form(right, &types[1]).to_string(),
                    },
                };
                differ(&at, kind, comparator, findings);
            }
            (None, None) => {}
        }
    }
    // Those that differ most come first, so that they are among those that are kept and shown.
    differing.sort_by(|one, other| by_severity(&other.elements, &one.elements));
    for pair in differing {
        pair.report(findings);
    }
    Ok(())
}

/// Compares the metadata. Where one side has none, all of the other is there on that side alone.
fn compare_metadata(
    place: &str,
    left: &Arrays,
    right: &Arrays,
    comparator: &Comparator,
    findings: &mut Findings,
) {
    let is_some = |metadata: &Value| matches!(metadata, Value::Map(map) if !map.is_empty());
    let none = Value::Map(BTreeMap::new());
    let (left, right) = match (&left.metadata, &right.metadata) {
        (Value::Null, right) if is_some(right) => (&none, right),
        (left, Value::Null) if is_some(left) => (left, &none),
        both => both,
    };
    compare_values(place, left, right, comparator, findings);
}

/// Two arrays of one form whose elements differ.
struct DifferingPair {
    place: String,
    forms: (ArrayForm, ArrayForm),
    elements: ElementDifferences,
    /// The share of the tolerance that is used, where it lets all pass.
    used: Option<f64>,
}

impl DifferingPair {
    fn report(self, findings: &mut Findings) {
        findings.add_arrays(ArrayTotals::of(&self.place, &self.elements));
        let kind = DifferenceKind::Array(Box::new(ArrayDifference {
            left: self.forms.0,
            right: self.forms.1,
            elements: Some(self.elements),
        }));
        match self.used {
            Some(used) => findings.tolerate(self.place, kind, used),
            None => findings.differ(self.place, kind),
        }
    }
}

/// Where the array called `name` lies in the file at `place`. One without a name is the file itself.
fn join(place: &str, name: &str) -> String {
    match (place, name) {
        ("", _) => name.to_owned(),
        (_, "") => place.to_owned(),
        _ => format!("{place}!{name}"),
    }
}

/// Which arrays that are there on one side alone are the same under another name; by the new name, the old one.
fn find_renames<'a>(
    place: &str,
    left: &'a Arrays,
    right: &'a Arrays,
    comparator: &Comparator,
) -> Result<BTreeMap<&'a str, &'a str>, ContentError> {
    let alone = |own: &'a Arrays, other: &Arrays| -> Vec<(&'a str, &'a Array)> {
        own.arrays
            .iter()
            .filter(|(name, _)| !other.arrays.contains_key(*name))
            .filter(|(name, _)| comparator.ignoring(&join(place, name)).is_none())
            .map(|(name, array)| (name.as_str(), array))
            .collect()
    };
    renames(&alone(left, right), &alone(right, left))
}

fn differ(place: &str, kind: DifferenceKind, comparator: &Comparator, findings: &mut Findings) {
    match comparator.ignoring(place) {
        Some(entry) => findings.ignore(entry, true),
        None => findings.differ(place, kind),
    }
}

fn form(array: &Array, numpy: &Option<NumpyType<'_>>) -> ArrayForm {
    ArrayForm::of(array, numpy.as_ref())
}

/// Compares two arrays of one name, and gives those whose elements differ.
fn compare_pair(
    place: String,
    [left, right]: [&Array; 2],
    types: &[Option<NumpyType<'_>>; 2],
    comparator: &Comparator,
    findings: &mut Findings,
) -> Result<Option<DifferingPair>, ContentError> {
    let forms = (form(left, &types[0]), form(right, &types[1]));
    if left.element != right.element || left.shape != right.shape {
        let kind = DifferenceKind::Array(Box::new(ArrayDifference {
            left: forms.0,
            right: forms.1,
            elements: None,
        }));
        differ(&place, kind, comparator, findings);
        return Ok(None);
    }
    let types = types.each_ref().map(Option::as_ref);
    let verdict = compare_elements(left, right, &comparator.tolerance_of(&place), types)?;
    if let Some(entry) = comparator.ignoring(&place) {
        findings.ignore(entry, !matches!(verdict, Verdict::Same));
        return Ok(None);
    }
    let (elements, used) = match verdict {
        Verdict::Same => return Ok(None),
        Verdict::Unknown => {
            let kind = DifferenceKind::Nature {
                left: format!("{} ({})", forms.0, forms.0.layout),
                right: format!("{} ({}, too large to reorder)", forms.1, forms.1.layout),
            };
            findings.differ(place, kind);
            return Ok(None);
        }
        Verdict::Within(elements, used) => (*elements, Some(used)),
        Verdict::Differ(elements) => (*elements, None),
    };
    Ok(Some(DifferingPair {
        place,
        forms,
        elements,
        used,
    }))
}
