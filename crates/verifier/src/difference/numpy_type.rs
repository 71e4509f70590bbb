//! Elements that NumPy tells by a type of its own: text, dates, records with fields.

use std::fmt::Write as _;

use super::element_text::{self, hexadecimal};
use super::shown::cut;
use crate::content::{Arrays, ElementType, Number, Value};

/// From how many bytes of a text on nothing is added to it: more than is shown of any.
const LONGEST: usize = 4096;

/// The type of elements of which only equality is known, as NumPy's header says it.
pub(super) struct NumpyType<'a> {
    descr: &'a Value,
}

/// A type without fields: `>M8[ns]` has the kind `M`, the size 8 and the unit `ns`.
struct Simple<'a> {
    is_big: bool,
    kind: char,
    size: usize,
    unit: &'a str,
}

impl<'a> NumpyType<'a> {
    /// The type of the array called `name`, which is empty where the file holds but one; `None` where an element type
    /// says all, or the file is of another format.
    pub(super) fn of(arrays: &'a Arrays, name: &str) -> Option<Self> {
        let part = |value: &'a Value, key: &str| match value {
            Value::Map(map) => map.get(key),
            _ => None,
        };
        let metadata = match name {
            "" => &arrays.metadata,
            _ => part(part(&arrays.metadata, "types")?, name)?,
        };
        let descr = part(metadata, "descr")?;
        let is_known = matches!(descr, Value::Text(_) | Value::List(_));
        is_known.then_some(Self { descr })
    }

    /// As NumPy writes it: `<U12`, `[('step', '<i8'), ('loss', '<f8')]`.
    pub(super) fn name(&self) -> String {
        match self.descr {
            Value::Text(text) => cut(text),
            fields => {
                let mut text = String::new();
                write_literal(fields, &mut text);
                cut(&text)
            }
        }
    }

    /// An element of this type as people read it.
    pub(super) fn text(&self, bytes: &[u8]) -> String {
        let mut text = String::new();
        write(self.descr, bytes, &mut text);
        cut(&text)
    }
}

/// A value as Python writes it; what is a list here is a tuple there, but for the outermost.
fn write_literal(fields: &Value, text: &mut String) {
    let Value::List(fields) = fields else {
        return text.push_str(&match fields {
            Value::Text(own) => format!("'{own}'"),
            Value::Number(Number::Integer(number)) => number.to_string(),
            _ => "…".to_owned(),
        });
    };
    let is_outer = matches!(fields.first(), Some(Value::List(_)));
    let (open, close) = if is_outer { ('[', ']') } else { ('(', ')') };
    text.push(open);
    for (number, field) in fields.iter().enumerate() {
        if number > 0 {
            text.push_str(", ");
        }
        write_literal(field, text);
    }
    text.push(close);
}

/// Writes the element in these bytes, and gives how many of them it has; `None` where that is not known.
fn write(descr: &Value, bytes: &[u8], text: &mut String) -> Option<usize> {
    let used = match descr {
        Value::Text(descr) => write_simple(descr, bytes, text),
        Value::List(fields) => write_fields(fields, bytes, text),
        _ => None,
    };
    if used.is_none() {
        text.push_str(&hexadecimal(bytes));
    }
    used
}

fn write_fields(fields: &[Value], bytes: &[u8], text: &mut String) -> Option<usize> {
    let mut used = 0;
    text.push('(');
    for (number, field) in fields.iter().enumerate() {
        if number > 0 {
            text.push_str(", ");
        }
        let Value::List(parts) = field else {
            return None;
        };
        let times = parts.get(2).map_or(Some(1), count)?;
        if parts.len() > 2 {
            text.push('[');
        }
        for place in 0..times {
            if text.len() > LONGEST {
                // What follows is cut off, and a field may have no bytes and be there any number of times.
                return Some(bytes.len());
            }
            if place > 0 {
                text.push_str(", ");
            }
            used += write(parts.get(1)?, bytes.get(used..)?, text)?;
        }
        if parts.len() > 2 {
            text.push(']');
        }
    }
    text.push(')');
    Some(used)
}

/// How many elements a field of this shape has.
fn count(shape: &Value) -> Option<usize> {
    match shape {
        Value::Number(Number::Integer(length)) => usize::try_from(*length).ok(),
        Value::List(lengths) => lengths
            .iter()
            .try_fold(1_usize, |all, length| all.checked_mul(count(length)?)),
        _ => None,
    }
}

impl<'a> Simple<'a> {
    fn parse(descr: &'a str) -> Option<Self> {
        let plain = descr.strip_prefix(['<', '>', '|', '=']).unwrap_or(descr);
        let kind = plain.chars().next()?;
        let rest = &plain[kind.len_utf8()..];
        let (size, unit) = rest.split_once('[').unwrap_or((rest, ""));
        let size: usize = size.parse().ok()?;
        Some(Self {
            is_big: descr.starts_with('>'),
            kind,
            size: if kind == 'U' {
                size.checked_mul(4)?
            } else {
                size
            },
            unit: unit.trim_end_matches(']'),
        })
    }

    fn element(&self) -> Option<ElementType> {
        let size = u8::try_from(self.size).ok()?;
        Some(match (self.kind, size) {
            ('b', 1) => ElementType::Bool,
            ('i' | 'M' | 'm', 1 | 2 | 4 | 8) => ElementType::Signed(size),
            ('u', 1 | 2 | 4 | 8) => ElementType::Unsigned(size),
            ('f', 2 | 4 | 8) => ElementType::Float(size),
            ('c', 8 | 16) => ElementType::Complex(size / 2),
            _ => return None,
        })
    }
}

fn write_simple(descr: &str, bytes: &[u8], text: &mut String) -> Option<usize> {
    let own = Simple::parse(descr)?;
    let mut bytes = bytes.get(..own.size)?.to_vec();
    let element = own.element();
    let word = element.map_or(4, ElementType::word);
    if own.is_big && (element.is_some() || own.kind == 'U') {
        let word = usize::try_from(word).ok()?.max(1);
        bytes.chunks_exact_mut(word).for_each(<[u8]>::reverse);
    }
    match (own.kind, element) {
        ('M' | 'm', Some(_)) if bytes == i64::MIN.to_le_bytes() => text.push_str("NaT"),
        ('M' | 'm', Some(element)) => {
            let number = element_text::text(element, &bytes);
            let since = if own.kind == 'M' {
                " after 1970-01-01"
            } else {
                ""
            };
            write!(text, "{number} {}{since}", own.unit).ok()?;
        }
        (_, Some(element)) => text.push_str(&element_text::text(element, &bytes)),
        ('U', None) => match wide(&bytes) {
            Some(own) => write!(text, "\"{}\"", own.escape_debug()).ok()?,
            None => text.push_str(&hexadecimal(&bytes)),
        },
        ('S' | 'a', None) => {
            let end = bytes.iter().rposition(|byte| *byte != 0);
            let own = &bytes[..end.map_or(0, |last| last + 1)];
            write!(text, "\"{}\"", own.escape_ascii()).ok()?;
        }
        _ => text.push_str(&hexadecimal(&bytes)),
    }
    Some(own.size)
}

/// Characters of four bytes each, padded with NUL.
fn wide(bytes: &[u8]) -> Option<String> {
    let (characters, _) = bytes.as_chunks::<4>();
    let text: String = characters
        .iter()
        .map(|character| char::from_u32(u32::from_le_bytes(*character)))
        .collect::<Option<_>>()?;
    Some(text.trim_end_matches('\0').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn simple(descr: &str, bytes: &[u8]) -> String {
        let descr = Value::Text(descr.to_owned());
        NumpyType { descr: &descr }.text(bytes)
    }

    #[test]
    fn elements_are_shown_as_their_type_says() {
        assert_eq!(simple("<U2", b"a\0\0\0\xe9\0\0\0"), "\"aé\"");
        assert_eq!(simple(">U2", b"\0\0\0a\0\0\0\0"), "\"a\"");
        assert_eq!(simple("<U1", &[0; 4]), "\"\"");
        assert_eq!(simple("|S3", b"ab\0"), "\"ab\"");
        let days = 20454_i64;
        assert_eq!(
            simple("<M8[D]", &days.to_le_bytes()),
            "20454 D after 1970-01-01"
        );
        assert_eq!(simple(">m8[ns]", &days.to_be_bytes()), "20454 ns");
        assert_eq!(simple("<M8[D]", &i64::MIN.to_le_bytes()), "NaT");
        assert_eq!(simple("|V2", &[1, 2]), "0x0102");
    }

    #[test]
    fn records_are_shown_field_by_field() {
        let text = |text: &str| Value::Text(text.to_owned());
        let two = Value::List(vec![Value::Number(Number::Integer(2))]);
        let descr = Value::List(vec![
            Value::List(vec![text("step"), text("<i4")]),
            Value::List(vec![text("loss"), text(">f8"), two]),
        ]);
        let own = NumpyType { descr: &descr };
        assert_eq!(own.name(), "[('step', '<i4'), ('loss', '>f8', (2))]");
        let nothing = Value::List(vec![Value::List(vec![
            text("none"),
            text("|V0"),
            Value::List(vec![Value::Number(Number::Integer(1 << 60))]),
        ])]);
        let shown = NumpyType { descr: &nothing }.text(b"");
        assert!(shown.len() <= LONGEST, "{} bytes", shown.len());
        let bytes = [
            &7_i32.to_le_bytes()[..],
            &0.5_f64.to_be_bytes(),
            &1.5_f64.to_be_bytes(),
        ];
        assert_eq!(own.text(&bytes.concat()), "(7, [0.5, 1.5])");
    }
}
