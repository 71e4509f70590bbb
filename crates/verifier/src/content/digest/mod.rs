//! The digest of what a file holds: two files have the same exactly when comparing them, without any tolerance, finds
//! nothing.
//!
//! It is the SHA-256 of an encoding. `u64` is a number of 8 bytes, the least significant first; `text` is its length in
//! bytes as `u64`, then its UTF-8; `hash` is the 32 bytes of a SHA-256. One letter stands for the byte of that letter in
//! ASCII.
//!
//! ```text
//! file      text "resow content 2", document
//! document  text: its format, as manifests name it; then one of
//!           B hash of the bytes
//!           X hash of the text; where it is compared as `text`, every CR LF is LF
//!           V value
//!           A value: what stands beside the arrays; u64 count, array …: by name
//!           C byte: what parts cells; u64 count, text …: the columns, or their numbers where no line names them; then for
//!             each row W u64 count, cell …, and E behind the last
//!           M attributes; u64 count, member …: by name
//! array     text name, text type, u64 dimensions, u64 length …, hash of the elements
//! member    text name, attributes, then one of
//!           F byte 1 where its owner may execute it, else 0; document
//!           L text: where the symbolic link leads
//!           H text: the member that it is another name of
//!           D a folder
//!           S text: what else it is
//! cell      a number as a value; anything else as S, its length in bytes as u64, and its bytes
//! attributes u64 count, (text name, text) …: by name
//! value     N nothing
//!           T true, U false
//!           I text: a whole number in decimal digits, also one with a fraction of zero, no greater than 2 to the 53rd; or
//!             one that no floating-point number is the shortest text of, as its digits, `e` and a power of ten
//!           R u64: the bits of another floating-point number; of not-a-number 0x7ff8000000000000
//!           S text
//!           L u64 count, (u64 index, value) …
//!           M u64 count, (text key, value) …: by key
//!           Y text type, value: of a type of its own; those that files do not name begin with a space: " date",
//!             " bytes", " ambiguous", " documents", " reference"
//!           O one that is ignored, where it is all that the file has
//! ```
//!
//! Names and keys are sorted by their bytes. Elements stand row by row, the least significant byte first, each
//! not-a-number as one. A member that cannot be read as its format is encoded as bytes. What the comparator ignores is
//! left out, and not counted.

mod elements;
mod encoder;
mod members;
mod place;
mod table;

use std::sync::Arc;

use resow_manifest::comparator::Comparator;
use resow_manifest::digest::Sha256Digest;

use self::encoder::{Encoder, FORMAT_HEAD};
use super::formats::read;
use super::{Budget, ContentError, Document, Foreign, Format, Limits, Source};

/// The digest of what a file called `name` holds, of all that the comparator does not ignore; `None` where nothing but
/// its bytes can be compared.
///
/// # Errors
/// When it is not what its format promises, or is more than is read of such a file: then it has none.
pub fn digest_of(
    name: &str,
    source: &Source,
    comparator: &Comparator,
) -> Result<Option<Sha256Digest>, ContentError> {
    digest_with(name, source, comparator, None)
}

/// As [`digest_of`], where files of foreign formats are read as well.
///
/// # Errors
/// As there.
pub fn digest_with(
    name: &str,
    source: &Source,
    comparator: &Comparator,
    foreign: Option<Arc<dyn Foreign>>,
) -> Result<Option<Sha256Digest>, ContentError> {
    let format = match Format::of_kind(comparator.kind) {
        Some(format) => format,
        None => Format::guess(name, &source.head(FORMAT_HEAD)?),
    };
    let mut budget = Budget::new(Limits::of_size(source.length())).with_foreign(foreign);
    let document = read(format, source, &mut budget)?;
    if matches!(document, Document::Bytes(_)) {
        return Ok(None);
    }
    let mut encoder = Encoder::new(comparator);
    encoder.document("", name, format, &document, &mut budget)?;
    Ok(Some(encoder.finish()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use resow_manifest::comparator::{ComparatorKind, IgnoredField};

    use super::*;
    use crate::content::{Array, Arrays, ByteOrder, ElementType, Layout, Number, Value};
    use crate::difference::{Findings, compare_documents};

    fn digest(document: &Document, comparator: &Comparator) -> Sha256Digest {
        let mut encoder = Encoder::new(comparator);
        let mut budget = Budget::default();
        let done = encoder.document("", "x", Format::bytes(), document, &mut budget);
        done.expect("in memory");
        encoder.finish()
    }

    fn of(value: Value) -> Sha256Digest {
        let comparator = Comparator::of(ComparatorKind::Auto);
        digest(&Document::Tree(value), &comparator)
    }

    fn map(entries: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
        let entries = entries.into_iter();
        Value::Map(
            entries
                .map(|(key, value)| (key.to_owned(), value))
                .collect(),
        )
    }

    fn integer(integer: i128) -> Value {
        Value::Number(Number::Integer(integer))
    }

    fn float(float: f64) -> Value {
        Value::Number(Number::Float(float))
    }

    fn text(bytes: &mut Vec<u8>, text: &str) {
        bytes.extend((text.len() as u64).to_le_bytes());
        bytes.extend(text.as_bytes());
    }

    #[test]
    fn the_encoding_of_a_tree_is_held() {
        let value = map([
            ("b", Value::List(vec![integer(-7), float(0.5), Value::Null])),
            ("a", Value::Bool(true)),
            ("c", Value::Text("x".to_owned())),
        ]);
        let mut bytes = Vec::new();
        text(&mut bytes, "resow content 2");
        text(&mut bytes, "bytes");
        bytes.extend(b"VM");
        bytes.extend(3_u64.to_le_bytes());
        text(&mut bytes, "a");
        bytes.extend(b"T");
        text(&mut bytes, "b");
        bytes.extend(b"L");
        bytes.extend(3_u64.to_le_bytes());
        bytes.extend(0_u64.to_le_bytes());
        bytes.extend(b"I");
        text(&mut bytes, "-7");
        bytes.extend(1_u64.to_le_bytes());
        bytes.extend(b"R");
        bytes.extend(0x3fe0_0000_0000_0000_u64.to_le_bytes());
        bytes.extend(2_u64.to_le_bytes());
        bytes.extend(b"N");
        text(&mut bytes, "c");
        bytes.extend(b"S");
        text(&mut bytes, "x");
        assert_eq!(of(value), Sha256Digest::of(&bytes));
    }

    #[test]
    fn the_encoding_of_arrays_is_held() {
        let array = Array {
            element: ElementType::Signed(2),
            order: ByteOrder::Big,
            shape: vec![1, 2],
            layout: Layout::RowMajor,
            data: Source::of_bytes([0, 1, 0, 2]),
        };
        let arrays = Arrays {
            arrays: BTreeMap::from([("w".to_owned(), array)]),
            metadata: Value::Null,
        };
        let mut bytes = Vec::new();
        text(&mut bytes, "resow content 2");
        text(&mut bytes, "bytes");
        bytes.extend(b"AN");
        bytes.extend(1_u64.to_le_bytes());
        text(&mut bytes, "w");
        text(&mut bytes, "int16");
        for number in [2_u64, 1, 2] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(Sha256Digest::of(&[1, 0, 2, 0]).as_bytes());
        let comparator = Comparator::of(ComparatorKind::Auto);
        let found = digest(&Document::Arrays(arrays), &comparator);
        assert_eq!(found, Sha256Digest::of(&bytes));
    }

    #[test]
    fn numbers_are_encoded_as_numbers() {
        assert_eq!(of(integer(1)), of(float(1.0)));
        assert_eq!(of(integer(-(1 << 53))), of(float(-9_007_199_254_740_992.0)));
        assert_ne!(of(integer(0)), of(float(-0.0)));
        assert_eq!(of(integer(0)), of(float(0.0)));
        assert_ne!(of(integer(1 << 54)), of(float(18_014_398_509_481_984.0)));
        assert_eq!(of(float(f64::NAN)), of(float(-f64::NAN)));
        assert_ne!(of(float(f64::INFINITY)), of(float(f64::NAN)));
        assert_ne!(of(integer(1)), of(Value::Text("1".to_owned())));
    }

    #[test]
    fn line_ends_of_either_kind_are_alike() {
        let of = |text: &str| {
            let document = Document::Text(Source::of_bytes(text.as_bytes()));
            digest(&document, &Comparator::of(ComparatorKind::Text))
        };
        assert_eq!(of("a\r\nb\r\n"), of("a\nb\n"));
        assert_ne!(of("a\r\r\n"), of("a\n"));
        assert_ne!(of("a\rb"), of("a\nb"));
        assert_ne!(of("a\r"), of("a"));
        assert_ne!(of("a\n"), of("a"));
        let start = "x".repeat((64 << 10) - 1);
        assert_eq!(of(&format!("{start}\r\ny")), of(&format!("{start}\ny")));
        assert_ne!(of(&format!("{start}\ry")), of(&format!("{start}y")));
    }

    #[test]
    fn what_is_ignored_is_left_out_wherever_it_stands() {
        let mut comparator = Comparator::of(ComparatorKind::Auto);
        for field in ["time", "l[1]"] {
            comparator.ignore.push(IgnoredField {
                field: field.parse().expect("a pattern"),
                reason: "it is another each time".to_owned(),
            });
        }
        let of = |value| digest(&Document::Tree(value), &comparator);
        let list = |items: &[i128]| Value::List(items.iter().copied().map(integer).collect());
        let left = map([("time", integer(1)), ("l", list(&[1, 2]))]);
        let right = map([("l", list(&[1]))]);
        assert_eq!(of(left), of(right));
        assert_ne!(of(map([("l", list(&[1]))])), of(map([("l", list(&[2]))])));
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            (0..3_i128).prop_map(integer),
            Just(float(0.5)),
            Just(float(-0.0)),
            "[ab]{0,2}".prop_map(Value::Text),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::List),
                prop::collection::btree_map("[ab.]{0,2}", inner, 0..3).prop_map(Value::Map),
            ]
        })
    }

    fn arrays() -> impl Strategy<Value = Arrays> {
        let array = (
            prop::collection::vec(0..2_u8, 4),
            any::<bool>(),
            any::<bool>(),
        );
        let array = array.prop_map(|(bytes, is_signed, is_tall)| Array {
            element: match is_signed {
                true => ElementType::Signed(1),
                false => ElementType::Unsigned(1),
            },
            order: ByteOrder::Little,
            shape: if is_tall { vec![4, 1] } else { vec![2, 2] },
            layout: Layout::RowMajor,
            data: Source::of_bytes(bytes),
        });
        let named = prop::collection::btree_map("[ab]", array, 0..3);
        (named, values()).prop_map(|(arrays, metadata)| Arrays { arrays, metadata })
    }

    fn check(left: &Document, right: &Document) {
        let comparator = Comparator::of(ComparatorKind::Auto);
        let mut findings = Findings::default();
        let mut budget = Budget::default();
        compare_documents("", left, right, &comparator, &mut budget, &mut findings)
            .expect("in memory");
        let same = digest(left, &comparator) == digest(right, &comparator);
        assert_eq!(same, findings.is_empty(), "{left:?} {right:?}");
    }

    proptest! {
        #[test]
        fn trees_have_one_digest_exactly_when_they_do_not_differ(
            left in values(),
            right in values(),
        ) {
            let right = Document::Tree(right);
            check(&Document::Tree(left.clone()), &right);
            check(&Document::Tree(left.clone()), &Document::Tree(left));
        }

        // Whole only together with the comparison of elements.
        #[test]
        fn arrays_that_do_not_differ_have_one_digest(left in arrays(), right in arrays()) {
            let left = Document::Arrays(left);
            check(&left, &left.clone());
            let comparator = Comparator::of(ComparatorKind::Auto);
            let right = Document::Arrays(right);
            if digest(&left, &comparator) == digest(&right, &comparator) {
                check(&left, &right);
            }
        }
    }
}
