//! What a single value of YAML is: the core schema of YAML 1.2, with every number exact.

use saphyr_parser::{ScalarStyle, Tag};

use crate::content::{Number, Value};

/// The value that a text of this style and tag writes.
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

/// The text of a key; one that another writes without quotation marks as a number is told from it by its own. `None`
/// where it is a list or a map.
pub(super) fn key(value: Value) -> Option<String> {
    match value {
        Value::Text(text) if matches!(plain(&text), Value::Text(_)) => Some(text),
        Value::Text(text) => Some(format!("\"{text}\"")),
        Value::Null => Some("null".to_owned()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Number(Number::Integer(integer)) => Some(integer.to_string()),
        Value::Number(Number::Float(float)) => Some(format!("{float:?}")),
        Value::Number(Number::Large(digits)) => Some(digits),
        Value::List(_) | Value::Map(_) => None,
    }
}

/// What a text without quotation marks is.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::Text(text.to_owned()), Value::Number),
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
    fn keys_in_quotation_marks_are_told_from_numbers() {
        let key_of = |text, style| key(resolve(text, style, None));
        assert_eq!(key_of("1", ScalarStyle::Plain).as_deref(), Some("1"));
        assert_eq!(
            key_of("1", ScalarStyle::SingleQuoted).as_deref(),
            Some("\"1\"")
        );
        assert_eq!(key_of("a", ScalarStyle::SingleQuoted).as_deref(), Some("a"));
    }
}
