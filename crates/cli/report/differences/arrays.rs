//! How two arrays of one name differ.

use resow_verifier::difference::{ArrayDifference, ArrayForm, Element};

use super::distances::distance_text;
use crate::report::lines::Lines;

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
        if elements.not_finite > 0 {
            lines.say(format!(
                "{} of them not finite on one side",
                elements.not_finite
            ));
        }
        tell_element(lines, "first", &elements.first);
        if let Some(worst) = &elements.worst
            && *worst != elements.first
        {
            tell_element(lines, "worst", worst);
        }
        if let Some(greatest) = &elements.greatest {
            lines.say(format!("at most {}", distance_text(greatest)));
        }
    });
}

/// `first [3, 7]: left 0.25, right 0.5`.
fn tell_element(lines: &mut Lines, which: &str, element: &Element) {
    let place = format!("{which} [{}]", listed(&element.index));
    lines.pair(&place, &element.left, &element.right, "");
}

/// `float32[64, 10]`.
fn form(form: &ArrayForm) -> String {
    format!("{}[{}]", form.element, listed(&form.shape))
}

fn listed(numbers: &[u64]) -> String {
    let numbers: Vec<_> = numbers.iter().map(ToString::to_string).collect();
    numbers.join(", ")
}
