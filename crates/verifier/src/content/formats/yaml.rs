//! YAML 1.2, from a stream of events: what an alias stands for is counted again each time, before it is built.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput, Tag};

use super::counter::{Counter, SHARE};
use super::text::decoded;
use super::{yaml_scalar, yaml_text};
use crate::content::{Budget, ContentError, Format, Number, Source, TypeName, Value};

/// The value that the file holds. Of a stream that has not one document it is a list of a type of its own, as is a value
/// with a tag.
///
/// # Errors
/// When it is no YAML, names a key twice, has directives, or is more than `budget` allows.
pub(super) fn read(
    format: Format,
    source: &Source,
    budget: &Budget,
) -> Result<Value, ContentError> {
    let bytes = source.read_all(budget.limits().structured / SHARE)?;
    let text = decoded(format, &bytes)?;
    yaml_text::check(text)?;
    let mut builder = Builder {
        format,
        parser: Parser::new_from_str(text),
        counter: Counter::new(budget),
        anchors: BTreeMap::new(),
        copied: 0,
        most_copied: budget.limits().structured,
        ends_in_block: false,
    };
    let mut documents = builder.documents()?;
    if builder.ends_in_block && !text.ends_with(['\n', '\r']) {
        return Err(unsupported(
            "YAML that ends in a block whose last line has no end",
        ));
    }
    match documents.len() {
        1 => Ok(documents.remove(0)),
        _ => Ok(Value::List(documents).typed(TypeName::Documents)),
    }
}

struct Builder<'a> {
    format: Format,
    parser: Parser<'a, StrInput<'a>>,
    counter: Counter,
    anchors: BTreeMap<usize, Anchored>,
    /// Bytes of text that were copied for anchors and aliases.
    copied: u64,
    most_copied: u64,
    /// Whether the last scalar is a block: some readers give it a line end that the file does not have.
    ends_in_block: bool,
}

/// What an alias may stand for.
struct Anchored {
    value: Value,
    size: Size,
}

/// How large a value is: what copying it takes.
#[derive(Clone, Copy, Default)]
struct Size {
    values: usize,
    bytes: u64,
    height: usize,
}

impl<'a> Builder<'a> {
    fn documents(&mut self) -> Result<Vec<Value>, ContentError> {
        let mut documents = Vec::new();
        loop {
            match self.event()? {
                Event::StreamEnd => return Ok(documents),
                Event::DocumentStart(_) => {
                    self.anchors.clear();
                    let first = self.event()?;
                    documents.push(self.node(first, 0)?);
                }
                _ => {}
            }
        }
    }

    fn event(&mut self) -> Result<Event<'a>, ContentError> {
        match self.parser.next_event() {
            Some(Ok((event, _))) => Ok(event),
            Some(Err(error)) => Err(ContentError::malformed(self.format, error)),
            None => Err(ContentError::Truncated),
        }
    }

    fn node(&mut self, first: Event<'a>, depth: usize) -> Result<Value, ContentError> {
        self.counter.take(1)?;
        self.counter.check_depth(depth)?;
        let (value, anchor, tag) = match first {
            Event::Scalar(text, style, anchor, tag) => {
                self.ends_in_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                let value = yaml_scalar::resolve(&text, style, tag.as_deref());
                (value, anchor, tag)
            }
            Event::SequenceStart(anchor, tag) => (self.list(depth)?, anchor, tag),
            Event::MappingStart(anchor, tag) => (self.map(depth)?, anchor, tag),
            Event::Alias(anchor) => return self.alias(anchor, depth),
            _ => return Err(ContentError::malformed(self.format, "a value is missing")),
        };
        let value = match tag.as_deref() {
            Some(tag) if !says_no_more(tag, &value) => {
                self.counter.take(1)?;
                let name = format!("{}{}", tag.handle, tag.suffix);
                // So begin the names of types that files do not name.
                if name.starts_with(' ') {
                    return Err(unsupported("such tags in YAML"));
                }
                value.typed(TypeName::Tag(name))
            }
            _ => value,
        };
        if anchor != 0 {
            self.keep(anchor, &value)?;
        }
        Ok(value)
    }

    fn list(&mut self, depth: usize) -> Result<Value, ContentError> {
        let mut list = Vec::new();
        loop {
            match self.event()? {
                Event::SequenceEnd => return Ok(Value::List(list)),
                first => list.push(self.node(first, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Value, ContentError> {
        self.counter.take_map()?;
        let mut map = BTreeMap::new();
        loop {
            let key = match self.event()? {
                Event::MappingEnd => return Ok(Value::Map(map)),
                first => self.node(first, depth + 1)?,
            };
            let key = yaml_scalar::key(key);
            let key = key.ok_or_else(|| unsupported("YAML whose keys are lists or maps"))?;
            let first = self.event()?;
            let value = self.node(first, depth + 1)?;
            if map.contains_key(&key) {
                let reason = format!("the key `{}` is there twice", key.escape_debug());
                return Err(ContentError::malformed(self.format, reason));
            }
            map.insert(key, value);
        }
    }

    fn alias(&mut self, anchor: usize, depth: usize) -> Result<Value, ContentError> {
        let Some(anchored) = self.anchors.get(&anchor) else {
            let reason = "an alias stands for what it lies in, or for nothing";
            return Err(ContentError::malformed(self.format, reason));
        };
        let size = anchored.size;
        self.counter
            .check_depth(depth.saturating_add(size.height))?;
        self.charge(size)?;
        let anchored = self.anchors.get(&anchor);
        Ok(anchored.map_or(Value::Null, |anchored| anchored.value.clone()))
    }

    /// Keeps a copy of what an alias may stand for.
    fn keep(&mut self, anchor: usize, value: &Value) -> Result<(), ContentError> {
        let size = Size::of(value);
        self.charge(size)?;
        let value = value.clone();
        self.anchors.insert(anchor, Anchored { value, size });
        Ok(())
    }

    fn charge(&mut self, size: Size) -> Result<(), ContentError> {
        self.counter.take(size.values)?;
        self.copied = self.copied.saturating_add(size.bytes);
        if self.copied > self.most_copied {
            return Err(ContentError::TooMuchPacked {
                limit: self.most_copied,
            });
        }
        Ok(())
    }
}

impl Size {
    fn of(value: &Value) -> Self {
        let mut size = Self {
            values: 1,
            ..Self::default()
        };
        match value {
            Value::List(list) => list.iter().for_each(|value| size.add(Self::of(value))),
            Value::Map(map) => {
                size.values += Counter::MAP;
                for (key, value) in map {
                    size.bytes += key.len() as u64;
                    size.add(Self::of(value));
                }
            }
            Value::Text(text) => size.bytes = text.len() as u64,
            Value::Typed(_, value) => size.add(Self::of(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
        size
    }

    fn add(&mut self, part: Self) {
        self.values += part.values;
        self.bytes += part.bytes;
        self.height = self.height.max(part.height + 1);
    }
}

fn unsupported(what: &str) -> ContentError {
    ContentError::Unsupported {
        what: what.to_owned(),
    }
}

/// Whether a tag says no more than what the value shows: one of YAML's own, of a value of that type.
fn says_no_more(tag: &Tag, value: &Value) -> bool {
    if !tag.is_yaml_core_schema() {
        return tag.handle.is_empty() && tag.suffix == "!";
    }
    matches!(
        (tag.suffix.as_str(), value),
        ("str", Value::Text(_))
            | ("int", Value::Number(Number::Integer(_)))
            | ("float", Value::Number(_))
            | ("bool", Value::Bool(_))
            | ("null", Value::Null)
            | ("seq", Value::List(_))
            | ("map", Value::Map(_))
    )
}

#[cfg(test)]
mod tests {
    use resow_manifest::comparator::ComparatorKind;

    use super::*;
    use crate::content::formats::json;

    fn parse(text: &str) -> Result<Value, ContentError> {
        let format = Format::of_kind(ComparatorKind::Yaml).expect("a format");
        read(
            format,
            &Source::of_bytes(text.as_bytes()),
            &Budget::default(),
        )
    }

    #[test]
    fn what_is_written_differently_is_the_same() {
        for (yaml, json) in [
            (
                "a: 1\nb: [x, 'y', \"z\\n\"]\n",
                r#"{"a": 1, "b": ["x", "y", "z\n"]}"#,
            ),
            ("- ~\n- null\n-\n- True\n", "[null, null, null, true]"),
            ("a: |\n  one\n  two\n", r#"{"a": "one\ntwo\n"}"#),
            (
                "base: &b {x: 1}\nmore: *b\n",
                r#"{"base": {"x": 1}, "more": {"x": 1}}"#,
            ),
            ("1: a\n'1': b\n", r#"{"1": "a", "\"1\"": "b"}"#),
            ("--- null\n", "null"),
            ("!!str 5\n", r#""5""#),
            ("! 5\n", r#""5""#),
        ] {
            let expected = json::parse(json).expect(json);
            assert_eq!(parse(yaml).expect(yaml), expected, "{yaml}");
        }
    }

    #[test]
    fn what_has_a_type_of_its_own_is_nothing_else() {
        let list = |name: TypeName, json: &str| json::parse(json).expect(json).typed(name);
        let tag = |text: &str| TypeName::Tag(text.to_owned());
        for (yaml, expected) in [
            ("--- 1\n--- 2\n", list(TypeName::Documents, "[1, 2]")),
            ("", list(TypeName::Documents, "[]")),
            ("# nothing\n", list(TypeName::Documents, "[]")),
            ("!Point [1, 2]\n", list(tag("!Point"), "[1, 2]")),
            (
                "!!set {a: 1}\n",
                list(tag("tag:yaml.org,2002:set"), r#"{"a": 1}"#),
            ),
            ("!!null x\n", list(tag("tag:yaml.org,2002:null"), r#""x""#)),
        ] {
            assert_eq!(parse(yaml).expect(yaml), expected, "{yaml}");
        }
    }

    #[test]
    fn tags_of_python_are_content_and_nothing_more() {
        let value = parse("!!python/object/apply:os.system ['true']\n").expect("YAML");
        let Value::Typed(TypeName::Tag(tag), _) = value else {
            panic!("{value:?}");
        };
        assert!(tag.contains("os.system"), "{tag}");
    }

    #[test]
    fn aliases_do_not_explode() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..30 {
            let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
        }
        let error = parse(&bomb).expect_err("a bomb").to_string();
        assert!(error.contains("values"), "{error}");

        let text = format!(
            "a: &a {}\nb: [{}]\n",
            "x".repeat(1 << 20),
            "*a, ".repeat(1000)
        );
        let error = parse(&text).expect_err("a bomb").to_string();
        assert!(error.contains("packed"), "{error}");

        let mut chain = "- &a0 []\n".to_owned();
        for level in 1..200 {
            chain.push_str(&format!("- &a{level} [*a{}]\n", level - 1));
        }
        let error = parse(&chain).expect_err("too deep").to_string();
        assert!(error.contains("levels of nesting"), "{error}");
    }

    #[test]
    fn what_is_no_yaml_is_said() {
        for text in [
            "a: 1\na: 2\n",
            "[1, 2",
            "a: 'open",
            "&a [*a]",
            "*b",
            "--- &a 1\n--- *a\n",
            "? [1]\n: 2\n",
            "a: b: c\n",
            "%YAML 1.1\n--- yes\n",
            "!a b: 1\n",
            "1e5: 1\n",
        ] {
            parse(text).expect_err(text);
        }
    }

    #[test]
    fn depth_is_bounded() {
        for text in [
            "[".repeat(10_000),
            "- ".repeat(10_000),
            "{a: ".repeat(10_000),
            "? ".repeat(10_000),
        ] {
            parse(&text).expect_err("too deep");
        }
    }
}
