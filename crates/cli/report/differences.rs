//! Where two files differ and how far apart they are, in lines that fit 80 columns.

use std::io;

use resow_manifest::comparator::{Comparator, ComparatorKind};
use resow_verifier::content::Source;
use resow_verifier::difference::{
    Agreement, ArrayDifference, ArrayForm, ByteDifference, Comparison, Difference, DifferenceKind,
    Distance, Element, ElementDifferences, compare_files,
};

use super::terminal::visible;

/// How many differences of one file are shown; JSON has all that were kept.
const MOST_SHOWN: usize = 10;
/// How many lines of a text are shown on each side of one place.
const MOST_LINES: usize = 5;
/// How many characters of a value or a line are shown.
const MOST_CHARACTERS: usize = 60;

/// Compares two files of one output by what they hold.
///
/// # Errors
/// When either cannot be read.
pub(crate) fn automatic(name: &str, left: &Source, right: &Source) -> io::Result<Comparison> {
    let comparator = Comparator::of(ComparatorKind::Auto);
    compare_files(name, left, right, &comparator)
}

/// What the comparison of the file `name` found, a line each, the first for the file as a whole.
pub(crate) fn lines(name: &str, comparison: &Comparison) -> Vec<String> {
    let mut lines = vec![format!("{}: {}", visible(name), summary(comparison))];
    if let Some(reason) = &comparison.unreadable {
        lines.push(format!("  compared as bytes: {}", visible(reason)));
    }
    for member in &comparison.unreadable_members {
        lines.push(format!(
            "  {} compared as bytes: {}",
            visible(&member.place),
            visible(&member.reason)
        ));
    }
    for difference in comparison.differences.iter().take(MOST_SHOWN) {
        lines.extend(difference_lines(difference));
    }
    let all = comparison.differing + comparison.tolerated;
    let shown = comparison.differences.len().min(MOST_SHOWN) as u64;
    if all > shown {
        lines.push(format!("  and {} more", all - shown));
    }
    for ignored in &comparison.ignored {
        lines.push(format!(
            "  left out: {} ({}), {}",
            visible(&ignored.field),
            visible(&ignored.reason),
            match ignored.differences {
                0 => "the same".to_owned(),
                1 => "1 difference".to_owned(),
                number => format!("{number} differences"),
            }
        ));
    }
    lines
}

/// `2 differences in npz`.
fn summary(comparison: &Comparison) -> String {
    let format = comparison.format;
    match comparison.agreement {
        Agreement::Equivalent => format!("the same content in other bytes ({format})"),
        Agreement::WithinTolerance { used } => format!(
            "{} within tolerance ({format}), {} % of it used",
            count(comparison.tolerated),
            (used * 100.0).ceil()
        ),
        Agreement::Different if comparison.tolerated > 0 => format!(
            "{} ({format}), and {} within tolerance",
            count(comparison.differing),
            comparison.tolerated
        ),
        Agreement::Different => format!("{} ({format})", count(comparison.differing)),
    }
}

fn count(number: u64) -> String {
    match number {
        1 => "1 difference".to_owned(),
        number => format!("{number} differences"),
    }
}

fn difference_lines(difference: &Difference) -> Vec<String> {
    let place = if difference.place.is_empty() {
        String::new()
    } else {
        format!("{}: ", visible(&difference.place))
    };
    let mark = if difference.is_tolerated {
        " (within tolerance)"
    } else {
        ""
    };
    match &difference.kind {
        DifferenceKind::Bytes(bytes) => vec![format!("  {place}{}", bytes_text(bytes))],
        DifferenceKind::Lines {
            left_line,
            right_line,
            left,
            left_count,
            right,
            right_count,
        } => {
            let mut lines = vec![format!(
                "  {place}line {left_line} left, {right_line} right"
            )];
            let starts: Vec<_> = left
                .iter()
                .zip(right)
                .map(|(left, right)| shown_from(left, right))
                .collect();
            lines.extend(text_lines('-', left, &starts, *left_count));
            lines.extend(text_lines('+', right, &starts, *right_count));
            lines
        }
        DifferenceKind::Value {
            left,
            right,
            distance,
        } => {
            let start = shown_from(left, right);
            let mut lines = vec![format!(
                "  {place}{} left, {} right{mark}",
                cut_from(left, start),
                cut_from(right, start)
            )];
            lines.extend(
                distance
                    .as_ref()
                    .map(|one| format!("    {}", distance_text(one))),
            );
            lines
        }
        DifferenceKind::Array(array) => array_lines(&place, array, mark),
        DifferenceKind::Nature { left, right } => {
            vec![format!("  {place}{} left, {} right", cut(left), cut(right))]
        }
        DifferenceKind::OnlyLeft { what } => vec![format!("  {place}only left: {}", cut(what))],
        DifferenceKind::OnlyRight { what } => vec![format!("  {place}only right: {}", cut(what))],
        DifferenceKind::Renamed { from } => {
            vec![format!("  {place}renamed from {}", visible(from))]
        }
    }
}

fn text_lines(sign: char, lines: &[String], starts: &[usize], count: u64) -> Vec<String> {
    let starts = starts.iter().copied().chain(std::iter::repeat(0));
    let mut shown: Vec<_> = lines
        .iter()
        .zip(starts)
        .take(MOST_LINES)
        .map(|(line, start)| format!("    {sign} {}", cut_from(line, start)))
        .collect();
    let more = count.saturating_sub(shown.len() as u64);
    if more > 0 {
        shown.push(format!("    {sign} and {more} more lines"));
    }
    shown
}

fn array_lines(place: &str, array: &ArrayDifference, mark: &str) -> Vec<String> {
    let Some(elements) = &array.elements else {
        return vec![format!(
            "  {place}{} left, {} right",
            form(&array.left),
            form(&array.right)
        )];
    };
    let mut lines = vec![format!(
        "  {place}{}: {} of {} elements differ{mark}",
        form(&array.left),
        elements.differing,
        elements.of
    )];
    if elements.beyond_tolerance < elements.differing && elements.beyond_tolerance > 0 {
        lines.push(format!(
            "    {} of them beyond the tolerance",
            elements.beyond_tolerance
        ));
    }
    if elements.not_finite > 0 {
        lines.push(format!(
            "    {} of them not finite on one side",
            elements.not_finite
        ));
    }
    lines.push(format!("    first {}", element_text(&elements.first)));
    if let Some(worst) = elements
        .worst
        .as_ref()
        .filter(|worst| **worst != elements.first)
    {
        lines.push(format!("    worst {}", element_text(worst)));
    }
    lines.extend(greatest(elements));
    lines
}

fn greatest(elements: &ElementDifferences) -> Option<String> {
    let distance = distance_text(elements.greatest.as_ref()?);
    let word = if elements.is_near_zero {
        ", the last of numbers close to zero, where it says little"
    } else {
        ""
    };
    Some(format!("    at most {distance}{word}"))
}

/// `float32[64, 10]`.
fn form(form: &ArrayForm) -> String {
    let shape: Vec<_> = form.shape.iter().map(ToString::to_string).collect();
    format!("{}[{}]", form.element, shape.join(", "))
}

/// `[3, 7]: 0.25 left, 0.5 right`.
fn element_text(element: &Element) -> String {
    let index: Vec<_> = element.index.iter().map(ToString::to_string).collect();
    format!(
        "[{}]: {} left, {} right",
        index.join(", "),
        cut(&element.left),
        cut(&element.right)
    )
}

/// `1.2e-7 apart, relative 3.1e-6, 26 last places`.
pub(crate) fn distance_text(distance: &Distance) -> String {
    let Some(absolute) = distance.absolute else {
        return "one is not finite".to_owned();
    };
    let mut text = format!("{} apart", number(absolute));
    if let Some(relative) = distance.relative {
        text.push_str(&format!(", relative {}", number(relative)));
    }
    match distance.units_in_last_place {
        Some(1) => text.push_str(", 1 last place"),
        Some(units) => text.push_str(&format!(", {units} last places")),
        None => {}
    }
    text
}

/// A number in three digits.
fn number(value: f64) -> String {
    if value == 0.0 || (1e-3..1e6).contains(&value) {
        let digits = format!("{value:.3}");
        if digits.contains('.') {
            return digits
                .trim_end_matches('0')
                .trim_end_matches('.')
                .to_owned();
        }
        digits
    } else {
        format!("{value:.2e}")
    }
}

/// Where two files differ byte by byte.
pub(crate) fn bytes_text(place: &ByteDifference) -> String {
    let line = place
        .first_line
        .map_or_else(String::new, |line| format!(" (line {line})"));
    let sizes = if place.left_size == place.right_size {
        format!("{} bytes each", place.left_size)
    } else {
        format!("{} bytes left, {} right", place.left_size, place.right_size)
    };
    let differing = match place.differing_bytes {
        1 => "1 byte differs,".to_owned(),
        number => format!("{number} bytes differ, the first"),
    };
    format!(
        "{differing} at offset {}{line}; {sizes}",
        place.first_offset
    )
}

/// From which character on two texts are shown, so that the place where they first differ is seen.
fn shown_from(left: &str, right: &str) -> usize {
    const BEFORE: usize = 20;
    let (left, right) = (visible(left), visible(right));
    let pairs = left.chars().zip(right.chars());
    let same = pairs.take_while(|(left, right)| left == right).count();
    if same + BEFORE < MOST_CHARACTERS {
        0
    } else {
        same - BEFORE
    }
}

/// The text from this character on.
fn cut_from(text: &str, start: usize) -> String {
    if start == 0 {
        return cut(text);
    }
    let rest: String = visible(text).chars().skip(start).collect();
    format!("...{}", cut(&rest))
}

fn cut(text: &str) -> String {
    let text = visible(text);
    if text.chars().count() <= MOST_CHARACTERS {
        return text;
    }
    let kept: String = text.chars().take(MOST_CHARACTERS - 3).collect();
    kept + "..."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_long_texts_differ_is_seen() {
        let common = "x".repeat(500);
        let (left, right) = (format!("{common}left"), format!("{common}right"));
        let start = shown_from(&left, &right);
        assert_eq!(cut_from(&left, start), format!("...{}left", "x".repeat(20)));
        assert_eq!(
            cut_from(&right, start),
            format!("...{}right", "x".repeat(20))
        );
        assert_eq!(shown_from("1.0", "1.5"), 0);
        // The shorter one ends before they differ.
        assert_eq!(
            cut_from(&common, shown_from(&common, &left)),
            format!("...{}", "x".repeat(20))
        );
    }
}
