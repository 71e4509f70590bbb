//! Two traces that are at hand: the first step of each process that differs, and which values.

use std::collections::BTreeMap;
use std::io;

use super::extraction::{Stretch, Values, Wanted, extract};
use super::finding::{Parting, PartingPlace, TraceFinding, ValueDifference};
use super::outline::Outline;
use super::process::pair;
use crate::content::Source;

/// A trace that is at hand.
pub(super) struct Whole {
    pub(super) source: Source,
    /// Whether more was written than it has.
    pub(super) is_cut: bool,
}

/// Compares two traces.
pub(super) fn compare(left: &Whole, right: &Whole) -> io::Result<TraceFinding> {
    let outlines = [Outline::read(&left.source)?, Outline::read(&right.source)?];
    let ends_early = [
        left.is_cut || !outlines[0].is_whole,
        right.is_cut || !outlines[1].is_whole,
    ];
    let pairs = pair(&outlines[0].names(), &outlines[1].names());
    let mut wanted = [Wanted::new(), Wanted::new()];
    let mut alone = [Vec::new(), Vec::new()];
    let mut parted = Vec::new();
    for both in pairs {
        let (Some(one), Some(other)) = both else {
            let (side, index) = match both {
                (Some(index), _) => (0, index),
                (None, index) => (1, index.unwrap_or_default()),
            };
            // It may have begun where the other trace was cut off.
            if !ends_early[1 - side] {
                alone[side].push(outlines[side].processes[index].who.clone());
            }
            continue;
        };
        let steps = [
            &outlines[0].processes[one].steps,
            &outlines[1].processes[other].steps,
        ];
        if let Some(position) = first_difference(steps, ends_early) {
            wanted[0].insert(one, (position, position + 1));
            wanted[1].insert(other, (position, position + 1));
            parted.push((one, other));
        }
    }
    let [only_left, only_right] = alone;
    if parted.is_empty() && only_left.is_empty() && only_right.is_empty() {
        return Ok(TraceFinding::Agree {
            steps: outlines[0].longest().min(outlines[1].longest()),
            is_whole: ends_early == [false, false],
        });
    }
    let lefts = extract(&left.source, &wanted[0])?;
    let rights = extract(&right.source, &wanted[1])?;
    let partings = parted.into_iter().map(|(one, other)| {
        let stretch = |found: &BTreeMap<usize, Stretch>, index| {
            found.get(&index).cloned().unwrap_or_default()
        };
        let (left, right) = (stretch(&lefts, one), stretch(&rights, other));
        Parting {
            who: outlines[0].processes[one].who.clone(),
            after: left.before.or(right.before),
            place: place(left, right),
        }
    });
    Ok(TraceFinding::of_partings(
        partings.collect(),
        only_left,
        only_right,
    ))
}

/// The position of the first step that differs, or that one side alone has where the other was not cut off.
fn first_difference([left, right]: [&Vec<u64>; 2], ends_early: [bool; 2]) -> Option<u64> {
    let common = left.iter().zip(right).position(|(one, other)| one != other);
    let position = common.or_else(|| {
        let shorter = left.len().min(right.len());
        let is_known = match left.len().cmp(&right.len()) {
            std::cmp::Ordering::Equal => false,
            std::cmp::Ordering::Less => !ends_early[0],
            std::cmp::Ordering::Greater => !ends_early[1],
        };
        is_known.then_some(shorter)
    });
    position.map(|position| position as u64)
}

fn place(left: Stretch, right: Stretch) -> PartingPlace {
    match (left.first, right.first) {
        (Some(step), Some(other)) if step == other => {
            let (differing, values) = differences(&left.values, &right.values);
            PartingPlace::Values {
                step,
                differing,
                values,
            }
        }
        (left, right) => PartingPlace::Steps { left, right },
    }
}

/// How many values differ, and the first of them. Where they are the same in another order, the first that stands
/// elsewhere is told.
fn differences(left: &Values, right: &Values) -> (u64, Vec<ValueDifference>) {
    let by_name =
        |values: &Values| -> BTreeMap<String, String> { values.iter().rev().cloned().collect() };
    let (lefts, rights) = (by_name(left), by_name(right));
    // Of a name that was written twice, the first is meant.
    let changed = left
        .iter()
        .filter(|(name, text)| lefts.get(name) == Some(text) && rights.get(name) != Some(text))
        .map(|(name, text)| ValueDifference {
            name: name.clone(),
            left: Some(text.clone()),
            right: rights.get(name).cloned(),
        });
    let added = right
        .iter()
        .filter(|(name, text)| !lefts.contains_key(name) && rights.get(name) == Some(text))
        .map(|(name, text)| ValueDifference {
            name: name.clone(),
            left: None,
            right: Some(text.clone()),
        });
    let mut all = changed.chain(added);
    let mut found: Vec<_> = all.by_ref().take(TraceFinding::MOST).collect();
    let count = found.len() + all.count();
    if found.is_empty() {
        found.extend(moved(left, right));
    }
    (count.max(found.len()) as u64, found)
}

/// Of values that are the same in another order, or written twice, the first that stands elsewhere.
fn moved(left: &Values, right: &Values) -> Option<ValueDifference> {
    let longest = left.len().max(right.len());
    let position = (0..longest).find(|position| left.get(*position) != right.get(*position))?;
    let (one, other) = (left.get(position), right.get(position));
    let (name, _) = one.or(other)?;
    let text = |value: Option<&(String, String)>| {
        value
            .filter(|(other, _)| other == name)
            .map(|(_, text)| text.clone())
    };
    Some(ValueDifference {
        name: name.clone(),
        left: text(one),
        right: text(other),
    })
}
