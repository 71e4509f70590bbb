//! Arrays by name, compared element by element as they are read.

use std::collections::{BTreeMap, BTreeSet};

use resow_manifest::comparator::Comparator;

use super::array_difference::{ArrayDifference, ArrayForm};
use super::elements::{Verdict, compare_elements};
use super::findings::{DifferenceKind, Findings};
use super::renames::renames;
use super::tree::compare_values;
use crate::content::{Array, Arrays, ContentError};

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
    compare_values(place, &left.metadata, &right.metadata, comparator, findings);
    let renamed = find_renames(place, left, right, comparator)?;
    let gone: BTreeSet<&str> = renamed.values().copied().collect();
    let names: BTreeSet<&String> = left.arrays.keys().chain(right.arrays.keys()).collect();
    for name in names {
        let at = join(place, name);
        match (left.arrays.get(name), right.arrays.get(name)) {
            (Some(left), Some(right)) => compare_pair(&at, left, right, comparator, findings)?,
            (Some(_), None) if gone.contains(name.as_str()) => {}
            (Some(left), None) => {
                let what = ArrayForm::of(left).to_string();
                differ(&at, DifferenceKind::OnlyLeft { what }, comparator, findings);
            }
            (None, Some(right)) => {
                let kind = match renamed.get(name.as_str()) {
                    Some(from) => DifferenceKind::Renamed {
                        from: join(place, from),
                    },
                    None => DifferenceKind::OnlyRight {
                        what: ArrayForm::of(right).to_string(),
                    },
                };
                differ(&at, kind, comparator, findings);
            }
            (None, None) => {}
        }
    }
    Ok(())
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

/// Compares two arrays of one name.
fn compare_pair(
    place: &str,
    left: &Array,
    right: &Array,
    comparator: &Comparator,
    findings: &mut Findings,
) -> Result<(), ContentError> {
    let forms = (ArrayForm::of(left), ArrayForm::of(right));
    let difference = |elements| {
        DifferenceKind::Array(Box::new(ArrayDifference {
            left: forms.0.clone(),
            right: forms.1.clone(),
            elements,
        }))
    };
    if left.element != right.element || left.shape != right.shape {
        differ(place, difference(None), comparator, findings);
        return Ok(());
    }
    let verdict = compare_elements(left, right, &comparator.tolerance_of(place))?;
    if let Some(entry) = comparator.ignoring(place) {
        findings.ignore(entry, !matches!(verdict, Verdict::Same));
        return Ok(());
    }
    match verdict {
        Verdict::Same => {}
        Verdict::Unknown => {
            let kind = DifferenceKind::Nature {
                left: format!("{} ({})", forms.0, forms.0.layout),
                right: format!("{} ({}, too large to reorder)", forms.1, forms.1.layout),
            };
            findings.differ(place, kind);
        }
        Verdict::Within(elements, used) => {
            findings.tolerate(place, difference(Some(*elements)), used);
        }
        Verdict::Differ(elements) => {
            findings.differ(place, difference(Some(*elements)));
        }
    }
    Ok(())
}
