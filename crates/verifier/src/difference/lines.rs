//! Texts, compared line by line; line ends of either kind are alike.

use std::collections::HashMap;
use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::findings::{DifferenceKind, Findings};
use super::long_text::compare_long_texts;
use super::shown::{cut, cut_pair};
use crate::content::{Budget, ContentError, Source};

/// The most lines of either text between the first and the last difference for which it is sought which belong to which.
const MOST_LINES: usize = 200_000;
/// The same of all texts of an archive together.
const MOST_OF_ALL: usize = 5 * MOST_LINES;
/// The most lines that are shown of each side of one difference.
const MOST_SHOWN: usize = 40;

/// Compares two texts that lie at `place`. Of those that are too large for memory the first difference is found.
///
/// # Errors
/// When either cannot be read.
pub(super) fn compare_texts(
    place: &str,
    left: &Source,
    right: &Source,
    budget: &Budget,
    findings: &mut Findings,
) -> Result<(), ContentError> {
    let limit = budget.limits().structured;
    if left.length() > limit || right.length() > limit {
        return compare_long_texts(place, left, right, findings);
    }
    let (left, right) = (left.read_all(limit)?, right.read_all(limit)?);
    let (left, right) = (
        String::from_utf8_lossy(&left),
        String::from_utf8_lossy(&right),
    );
    Middle::of(&left, &right).compare(place, findings);
    Ok(())
}

/// What lies between the first and the last line that differ, of two texts.
struct Middle<'a> {
    /// How many lines are before it in both.
    skipped: usize,
    left: Part<'a>,
    right: Part<'a>,
}

/// The lines of one text that lie there: all, or, of more than are compared, the first.
struct Part<'a> {
    count: usize,
    lines: Vec<&'a str>,
}

impl<'a> Middle<'a> {
    fn of(left: &'a str, right: &'a str) -> Self {
        let (mut left, mut right) = (Some(left), Some(right));
        let mut skipped = 0;
        loop {
            let (mut left_rest, mut right_rest) = (left, right);
            let line = next_line(&mut left_rest);
            if line.is_none() || line != next_line(&mut right_rest) {
                break;
            }
            (left, right) = (left_rest, right_rest);
            skipped += 1;
        }
        let pairs = lines_from_end(left).zip(lines_from_end(right));
        let same = pairs.take_while(|(left, right)| left == right).count();
        Self {
            skipped,
            left: Part::of(left, same),
            right: Part::of(right, same),
        }
    }

    fn compare(&self, place: &str, findings: &mut Findings) {
        let (lefts, rights) = (self.left.count, self.right.count);
        if lefts.max(rights) > MOST_LINES || !findings.take_lines(lefts.max(rights), MOST_OF_ALL) {
            return self.differ(place, 0..lefts, 0..rights, findings);
        }
        let (left, right) = numbered(&self.left.lines, &self.right.lines);
        for operation in capture_diff_slices(Algorithm::Myers, &left, &right) {
            if !matches!(operation, DiffOp::Equal { .. }) {
                self.differ(
                    place,
                    operation.old_range(),
                    operation.new_range(),
                    findings,
                );
            }
        }
    }

    /// Adds the difference of these lines.
    fn differ(
        &self,
        place: &str,
        lefts: Range<usize>,
        rights: Range<usize>,
        findings: &mut Findings,
    ) {
        if lefts.is_empty() && rights.is_empty() {
            return;
        }
        let (left, right) = shown(self.left.shown(&lefts), self.right.shown(&rights));
        let kind = DifferenceKind::Lines {
            left_line: (self.skipped + lefts.start) as u64 + 1,
            right_line: (self.skipped + rights.start) as u64 + 1,
            left_count: lefts.len() as u64,
            right_count: rights.len() as u64,
            left,
            right,
        };
        findings.differ(place, kind);
    }
}

impl<'a> Part<'a> {
    /// The lines of this text without the last ones, as many as `same`.
    fn of(text: Option<&'a str>, same: usize) -> Self {
        let count = lines_from_end(text).count() - same;
        let kept = if count > MOST_LINES {
            MOST_SHOWN
        } else {
            count
        };
        let mut rest = text;
        let lines = std::iter::from_fn(|| next_line(&mut rest));
        Self {
            count,
            lines: lines.take(kept).collect(),
        }
    }

    /// The first of the lines in this range, as many as are shown or more.
    fn shown(&self, range: &Range<usize>) -> &[&'a str] {
        let end = range.end.min(self.lines.len());
        &self.lines[range.start.min(end)..end]
    }
}

/// Takes the next line, without its end. A text that ends with a line end has an empty line after it, so that whether it
/// does is seen.
fn next_line<'a>(rest: &mut Option<&'a str>) -> Option<&'a str> {
    let text = rest.take()?;
    match text.split_once('\n') {
        Some((line, after)) => {
            *rest = Some(after);
            Some(line.strip_suffix('\r').unwrap_or(line))
        }
        None => Some(text),
    }
}

/// The lines, without their ends, the last first.
fn lines_from_end(text: Option<&str>) -> impl Iterator<Item = &str> {
    let lines = text
        .into_iter()
        .flat_map(|text| text.rsplit('\n'))
        .enumerate();
    // Behind the last line there is no line feed, so that a carriage return belongs to it.
    lines.map(|(index, line)| match line.strip_suffix('\r') {
        Some(line) if index > 0 => line,
        _ => line,
    })
}

/// The lines of both as numbers, equal ones as the same: each line is read once, however long it is.
fn numbered<'a>(left: &[&'a str], right: &[&'a str]) -> (Vec<usize>, Vec<usize>) {
    let mut numbers: HashMap<&'a str, usize> = HashMap::new();
    let mut number = |line: &&'a str| {
        let next = numbers.len();
        *numbers.entry(line).or_insert(next)
    };
    (
        left.iter().map(&mut number).collect(),
        right.iter().map(&mut number).collect(),
    )
}

/// The first of the lines, each cut; those at the same index so that what differs is seen.
fn shown(left: &[&str], right: &[&str]) -> (Vec<String>, Vec<String>) {
    let (mut lefts, mut rights) = (Vec::new(), Vec::new());
    for index in 0..MOST_SHOWN {
        match (left.get(index), right.get(index)) {
            (Some(one), Some(other)) => {
                let (one, other) = cut_pair(one, other);
                lefts.push(one);
                rights.push(other);
            }
            (Some(one), None) => lefts.push(cut(one)),
            (None, Some(other)) => rights.push(cut(other)),
            (None, None) => break,
        }
    }
    (lefts, rights)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines, the counts of both sides, and what is shown.
    type Found = (u64, u64, Vec<String>, Vec<String>);

    fn found(left: &str, right: &str) -> Vec<Found> {
        let mut findings = Findings::default();
        let (left, right) = (
            Source::of_bytes(left.as_bytes()),
            Source::of_bytes(right.as_bytes()),
        );
        compare_texts("", &left, &right, &Budget::default(), &mut findings).expect("memory");
        let kinds = findings.shown().iter().map(|one| one.kind.clone());
        kinds
            .map(|kind| match kind {
                DifferenceKind::Lines {
                    left_line,
                    right_line,
                    left,
                    right,
                    ..
                } => (left_line, right_line, left, right),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    fn owned(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn lines_of_many_texts_are_held_against_each_other_up_to_a_bound() {
        let mut findings = Findings::default();
        let budget = Budget::default();
        let lines = MOST_LINES / 2;
        let text =
            |line: &str| Source::of_bytes(format!("{line}\na\n").repeat(lines / 2).into_bytes());
        let mut found = Vec::new();
        for _ in 0..11 {
            let before = findings.differing();
            compare_texts("", &text("b"), &text("c"), &budget, &mut findings).expect("memory");
            found.push(findings.differing() - before);
        }
        assert!(found[..10].iter().all(|found| *found > 1), "{found:?}");
        assert_eq!(found[10], 1, "all of it is one difference");
    }

    #[test]
    fn line_ends_of_either_kind_are_alike() {
        assert_eq!(found("a\nb\n", "a\r\nb\r\n"), []);
        assert_eq!(found("a\rb", "a\rb"), []);
        assert_eq!(found("", ""), []);
        assert_eq!(found("a", "a\r"), [(1, 1, owned(&["a"]), owned(&["a\r"]))]);
    }

    #[test]
    fn changed_new_and_gone_lines_are_named() {
        assert_eq!(
            found("a\nb\nc\nd\n", "a\nB\nc\nd\ne\n"),
            [
                (2, 2, owned(&["b"]), owned(&["B"])),
                (5, 5, owned(&[]), owned(&["e"])),
            ]
        );
        assert_eq!(found("a\n", "a"), [(2, 2, owned(&[""]), owned(&[]))]);
        assert_eq!(found("x\na\n", "a\n"), [(1, 1, owned(&["x"]), owned(&[]))]);
    }

    #[test]
    fn what_is_shown_is_bounded() {
        let left = "left\n".repeat(MOST_LINES + 1);
        let right = "right\n".repeat(MOST_LINES + 1);
        let found = found(&left, &right);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].2.len(), found[0].3.len()),
            (MOST_SHOWN, MOST_SHOWN)
        );
    }
}
