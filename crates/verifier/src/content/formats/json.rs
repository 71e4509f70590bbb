//! JSON, with every number as it is written, and `NaN`, `Infinity` and `-Infinity` as Python writes them.
//!
//! A parser of our own: the libraries at hand either make a floating-point number of a long whole one, keep the last of
//! two equal keys without a word, or take no `NaN`. What is in quotation marks is left to `serde_json`.

use std::collections::BTreeMap;

use super::counter::Counter;
use super::text::decoded;
use crate::content::{Budget, ContentError, Format, Number, Source, Value};

/// The value that the file holds.
///
/// # Errors
/// When it is no JSON, names a key twice, or is more than `budget` allows.
pub(super) fn read(
    format: Format,
    source: &Source,
    budget: &Budget,
) -> Result<Value, ContentError> {
    let bytes = source.read_all(budget.limits().structured)?;
    let text = decoded(format, &bytes)?;
    let mut parser = Parser {
        format,
        text: text.strip_prefix('\u{feff}').unwrap_or(text),
        offset: 0,
        counter: Counter::new(budget),
    };
    let value = parser.value(0)?;
    match parser.peek() {
        None => Ok(value),
        Some(_) => Err(parser.wrong("something follows the value")),
    }
}

struct Parser<'a> {
    format: Format,
    text: &'a str,
    /// Where the next byte stands; always between two characters.
    offset: usize,
    counter: Counter,
}

impl<'a> Parser<'a> {
    fn value(&mut self, depth: usize) -> Result<Value, ContentError> {
        self.counter.take(1)?;
        self.counter.check_depth(depth)?;
        match self.peek() {
            Some(b'{') => self.map(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => self.string().map(Value::Text),
            Some(_) => self.word(),
            None => Err(ContentError::Truncated),
        }
    }

    fn map(&mut self, depth: usize) -> Result<Value, ContentError> {
        self.counter.take_map()?;
        self.offset += 1;
        let mut map = BTreeMap::new();
        if self.takes(b'}') {
            return Ok(Value::Map(map));
        }
        loop {
            if !matches!(self.peek(), Some(b'"')) {
                return Err(self.expected("a key in quotation marks"));
            }
            let key = self.string()?;
            if !self.takes(b':') {
                return Err(self.expected("a colon"));
            }
            let value = self.value(depth + 1)?;
            if map.contains_key(&key) {
                return Err(self.wrong(&format!("the key `{}` is there twice", key.escape_debug())));
            }
            map.insert(key, value);
            if self.takes(b'}') {
                return Ok(Value::Map(map));
            }
            if !self.takes(b',') {
                return Err(self.expected("a comma or a closing brace"));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, ContentError> {
        self.offset += 1;
        let mut list = Vec::new();
        if self.takes(b']') {
            return Ok(Value::List(list));
        }
        loop {
            list.push(self.value(depth + 1)?);
            if self.takes(b']') {
                return Ok(Value::List(list));
            }
            if !self.takes(b',') {
                return Err(self.expected("a comma or a closing bracket"));
            }
        }
    }

    /// The text in the quotation marks that begin here.
    fn string(&mut self) -> Result<String, ContentError> {
        let rest = &self.text[self.offset..];
        let length = quoted_length(rest).ok_or(ContentError::Truncated)?;
        let quoted = &rest[..length];
        let text = serde_json::from_str(quoted).map_err(|_| {
            self.wrong("a text with a character or an escape that may not be there")
        })?;
        self.offset += length;
        Ok(text)
    }

    /// A number, a truth value or `null`.
    fn word(&mut self) -> Result<Value, ContentError> {
        let rest = &self.text[self.offset..];
        let is_of_word = |byte: u8| byte.is_ascii_alphanumeric() || b"+-._".contains(&byte);
        let length = rest.bytes().take_while(|byte| is_of_word(*byte)).count();
        let word = &rest[..length];
        let value = match word {
            "null" => Some(Value::Null),
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            "NaN" => Some(Value::Number(Number::Float(f64::NAN))),
            "Infinity" => Some(Value::Number(Number::Float(f64::INFINITY))),
            "-Infinity" => Some(Value::Number(Number::Float(f64::NEG_INFINITY))),
            _ if is_number(word) => Number::parse(word).map(Value::Number),
            _ => None,
        };
        let value = value.ok_or_else(|| self.expected("a value"))?;
        self.offset += length;
        Ok(value)
    }

    /// The next byte that is no space, which is not taken.
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.offset) {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(*byte);
            }
            self.offset += 1;
        }
        None
    }

    /// Whether this byte comes next; then it is taken.
    fn takes(&mut self, wanted: u8) -> bool {
        let found = self.peek() == Some(wanted);
        self.offset += usize::from(found);
        found
    }

    fn expected(&mut self, what: &str) -> ContentError {
        match self.peek() {
            None => ContentError::Truncated,
            Some(_) => self.wrong(&format!("{what} is missing")),
        }
    }

    fn wrong(&self, reason: &str) -> ContentError {
        let before = &self.text.as_bytes()[..self.offset];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        ContentError::malformed(self.format, format!("line {line}: {reason}"))
    }
}

/// How many bytes there are up to the closing quotation mark; `None` where there is none.
pub(super) fn quoted_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut offset = 1;
    loop {
        match bytes.get(offset)? {
            b'"' => return Some(offset + 1),
            b'\\' => offset += 2,
            _ => offset += 1,
        }
    }
}

/// Whether JSON lets a number be written so.
fn is_number(text: &str) -> bool {
    fn digits(text: &str) -> (usize, &str) {
        let rest = text.trim_start_matches(|character: char| character.is_ascii_digit());
        (text.len() - rest.len(), rest)
    }
    let text = text.strip_prefix('-').unwrap_or(text);
    let (whole, mut rest) = digits(text);
    if whole == 0 || (whole > 1 && text.starts_with('0')) {
        return false;
    }
    if let Some(after) = rest.strip_prefix('.') {
        let (fraction, after) = digits(after);
        if fraction == 0 {
            return false;
        }
        rest = after;
    }
    if let Some(after) = rest.strip_prefix(['e', 'E']) {
        let (exponent, after) = digits(after.strip_prefix(['+', '-']).unwrap_or(after));
        if exponent == 0 {
            return false;
        }
        rest = after;
    }
    rest.is_empty()
}

/// The value that this text writes, as JSON.
///
/// # Errors
/// As [`read`].
#[cfg(test)]
pub(super) fn parse(text: &str) -> Result<Value, ContentError> {
    let format =
        Format::of_kind(resow_manifest::comparator::ComparatorKind::Json).expect("a format");
    read(
        format,
        &Source::of_bytes(text.as_bytes()),
        &Budget::default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact() {
        for (text, expected) in [
            (
                "18446744073709551617",
                Number::Integer(18_446_744_073_709_551_617),
            ),
            ("-0", Number::Float(-0.0)),
            ("-0.0", Number::Float(-0.0)),
            ("1e3", Number::Float(1000.0)),
            ("1e999999", Number::Large("1e999999".to_owned())),
            ("Infinity", Number::Float(f64::INFINITY)),
        ] {
            let value = parse(text).expect(text);
            let Value::Number(number) = &value else {
                panic!("{text} gave {value:?}");
            };
            assert!(number.is_same(&expected), "{text}: {number:?}");
        }
        let long = "7".repeat(10_000);
        assert_eq!(
            parse(&long).expect("digits"),
            Value::Number(Number::Large(long))
        );
    }

    #[test]
    fn what_is_no_json_is_said_with_its_line() {
        for (text, part) in [
            (
                "{\n\"a\": 1,\n\"a\": 2}",
                "line 3: the key `a` is there twice",
            ),
            ("[1,]", "a value is missing"),
            ("[01]", "a value is missing"),
            ("[1.]", "a value is missing"),
            ("[nan]", "a value is missing"),
            ("{a: 1}", "a key in quotation marks is missing"),
            ("[1] 2", "something follows"),
            ("\"\\ud800\"", "an escape"),
            ("\"\u{1}\"", "a character"),
            ("[1 2]", "a comma or a closing bracket is missing"),
            ("[1", "ends in the middle"),
            ("\"a\\\"", "ends in the middle"),
            ("", "ends in the middle"),
        ] {
            let error = parse(text).expect_err(text).to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn depth_and_number_of_values_are_bounded() {
        for text in ["[".repeat(10_000), "{\"a\":".repeat(10_000)] {
            let error = parse(&text).expect_err("too deep").to_string();
            assert!(error.contains("levels of nesting"), "{error}");
        }
        let many = format!("[{}0]", "0,".repeat(2_000_000));
        let error = parse(&many).expect_err("too many").to_string();
        assert!(error.contains("1600000 values"), "{error}");
    }

    #[test]
    fn what_another_reader_takes_is_taken() {
        for text in [
            "[]",
            "{}",
            " [ ] ",
            "\u{feff}{\"\\u0061\": [null, true, false, -1.5E+3]}",
            "\"é\\ud83d\\ude00\"",
        ] {
            parse(text).expect(text);
        }
    }
}
