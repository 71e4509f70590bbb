//! How two arrays of one name differ.

use resow_verifier::difference::{
    ArrayDifference, ArrayForm, ArrayTotals, Element, ElementDifferences,
};

use super::distances::{distance_text, number};
use crate::report::lines::Lines;
use crate::report::terminal::visible;

/// Tells how the arrays at a place differ, with a mark where the tolerance lets that pass.
pub(super) fn tell(lines: &mut Lines, place: &str, array: &ArrayDifference, mark: &str) {
    let Some(elements) = &array.elements else {
        lines.pair(place, &form(&array.left), &form(&array.right), "");
        return;
    };
    let at = if place.is_empty() {
        String::new()
    } else {
        format!("{place}: ")
    };
    lines.say(format!(
        "{at}{}: {} of {} elements differ{mark}",
        form(&array.left),
        elements.differing,
        elements.of
    ));
    lines.within(2, |lines| {
        if elements.beyond_tolerance < elements.differing && elements.beyond_tolerance > 0 {
            lines.say(format!(
                "{} of them beyond the tolerance",
                elements.beyond_tolerance
            ));
        }
        if let Some(text) = not_finite(elements) {
            lines.say(text);
        }
        tell_element(lines, "first", &elements.first);
        if let Some(worst) = &elements.worst
            && *worst != elements.first
        {
            tell_element(lines, "worst", worst);
        }
        if let Some(text) = elements.greatest.as_ref().and_then(distance_text) {
            let others = match elements.not_finite {
                0 => "",
                _ => "the others ",
            };
            lines.say(format!("{others}at most {text}"));
        }
    });
}

/// `12 arrays differ, at most 0.25 apart, in fc1.weight; 2 of them with numbers that are not finite`.
pub(super) fn totals(totals: &ArrayTotals) -> String {
    let mut text = format!("{} arrays differ", totals.differing);
    if let Some(furthest) = &totals.furthest {
        let place = visible(&furthest.place);
        text.push_str(&format!(
            ", at most {} apart, in {place}",
            number(furthest.absolute)
        ));
    }
    if totals.not_finite > 0 {
        text.push_str(&format!(
            "; {} of them with numbers that are not finite",
            totals.not_finite
        ));
    }
    text
}

/// `3 of them not finite: 2 on one side, 1 on both`.
fn not_finite(elements: &ElementDifferences) -> Option<String> {
    let (all, both) = (elements.not_finite, elements.not_finite_on_both);
    Some(match (all - both, both) {
        (0, 0) => return None,
        (one, 0) => format!("{one} of them not finite on one side"),
        (0, both) => format!("{both} of them not finite on both sides"),
        (one, both) => format!("{all} of them not finite: {one} on one side, {both} on both"),
    })
}

/// `first [3, 7]: left 0.25, right 0.5`.
fn tell_element(lines: &mut Lines, which: &str, element: &Element) {
    let place = format!("{which} [{}]", listed(&element.index));
    lines.pair(&place, &element.left, &element.right, "");
}

/// `float32[64, 10]`.
fn form(form: &ArrayForm) -> String {
    visible(&form.to_string())
}

fn listed(numbers: &[u64]) -> String {
    let numbers: Vec<_> = numbers.iter().map(ToString::to_string).collect();
    numbers.join(", ")
}
