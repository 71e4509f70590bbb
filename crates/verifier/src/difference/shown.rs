//! How values are shown: as JSON, and never more than a line of it.

use crate::content::{Number, TypeName, Value};

/// The most bytes that are shown of one value or line.
pub(super) const MOST_BYTES: usize = 400;
/// How much of what two texts have in common is shown before their first difference.
const CONTEXT: usize = 100;
const ELLIPSIS: char = '…';

/// The value as JSON, cut.
pub(super) fn shown(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    cut(&text)
}

/// Both values as JSON, cut; of two long texts that part in which they differ.
pub(super) fn shown_pair(left: &Value, right: &Value) -> (String, String) {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => {
            let (left, right) = around_difference(left, right);
            (cut(&quoted(&left)), cut(&quoted(&right)))
        }
        _ => match (escaped(left), escaped(right)) {
            (Some(left), Some(right)) => {
                let (left, right) = around_difference(left, right);
                (cut(&bytes(&left)), cut(&bytes(&right)))
            }
            _ => (shown(left), shown(right)),
        },
    }
}

/// The value in words: `the number 3`, `a list of 2`.
pub(super) fn in_words(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => format!("the truth value {}", shown(value)),
        Value::Number(_) => cut(&format!("the number {}", shown(value))),
        Value::Text(_) => cut(&format!("the text {}", shown(value))),
        Value::List(list) => format!("a list of {}", list.len()),
        Value::Map(map) => format!("a map of {}", map.len()),
        Value::Typed(..) => shown(value),
    }
}

/// The text, or its beginning and an ellipsis, of [`MOST_BYTES`] at most.
pub(super) fn cut(text: &str) -> String {
    if text.len() <= MOST_BYTES {
        return text.to_owned();
    }
    let start = start_of(text, MOST_BYTES - ELLIPSIS.len_utf8());
    format!("{start}{ELLIPSIS}")
}

/// Both texts, cut, with that part in which they differ.
pub(super) fn cut_pair(left: &str, right: &str) -> (String, String) {
    let (left, right) = around_difference(left, right);
    (cut(&left), cut(&right))
}

/// Both texts from shortly before their first difference on, where that would be cut off otherwise.
fn around_difference(left: &str, right: &str) -> (String, String) {
    let pairs = left.bytes().zip(right.bytes());
    let same = pairs.take_while(|(left, right)| left == right).count();
    if same + CONTEXT <= MOST_BYTES {
        return (beginning(left).to_owned(), beginning(right).to_owned());
    }
    let start = start_of(left, same - CONTEXT).len();
    let part = |text: &str| format!("{ELLIPSIS}{}", beginning(&text[start..]));
    (part(left), part(right))
}

/// More of the text than is shown of it.
fn beginning(text: &str) -> &str {
    start_of(text, 2 * MOST_BYTES)
}

/// As many whole characters of the text as `bytes` bytes hold.
pub(super) fn start_of(text: &str, bytes: usize) -> &str {
    let mut ends = (0..=bytes.min(text.len())).rev();
    let end = ends.find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

/// Writes the value until there is more than is shown.
fn write(value: &Value, text: &mut String) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(truth) => text.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => text.push_str(&of_number(number)),
        Value::Text(own) => text.push_str(&quoted(beginning(own))),
        Value::List(list) => {
            let parts = list.iter().map(|value| (None, value));
            write_parts(['[', ']'], parts, text);
        }
        Value::Map(map) => {
            let parts = map.iter().map(|(key, value)| (Some(key.as_str()), value));
            write_parts(['{', '}'], parts, text);
        }
        Value::Typed(name, inner) => match escaped(value) {
            Some(own) => text.push_str(&bytes(beginning(own))),
            None => {
                text.push_str(beginning(&name.to_string()));
                text.push(' ');
                write(inner, text);
            }
        },
    }
}

fn write_parts<'a>(
    marks: [char; 2],
    parts: impl Iterator<Item = (Option<&'a str>, &'a Value)>,
    text: &mut String,
) {
    text.push(marks[0]);
    for (index, (key, value)) in parts.enumerate() {
        if text.len() > MOST_BYTES {
            return;
        }
        if index > 0 {
            text.push_str(", ");
        }
        if let Some(key) = key {
            text.push_str(&quoted(beginning(key)));
            text.push_str(": ");
        }
        write(value, text);
    }
    text.push(marks[1]);
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The text of bytes, in which those that are no printable ASCII are escaped already.
fn escaped(value: &Value) -> Option<&str> {
    match value {
        Value::Typed(TypeName::Bytes, text) => match &**text {
            Value::Text(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

fn bytes(escaped: &str) -> String {
    format!("{} \"{escaped}\"", TypeName::Bytes)
}

fn of_number(number: &Number) -> String {
    match number {
        Number::Integer(integer) => integer.to_string(),
        Number::Float(float) if float.is_nan() => "NaN".to_owned(),
        Number::Float(float) if float.is_infinite() => {
            let sign = if *float < 0.0 { "-" } else { "" };
            format!("{sign}Infinity")
        }
        Number::Float(float) => format!("{float:?}"),
        Number::Large(digits) => beginning(digits).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn values_are_shown_as_json() {
        let value = Value::Map(BTreeMap::from([
            (
                "a\"".to_owned(),
                Value::List(vec![Value::Null, Value::Bool(true)]),
            ),
            ("b".to_owned(), Value::Number(Number::Float(0.1))),
            ("c".to_owned(), Value::Text("x\ny".to_owned())),
        ]));
        assert_eq!(
            shown(&value),
            r#"{"a\"": [null, true], "b": 0.1, "c": "x\ny"}"#
        );
        assert_eq!(in_words(&value), "a map of 3");
    }

    #[test]
    fn nothing_is_longer_than_the_most() {
        let long = Value::Text("ä".repeat(10_000));
        let many = Value::List(vec![long.clone(); 1000]);
        let digits = Value::Number(Number::Large("7".repeat(10_000)));
        for value in [&long, &many, &digits] {
            for text in [shown(value), in_words(value)] {
                assert!(text.len() <= MOST_BYTES, "{}", text.len());
            }
            assert!(shown(value).ends_with(ELLIPSIS));
        }
    }

    #[test]
    fn a_difference_far_behind_is_shown() {
        let common = "ä".repeat(1000);
        let (left, right) = cut_pair(&format!("{common}left"), &format!("{common}right"));
        assert!(left.starts_with(ELLIPSIS) && left.ends_with("left"));
        assert!(right.starts_with(ELLIPSIS) && right.ends_with("right"));
        let (left, right) = cut_pair("ä", "ö");
        assert_eq!((left.as_str(), right.as_str()), ("ä", "ö"));
    }
}
