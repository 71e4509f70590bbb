//! What a single value of YAML is: the core schema of YAML 1.2, with every number exact.

use saphyr_parser::{ScalarStyle, Tag};

use crate::content::{Number, TypeName, Value};

/// Words that readers of YAML 1.1 take for truth values or more, and those of 1.2 for texts.
const AMBIGUOUS: [&str; 24] = [
    "y", "Y", "yes", "Yes", "YES", "n", "N", "no", "No", "NO", "on", "On", "ON", "off", "Off",
    "OFF", "=", "<<", ".", "+.nan", "-.nan", "-.NaN", "-.NAN", "+.NaN",
];

/// The value that a text of this style and tag writes. What readers of YAML 1.1 and of 1.2 take for different things is
/// of a type of its own, with the number that those of 1.2 read.
pub(super) fn resolve(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let as_text = match tag {
        None => style != ScalarStyle::Plain,
        // What follows a tag of another kind is what its reader makes of it.
        Some(tag) => !tag.is_yaml_core_schema() || matches!(tag.suffix.as_str(), "str" | "binary"),
    };
    if as_text {
        Value::Text(text.to_owned())
    } else {
        plain(text)
    }
}

/// The text of a key: as it is written without quotation marks, and with them where it could be mistaken for another.
/// `None` where it is a list or a map, has a tag, or is a number to some readers alone.
pub(super) fn key(value: Value) -> Option<String> {
    match value {
        Value::Text(text) if text.starts_with('"') || plain(&text) != Value::Text(text.clone()) => {
            Some(serde_json::Value::from(text).to_string())
        }
        Value::Text(text) => Some(text),
        Value::Null => Some("null".to_owned()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Number(Number::Integer(integer)) => Some(integer.to_string()),
        Value::Number(Number::Float(float)) if float.is_finite() => Some(format!("{float:?}")),
        // As YAML writes them: in quotation marks, such a text stands in those.
        Value::Number(Number::Float(float)) if float.is_nan() => Some(".nan".to_owned()),
        Value::Number(Number::Float(float)) => {
            Some(if float > 0.0 { ".inf" } else { "-.inf" }.to_owned())
        }
        Value::Number(Number::Large(digits)) => Some(digits),
        Value::Typed(TypeName::Ambiguous, value) => match *value {
            Value::Text(text) => Some(text),
            _ => None,
        },
        Value::List(_) | Value::Map(_) | Value::Typed(..) => None,
    }
}

/// What a text without quotation marks is.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => {
            let value = number(text).map_or_else(|| Value::Text(text.to_owned()), Value::Number);
            match is_ambiguous(text, &value) {
                true => value.typed(TypeName::Ambiguous),
                false => value,
            }
        }
    }
}

/// Whether readers of YAML 1.1 may take the text for something else.
fn is_ambiguous(text: &str, value: &Value) -> bool {
    match value {
        Value::Number(_) => !is_number_of_both(text),
        _ => AMBIGUOUS.contains(&text) || looks_like_a_number(text),
    }
}

/// Whether the text may be a number, a date or a time to some reader.
fn looks_like_a_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let unsigned = unsigned.strip_prefix('.').unwrap_or(unsigned);
    let in_numbers = |byte: u8| byte.is_ascii_hexdigit() || b"+-._:xobtTzZ \t".contains(&byte);
    unsigned.starts_with(|first: char| first.is_ascii_digit()) && text.bytes().all(in_numbers)
}

/// Whether readers of YAML 1.1 take the text for the same number as those of 1.2: there a fraction has a whole part, an
/// exponent a fraction before it and a sign, and nothing is octal but what begins with a zero.
fn is_number_of_both(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(
        unsigned,
        ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN"
    ) {
        return true;
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let has_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_exponent = exponent.is_none_or(|text| text.starts_with(['+', '-']));
    match mantissa.split_once('.') {
        Some((whole, fraction)) => {
            !whole.is_empty() && has_digits(whole) && has_digits(fraction) && is_exponent
        }
        None => has_digits(mantissa) && exponent.is_none(),
    }
}

fn number(text: &str) -> Option<Number> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1.0, digits),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    match digits {
        ".inf" | ".Inf" | ".INF" => return Some(Number::Float(sign * f64::INFINITY)),
        ".nan" | ".NaN" | ".NAN" if digits == text => return Some(Number::Float(f64::NAN)),
        _ => {}
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return whole(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return whole(digits, 8);
    }
    // A whole number that begins with a zero is octal to readers of YAML 1.1 and decimal to those of 1.2.
    let is_whole = digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_whole && digits.len() > 1 && digits.starts_with('0') {
        return None;
    }
    Number::parse(text)
}

/// Digits of this base, without a sign; `None` where there are more than 127 bits of them.
fn whole(digits: &str, base: u32) -> Option<Number> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let integer = i128::from_str_radix(digits, base).ok()?;
    plain.then_some(Number::Integer(integer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_schema_is_kept() {
        for (text, expected) in [
            ("12", Some(Number::Integer(12))),
            ("+12", Some(Number::Integer(12))),
            ("0x1F", Some(Number::Integer(31))),
            ("0o17", Some(Number::Integer(15))),
            ("1e-05", Some(Number::Float(1e-5))),
            ("1.0e+3", Some(Number::Float(1000.0))),
            (".5", Some(Number::Float(0.5))),
            ("-.inf", Some(Number::Float(f64::NEG_INFINITY))),
            ("18446744073709551616", Some(Number::Integer(1 << 64))),
            ("012", None),
            ("0x-1", None),
            ("1_000", None),
            ("-.nan", None),
            ("inf", None),
            ("yes", None),
            ("1.2.3", None),
            ("2024-01-01", None),
            (".", None),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
        let long = "9".repeat(10_000);
        assert_eq!(number(&long), Some(Number::Large(long)));
    }

    #[test]
    fn what_readers_take_differently_is_told_from_texts_and_numbers() {
        for text in [
            "yes",
            "Off",
            "y",
            "010",
            "1_000",
            "0b11",
            "12:30:45",
            "2024-01-01",
            "1e5",
            "1.5e3",
            "0o17",
            "-.5",
            ".5e1",
            "=",
            "<<",
            "089",
            "1.2.3",
        ] {
            let value = resolve(text, ScalarStyle::Plain, None);
            assert!(
                matches!(value, Value::Typed(TypeName::Ambiguous, _)),
                "{text}"
            );
            assert_ne!(value, resolve(text, ScalarStyle::SingleQuoted, None));
        }
        for text in [
            "yesterday",
            "seed 42",
            "v1.2.3",
            "-",
            "x010",
            "a: b",
            "3 hens",
        ] {
            let value = resolve(text, ScalarStyle::Plain, None);
            assert_eq!(value, Value::Text(text.to_owned()));
        }
        for text in [
            "12", "-7", "0", "0x1F", "1.0e-05", "0.5", "3.", "-.inf", ".nan",
        ] {
            let value = resolve(text, ScalarStyle::Plain, None);
            assert!(matches!(value, Value::Number(_)), "{text}: {value:?}");
        }
    }

    #[test]
    fn keys_in_quotation_marks_are_told_from_numbers() {
        let key_of = |text, style| key(resolve(text, style, None));
        assert_eq!(key_of("1", ScalarStyle::Plain).as_deref(), Some("1"));
        assert_eq!(
            key_of("1", ScalarStyle::SingleQuoted).as_deref(),
            Some("\"1\"")
        );
        assert_eq!(key_of("a", ScalarStyle::SingleQuoted).as_deref(), Some("a"));
        for (left, right) in [("\"1\"", "1"), ("yes", "\"yes\""), ("<<", "\"<<\"")] {
            let keys = [left, right].map(|text| key_of(text, ScalarStyle::SingleQuoted));
            assert_ne!(keys[0], keys[1], "{left}");
        }
        for text in ["yes", "<<", "010"] {
            let styles = [ScalarStyle::Plain, ScalarStyle::SingleQuoted];
            let keys = styles.map(|style| key_of(text, style));
            assert_ne!(keys[0], keys[1], "{text}");
        }
    }
}
