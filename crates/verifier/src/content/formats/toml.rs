//! TOML, with every floating-point number as it is written.

use toml::Spanned;
use toml::de::{DeFloat, DeInteger, DeTable, DeValue};

use super::counter::{Counter, SHARE};
use super::text::decoded;
use crate::content::{Budget, ContentError, Format, Number, Source, TypeName, Value};

/// The value that the file holds. Dates and times are of their own type, as they are written.
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
    let table = DeTable::parse(text).map_err(|error| {
        let reason = error.message();
        malformed(format, text, error.span().map(|span| span.start), reason)
    })?;
    let mut reading = Reading {
        format,
        text,
        counter: Counter::new(budget),
    };
    reading.table(table.get_ref(), 0)
}

fn malformed(format: Format, text: &str, start: Option<usize>, reason: &str) -> ContentError {
    let before = start.and_then(|start| text.get(..start));
    let line = before.map_or(1, |before| before.matches('\n').count() + 1);
    ContentError::malformed(format, format!("line {line}: {reason}"))
}

struct Reading<'a> {
    format: Format,
    text: &'a str,
    counter: Counter,
}

impl Reading<'_> {
    fn value(&mut self, read: &Spanned<DeValue<'_>>, depth: usize) -> Result<Value, ContentError> {
        let start = read.span().start;
        match read.get_ref() {
            DeValue::Table(table) => return self.table(table, depth),
            _ => self.counter.take(1)?,
        }
        self.counter.check_depth(depth)?;
        Ok(match read.get_ref() {
            DeValue::String(text) => Value::Text(text.clone().into_owned()),
            DeValue::Integer(integer) => Value::Number(self.integer(integer, start)?),
            DeValue::Float(float) => Value::Number(self.float(float, start)?),
            DeValue::Boolean(truth) => Value::Bool(*truth),
            DeValue::Datetime(time) => {
                let written = self.text.get(read.span());
                let written = written.map_or_else(|| time.to_string(), str::to_owned);
                Value::Text(written).typed(TypeName::Date)
            }
            DeValue::Array(list) => {
                let values = list.iter().map(|one| self.value(one, depth + 1));
                Value::List(values.collect::<Result<_, _>>()?)
            }
            DeValue::Table(table) => self.table(table, depth)?,
        })
    }

    fn table(&mut self, table: &DeTable<'_>, depth: usize) -> Result<Value, ContentError> {
        self.counter.take(1)?;
        self.counter.check_depth(depth)?;
        self.counter.take_map()?;
        let values = table.iter().map(|(key, one)| {
            let key = key.get_ref().clone().into_owned();
            Ok((key, self.value(one, depth + 1)?))
        });
        Ok(Value::Map(values.collect::<Result<_, ContentError>>()?))
    }

    /// A whole number of eight bytes, as TOML has them.
    fn integer(&self, integer: &DeInteger<'_>, start: usize) -> Result<Number, ContentError> {
        let found = i64::from_str_radix(integer.as_str(), integer.radix());
        let found = found.map(|found| Number::Integer(i128::from(found)));
        found.map_err(|_| self.wrong(start, "a whole number is out of range"))
    }

    fn float(&self, float: &DeFloat<'_>, start: usize) -> Result<Number, ContentError> {
        let text = float.as_str();
        if text.ends_with("inf") || text.ends_with("nan") {
            let float = text.parse().map(Number::Float);
            return float.map_err(|_| self.wrong(start, "a number is none"));
        }
        Number::parse(text).ok_or_else(|| self.wrong(start, "a number is none"))
    }

    fn wrong(&self, start: usize, reason: &str) -> ContentError {
        malformed(self.format, self.text, Some(start), reason)
    }
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
        let json = r#"{"a": 1, "b": {"c": [0.5, true, "x"]}, "e": [{"f": 1}]}"#;
        let mut expected = json::parse(json).expect("JSON");
        let Value::Map(map) = &mut expected else {
            panic!("a map");
        };
        if let Some(Value::Map(inner)) = map.get_mut("b") {
            let date = Value::Text("2024-01-01".to_owned()).typed(TypeName::Date);
            inner.insert("d".to_owned(), date);
        }
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
    fn numbers_and_dates_are_as_they_are_written() {
        let same = |left: &str, right: &str| parse(left).expect(left) == parse(right).expect(right);
        assert!(same("a = 0x10", "a = 16") && same("a = 1_0.5", "a = 10.5"));
        assert!(same("a = +inf", "a = inf") && !same("a = inf", "a = -inf"));
        assert!(!same("a = 2024-01-01", "a = \"2024-01-01\""));
        assert!(!same("a = 9007199254740993.0", "a = 9007199254740992.0"));
        assert!(!same("a = 07:32:00.1234567891", "a = 07:32:00.1234567892"));
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
