//! Where a value stands in structured data, written as manifests name it.

use std::borrow::Cow;

/// The place of a key in the map at `place`; `is_start` where that is the outermost value of the file at `place`.
pub(super) fn of_key(place: &str, is_start: bool, key: &str) -> String {
    let is_plain = |character: char| character.is_alphanumeric() || "_-".contains(character);
    let is_plain = !key.is_empty() && key.chars().all(is_plain);
    let part = match is_plain {
        true => Cow::Borrowed(key),
        false => Cow::Owned(format!("[{}]", serde_json::Value::from(key))),
    };
    match (is_start, place.is_empty()) {
        (true, true) => part.into_owned(),
        (true, false) => format!("{place}!{part}"),
        (false, _) if is_plain => format!("{place}.{part}"),
        (false, _) => format!("{place}{part}"),
    }
}

/// The place of an index in the list at `place`.
pub(super) fn of_index(place: &str, is_start: bool, index: usize) -> String {
    match is_start && !place.is_empty() {
        true => format!("{place}![{index}]"),
        false => format!("{place}[{index}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_written_as_manifests_name_them() {
        assert_eq!(of_key("", true, "loss"), "loss");
        assert_eq!(of_key("a.json", true, "loss"), "a.json!loss");
        assert_eq!(of_key("a[0]", false, "loss"), "a[0].loss");
        assert_eq!(of_key("a", false, "b.c"), "a[\"b.c\"]");
        assert_eq!(of_index("", true, 3), "[3]");
        assert_eq!(of_index("a.json", true, 3), "a.json![3]");
    }
}
