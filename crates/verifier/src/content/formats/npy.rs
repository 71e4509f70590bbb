//! One NumPy array: `.npy`, versions 1 to 3.

use std::collections::BTreeMap;

use super::dense;
use super::python_literal::Literal;
use crate::content::{
    Array, Arrays, ByteOrder, ContentError, ElementType, Format, Layout, Number, Source, Value,
};

const MARK: &[u8] = b"\x93NUMPY";
/// No header is longer; NumPy itself warns from 10,000 bytes on.
const MOST_HEADER: u64 = 1 << 20;
/// `descr`, `fortran_order` and `shape`.
const KEYS: usize = 3;

/// The array in an npy file, under the empty name.
///
/// # Errors
/// When it is none, or holds Python objects.
pub(super) fn read(format: Format, source: &Source) -> Result<Arrays, ContentError> {
    let (array, metadata) = read_array(format, source)?;
    Ok(Arrays {
        arrays: BTreeMap::from([(String::new(), array)]),
        metadata,
    })
}

/// Whether these bytes begin as an npy file does.
pub(super) fn is_npy(source: &Source) -> Result<bool, ContentError> {
    Ok(source.head(MARK.len())? == MARK)
}

/// The array in an npy file, and its type as NumPy writes it where no element type says all of it.
pub(super) fn read_array(format: Format, source: &Source) -> Result<(Array, Value), ContentError> {
    let malformed = |reason: String| ContentError::malformed(format, reason);
    let Header { text, start } = header(format, source)?;
    let Literal::Dict(items) = Literal::parse(&text).map_err(malformed)? else {
        return Err(malformed("its header is no dictionary".to_owned()));
    };
    if items.len() != KEYS {
        return Err(malformed(format!("its header has not {KEYS} keys")));
    }
    let item = |name: &str| {
        let found = items.iter().find(|(key, _)| key == name);
        found
            .map(|(_, value)| value)
            .ok_or_else(|| malformed(format!("its header has no `{name}`")))
    };
    let (element, order) = data_type(format, item("descr")?)?;
    let data = source.slice(start, source.length().saturating_sub(start));
    let data = data.ok_or(ContentError::Truncated)?;
    let shape = shape(item("shape")?).ok_or_else(|| malformed("its shape is none".to_owned()))?;
    let mut array = dense::array(format, element, order, shape, data)?;
    match item("fortran_order")? {
        Literal::Bool(true) => array.layout = Layout::ColumnMajor,
        Literal::Bool(false) => {}
        _ => return Err(malformed("`fortran_order` is no truth value".to_owned())),
    }
    let metadata = match element {
        ElementType::Opaque(_) => Value::Map(BTreeMap::from([(
            "descr".to_owned(),
            value(item("descr")?),
        )])),
        _ => Value::Null,
    };
    Ok((array, metadata))
}

/// The header's text, and where the elements begin.
struct Header {
    text: String,
    start: u64,
}

/// The header: Latin-1 in the first two versions, UTF-8 in the third.
fn header(format: Format, source: &Source) -> Result<Header, ContentError> {
    let head = source.head(12)?;
    if !head.starts_with(MARK) {
        return Err(ContentError::malformed(format, "it does not begin as one"));
    }
    let (length, start) = match head[MARK.len()..] {
        [1, 0, low, high, ..] => (u64::from(u16::from_le_bytes([low, high])), 10),
        [2 | 3, 0, a, b, c, d] => (u64::from(u32::from_le_bytes([a, b, c, d])), 12),
        [1..=3, 0, ..] | [1..=3] | [] => return Err(ContentError::Truncated),
        [version, ..] => {
            return Err(ContentError::Unsupported {
                what: format!("version {version} of {format}"),
            });
        }
    };
    let header = source.slice(start, length).ok_or(ContentError::Truncated)?;
    let bytes = header.read_all(MOST_HEADER)?;
    let text = match head[MARK.len()] {
        3 => String::from_utf8(bytes)
            .map_err(|_| ContentError::malformed(format, "its header is no UTF-8"))?,
        _ => bytes.iter().map(|byte| char::from(*byte)).collect(),
    };
    let start = start + length;
    Ok(Header { text, start })
}

fn shape(literal: &Literal) -> Option<Vec<u64>> {
    let Literal::Sequence(items) = literal else {
        return None;
    };
    let length = |item: &Literal| match item {
        Literal::Integer(length) => Some(*length),
        _ => None,
    };
    items.iter().map(length).collect()
}

/// The literal as a structured value.
fn value(literal: &Literal) -> Value {
    match literal {
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Integer(number) => Value::Number(Number::Integer(i128::from(*number))),
        Literal::Text(text) => Value::Text(text.clone()),
        Literal::Sequence(items) => Value::List(items.iter().map(value).collect()),
        Literal::Dict(items) => {
            let items = items.iter().map(|(key, item)| (key.clone(), value(item)));
            Value::Map(items.collect())
        }
    }
}

/// The element type that NumPy's `descr` says: a text, or a list of fields.
fn data_type(format: Format, descr: &Literal) -> Result<(ElementType, ByteOrder), ContentError> {
    match descr {
        Literal::Text(text) => simple_type(format, text),
        Literal::Sequence(fields) => {
            let size = fields_size(format, fields)?;
            Ok((ElementType::Opaque(size), ByteOrder::Little))
        }
        _ => Err(ContentError::malformed(format, "its type is none")),
    }
}

/// How many bytes all fields of a record have: `(name, type)` or `(name, type, shape)`.
fn fields_size(format: Format, fields: &[Literal]) -> Result<u32, ContentError> {
    let wrong = || ContentError::malformed(format, "its fields are none");
    let mut total: u64 = 0;
    for field in fields {
        let Literal::Sequence(parts) = field else {
            return Err(wrong());
        };
        let (descr, times) = match &parts[..] {
            [_, descr] => (descr, Vec::new()),
            [_, descr, Literal::Integer(length)] => (descr, vec![*length]),
            [_, descr, lengths] => (descr, shape(lengths).ok_or_else(wrong)?),
            _ => return Err(wrong()),
        };
        let (element, _) = data_type(format, descr)?;
        let size = dense::size(format, element, &times)?;
        total = total.checked_add(size).ok_or_else(wrong)?;
    }
    u32::try_from(total).map_err(|_| wrong())
}

/// A type as `<f4`, `|b1`, `<U12` or `<M8[ns]`.
fn simple_type(format: Format, text: &str) -> Result<(ElementType, ByteOrder), ContentError> {
    let unknown = || ContentError::Unsupported {
        what: format!("elements of the type `{}`", text.escape_debug()),
    };
    let text_order = text.as_bytes().first().copied();
    let order = match text_order {
        Some(b'>') => ByteOrder::Big,
        _ => ByteOrder::Little,
    };
    let text = text.strip_prefix(['<', '>', '|', '=']).unwrap_or(text);
    let kind = text.chars().next().ok_or_else(unknown)?;
    if kind == 'O' {
        return Err(ContentError::NeedsCode {
            format,
            what: "its elements are Python objects".to_owned(),
        });
    }
    let mut digits = &text[kind.len_utf8()..];
    if matches!(kind, 'M' | 'm') {
        digits = digits.split('[').next().unwrap_or("");
    }
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(unknown());
    }
    let size: u32 = digits.parse().map_err(|_| unknown())?;
    let element = match (kind, u8::try_from(size)) {
        ('b', Ok(1)) => ElementType::Bool,
        ('i', Ok(size @ (1 | 2 | 4 | 8))) => ElementType::Signed(size),
        ('u', Ok(size @ (1 | 2 | 4 | 8))) => ElementType::Unsigned(size),
        ('f', Ok(size @ (2 | 4 | 8))) => ElementType::Float(size),
        ('c', Ok(size @ (8 | 16))) => ElementType::Complex(size / 2),
        ('f' | 'c' | 'S' | 'a' | 'V' | 'M' | 'm', _) => ElementType::Opaque(size),
        ('U', _) => ElementType::Opaque(size.checked_mul(4).ok_or_else(unknown)?),
        _ => return Err(unknown()),
    };
    // An order that is none, or that of the machine at hand.
    let has_order = matches!(text_order, Some(b'<' | b'>'));
    if !has_order && element.word() > 1 {
        return Err(unknown());
    }
    Ok((element, order))
}
