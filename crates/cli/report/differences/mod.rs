//! Where two files differ and how far apart they are.

mod arrays;
mod distances;

use resow_verifier::difference::{
    Agreement, ByteDifference, Comparison, Difference, DifferenceKind, IgnoredPlace,
};

use self::distances::{distance_text, without_distance};
use super::lines::{Lines, MOST_OF_A_KIND};
use super::shortening::{cut, cut_pair};
use super::terminal::visible;

/// How many lines of a text are shown on each side of one place.
const MOST_LINES: usize = 5;

/// Tells what the comparison of the file `name` found: first of the file as a whole, then further in.
pub(crate) fn tell(lines: &mut Lines, name: &str, comparison: &Comparison) {
    lines.say(format!("{}: {}", visible(name), summary(comparison)));
    lines.within(2, |lines| {
        if let Some(reason) = &comparison.unreadable {
            lines.say(format!("compared as bytes: {}", visible(reason)));
        }
        lines.say_each(comparison.unreadable_members.iter(), |lines, member| {
            let place = visible(&member.place);
            lines.say(format!(
                "{place} compared as bytes: {}",
                visible(&member.reason)
            ));
        });
        if let Some(totals) = comparison.arrays.as_ref().filter(|it| it.differing > 1) {
            lines.say(arrays::totals(totals));
        }
        for difference in comparison.differences.iter().take(MOST_OF_A_KIND) {
            tell_difference(lines, difference);
        }
        let all = comparison.differing + comparison.tolerated;
        let held = comparison.differences.len() as u64;
        let more = all - held.min(MOST_OF_A_KIND as u64);
        if held < all {
            lines.more_than(more, "differences", &format!("the first {held}"));
        } else {
            lines.more(more, "differences");
        }
        lines.say_each(comparison.ignored.iter(), |lines, ignored| {
            lines.say(left_out(ignored));
        });
    });
}

/// `left out: seconds (wall time), 1 difference`.
fn left_out(ignored: &IgnoredPlace) -> String {
    format!(
        "left out: {} ({}), {}",
        visible(&ignored.field),
        visible(&ignored.reason),
        match ignored.differences {
            0 => "the same".to_owned(),
            number => count(number),
        }
    )
}

/// `2 differences (npz)`.
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

fn tell_difference(lines: &mut Lines, difference: &Difference) {
    let place = visible(&difference.place);
    let at = if place.is_empty() {
        String::new()
    } else {
        format!("{place}: ")
    };
    let mark = if difference.is_tolerated {
        " (within tolerance)"
    } else {
        ""
    };
    match &difference.kind {
        DifferenceKind::Bytes(bytes) => lines.say(format!("{at}{}", bytes_text(lines, bytes))),
        DifferenceKind::Lines {
            left_line,
            right_line,
            left,
            left_count,
            right,
            right_count,
        } => {
            let numbers = [left_line, right_line].map(u64::to_string);
            let numbers = if left_line == right_line {
                numbers[0].clone()
            } else {
                lines.sides.of(&numbers[0], &numbers[1])
            };
            lines.say(format!("{at}line {numbers}"));
            lines.within(2, |lines| {
                tell_texts(lines, [left, right], [*left_count, *right_count]);
            });
        }
        DifferenceKind::Value {
            left,
            right,
            distance,
        } => {
            lines.pair(&place, left, right, mark);
            if let Some(distance) = distance {
                let text = distance_text(distance);
                let text = text.unwrap_or_else(|| without_distance([left, right]).to_owned());
                lines.within(2, |lines| lines.say(text));
            }
        }
        DifferenceKind::Array(array) => arrays::tell(lines, &place, array, mark),
        DifferenceKind::Nature { left, right } => lines.pair(&place, left, right, ""),
        DifferenceKind::OnlyLeft { what } => {
            let what = cut(what, lines.room(20));
            lines.say(format!("{at}{}: {what}", lines.sides.only_left));
        }
        DifferenceKind::OnlyRight { what } => {
            let what = cut(what, lines.room(20));
            lines.say(format!("{at}{}: {what}", lines.sides.only_right));
        }
        DifferenceKind::Renamed { from } => {
            lines.say(format!("{at}renamed from {}", visible(from)));
        }
    }
}

/// The first lines of two texts that stand in each other's place.
fn tell_texts(lines: &mut Lines, texts: [&[String]; 2], counts: [u64; 2]) {
    let room = lines.room(2);
    for (side, sign) in [(0, '-'), (1, '+')] {
        let (own, other) = (texts[side], texts[1 - side]);
        for (number, line) in own.iter().take(MOST_LINES).enumerate() {
            let [line, _] = match other.get(number) {
                Some(other) => cut_pair(line, other, room),
                None => [cut(line, room), String::new()],
            };
            lines.say(format!("{sign} {line}"));
        }
        let more = counts[side].saturating_sub(own.len().min(MOST_LINES) as u64);
        match more {
            0 => {}
            1 => lines.say(format!("{sign} and 1 more line")),
            more => lines.say(format!("{sign} and {more} more lines")),
        }
    }
}

/// Where two files differ byte by byte.
fn bytes_text(lines: &Lines, place: &ByteDifference) -> String {
    let line = place
        .first_line
        .map_or_else(String::new, |line| format!(" (line {line})"));
    let sizes = if place.left_size == place.right_size {
        format!("{} bytes each", place.left_size)
    } else {
        let sizes = [place.left_size, place.right_size].map(|size| size.to_string());
        format!("bytes in all: {}", lines.sides.of(&sizes[0], &sizes[1]))
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
