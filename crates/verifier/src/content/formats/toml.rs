//! TOML.

use super::counter::{Counter, SHARE};
use super::text::decoded;
use crate::content::{Budget, ContentError, Format, Number, Source, Value};

/// The value that the file holds. Dates and times are texts, as they are written.
///
/// # Errors
/// When it is no TOML, or is more than `budget` allows.
pub(super) fn read(
    format: Format,
    source: &Source,
    budget: &Budget,
) -> Result<Value, ContentError> {
    let bytes = source.read_all(budget.limits().structured / SHARE)?;
    let text = decoded(format, &bytes)?;
    let table = text
        .parse::<toml::Table>()
        .map_err(|error| malformed(format, text, &error))?;
    let mut counter = Counter::new(budget);
    value(toml::Value::Table(table), 0, &mut counter)
}

fn malformed(format: Format, text: &str, error: &toml::de::Error) -> ContentError {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.map_or(1, |before| before.matches('\n').count() + 1);
    ContentError::malformed(format, format!("line {line}: {}", error.message()))
}

fn value(read: toml::Value, depth: usize, counter: &mut Counter) -> Result<Value, ContentError> {
    counter.take(1)?;
    counter.check_depth(depth)?;
    Ok(match read {
        toml::Value::String(text) => Value::Text(text),
        toml::Value::Integer(integer) => Value::Number(Number::Integer(integer.into())),
        toml::Value::Float(float) => Value::Number(Number::Float(float)),
        toml::Value::Boolean(truth) => Value::Bool(truth),
        toml::Value::Datetime(time) => Value::Text(time.to_string()),
        toml::Value::Array(list) => {
            let values = list.into_iter().map(|one| value(one, depth + 1, counter));
            Value::List(values.collect::<Result<_, _>>()?)
        }
        toml::Value::Table(table) => {
            counter.take_map()?;
            let values = table
                .into_iter()
                .map(|(key, one)| Ok((key, value(one, depth + 1, counter)?)));
            Value::Map(values.collect::<Result<_, ContentError>>()?)
        }
    })
}

#[cfg(test)]
mod tests {
    use resow_manifest::comparator::ComparatorKind;

    use super::*;
    use crate::content::formats::json;

    fn parse(text: &str) -> Result<Value, ContentError> {
        let format = Format::of_kind(ComparatorKind::Toml).expect("a format");
        read(
            format,
            &Source::of_bytes(text.as_bytes()),
            &Budget::default(),
        )
    }

    #[test]
    fn tables_are_maps() {
        let value = parse("a = 1\n[b]\nc = [0.5, true, \"x\"]\nd = 2024-01-01\n[[e]]\nf = nan\n");
        let json = r#"{"a": 1, "b": {"c": [0.5, true, "x"], "d": "2024-01-01"}, "e": [{"f": 1}]}"#;
        let mut expected = json::parse(json).expect("JSON");
        let Value::Map(map) = &mut expected else {
            panic!("a map");
        };
        map.remove("e");
        let Value::Map(mut found) = value.expect("TOML") else {
            panic!("a map");
        };
        assert!(found.remove("e").is_some());
        assert_eq!(&found, map);
    }

    #[test]
    fn what_is_no_toml_is_said_with_its_line() {
        let error = parse("a = 1\na = 2\n")
            .expect_err("a key twice")
            .to_string();
        assert!(error.contains("line 2"), "{error}");
        parse("a = ").expect_err("cut");
        parse("a = 99999999999999999999").expect_err("too long");
    }

    #[test]
    fn depth_is_bounded() {
        for text in [
            format!("a = {}", "[".repeat(10_000)),
            format!("a = {}{}", "[".repeat(10_000), "]".repeat(10_000)),
            format!("a = {}", "{a = ".repeat(10_000)),
            format!("[{}a]", "a.".repeat(10_000)),
            format!("{}a = 1", "a.".repeat(10_000)),
        ] {
            parse(&text).expect_err("too deep");
        }
    }
}
