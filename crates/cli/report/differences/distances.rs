//! How far apart numbers are.

use resow_verifier::difference::Distance;

/// Why two numbers, as they are shown, have no distance: one is not finite, or too long for a distance to be told.
pub(super) fn without_distance(numbers: [&str; 2]) -> &'static str {
    let is_finite = |number: &str| {
        number
            .trim_start_matches('-')
            .starts_with(|first: char| first.is_ascii_digit())
    };
    match numbers.map(is_finite) {
        [true, true] => "how far is beyond double precision",
        [false, false] => "neither is finite",
        _ => "one is not finite",
    }
}

/// `1.2e-7 apart, relative 3.1e-6, 26 last places`; `None` where there is no distance.
pub(super) fn distance_text(distance: &Distance) -> Option<String> {
    let mut text = format!("{} apart", number(distance.absolute?));
    if let Some(relative) = distance.relative {
        text.push_str(&format!(", relative {}", number(relative)));
    }
    match distance.units_in_last_place {
        Some(1) => text.push_str(", 1 last place"),
        Some(units) => text.push_str(&format!(", {units} last places")),
        None => {}
    }
    if distance.is_near_zero {
        text.push_str(" (which say little near zero)");
    }
    Some(text)
}

/// A number in three digits.
pub(super) fn number(value: f64) -> String {
    if value == 0.0 || (1e-3..1e6).contains(&value) {
        let digits = format!("{value:.3}");
        if digits.contains('.') {
            return digits
                .trim_end_matches('0')
                .trim_end_matches('.')
                .to_owned();
        }
        digits
    } else if value.is_infinite() {
        format!("more than {:.2e}", f64::MAX)
    } else {
        format!("{value:.2e}")
    }
}
