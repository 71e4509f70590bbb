//! HDF5 and Parquet: what is the same content, where another differs and by how much, and what is not read. The reader
//! is run in this process here: what it does to hostile files is held through the real binary.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use resow_manifest::comparator::{Comparator, ComparatorKind, IgnoredField};
use resow_verifier::content::{
    Arrays, Budget, ContentError, ElementType, Foreign, Format, Limits, Source, digest_with,
    receive, send,
};
use resow_verifier::difference::{
    Agreement, ArrayDifference, Comparison, DifferenceKind, compare_files, compare_files_with,
};

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files/columns");

/// Reads in this process.
#[derive(Debug)]
struct Here;

impl Foreign for Here {
    fn read(
        &self,
        format: Format,
        source: &Source,
        budget: &Budget,
    ) -> Result<Arrays, ContentError> {
        receive(format, &stream(format, source)[..], budget)
    }
}

fn stream(format: Format, source: &Source) -> Vec<u8> {
    let mut stream = Vec::new();
    send(format, source, &mut stream).expect("memory can be written");
    stream
}

fn here() -> Option<Arc<dyn Foreign>> {
    Some(Arc::new(Here))
}

fn source(name: &str) -> Source {
    Source::of_bytes(fs::read(Path::new(FILES).join(name)).expect("a file that was made"))
}

fn auto() -> Comparator {
    Comparator::of(ComparatorKind::Auto)
}

fn compare(left: &str, right: &str) -> Comparison {
    let (first, second) = (source(left), source(right));
    compare_files_with(left, &first, &second, &auto(), here()).expect("memory can be read")
}

fn digest(name: &str) -> Result<Option<String>, String> {
    match digest_with(name, &source(name), &auto(), here()) {
        Ok(digest) => Ok(digest.map(|digest| digest.to_string())),
        Err(error) => Err(error.to_string()),
    }
}

fn arrays(name: &str) -> Arrays {
    let kind = match name.ends_with("parquet") {
        true => ComparatorKind::Parquet,
        false => ComparatorKind::Hdf5,
    };
    let format = Format::of_kind(kind).expect("a format");
    let read = Here.read(format, &source(name), &Budget::default());
    read.unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Each array's name, type and shape.
fn forms(found: &Arrays) -> Vec<String> {
    let arrays = found.arrays.iter();
    arrays
        .map(|(name, array)| format!("{name}: {} {:?}", array.element, array.shape))
        .collect()
}

/// The only difference, which must be one of arrays.
fn only(comparison: &Comparison) -> (&str, &ArrayDifference) {
    assert_eq!(comparison.unreadable, None, "{comparison:?}");
    assert_eq!(comparison.unreadable_members, [], "{comparison:?}");
    match &comparison.differences[..] {
        [one] => match &one.kind {
            DifferenceKind::Array(array) => (&one.place, array),
            other => panic!("{other:?}"),
        },
        all => panic!("{all:?}"),
    }
}

#[test]
fn how_something_is_stored_is_no_difference() {
    for (left, right) in [
        ("first.h5", "again.h5"),
        ("many.h5", "many_latest.h5"),
        ("plain.h5", "plain_latest.h5"),
        ("first.keras", "again.keras"),
        ("first.parquet", "again.parquet"),
        ("plain_snappy.parquet", "plain_gzip.parquet"),
        ("plain_snappy.parquet", "plain_lz4.parquet"),
        ("plain_snappy.parquet", "plain_none.parquet"),
        ("plain_snappy.parquet", "plain_zstd.parquet"),
    ] {
        let found = compare(left, right);
        assert_eq!(found.unreadable, None, "{left} {right}");
        assert_eq!(found.unreadable_members, [], "{left} {right}");
        assert_eq!(found.agreement, Agreement::Equivalent, "{right}: {found:?}");
        let digests = (digest(left), digest(right));
        assert!(matches!(digests.0, Ok(Some(_))), "{digests:?}");
        assert_eq!(digests.0, digests.1, "{left} {right}");
    }
}

#[test]
fn one_bit_in_one_element_is_named_with_its_distance() {
    for (left, right, place, first) in [
        ("first.h5", "changed.h5", "dense/kernel", vec![1, 2]),
        (
            "first.keras",
            "changed.keras",
            "model.weights.h5!layers/dense/vars/0",
            vec![1, 2],
        ),
        ("first.parquet", "changed.parquet", "loss", vec![1]),
    ] {
        let found = compare(left, right);
        let (at, array) = only(&found);
        assert_eq!(at, place);
        assert_eq!(array.left.element, ElementType::Float(4));
        let elements = array.elements.as_ref().expect("elements were compared");
        assert_eq!(elements.differing, 1);
        assert_eq!(elements.first.index, first);
        let distance = elements.first.distance.as_ref().expect("a distance");
        assert_eq!(distance.units_in_last_place, Some(1));
        assert_ne!(digest(left), digest(right));
    }
}

#[test]
fn everything_that_hdf5_holds_is_there() {
    let found = arrays("first.h5");
    assert_eq!(
        forms(&found),
        [
            "@rates: float64 [2]",
            "@steps: int64 []",
            "dense/bias: float64 [3]",
            "dense/kernel: float32 [3, 4]",
            "types/big: int32 [3]",
            "types/complex: complex64 [2]",
            "types/empty: float32 [0, 3]",
            "types/fixed: 7 bytes [2]",
            "types/half: float16 [2]",
            "types/records: 12 bytes [2]",
            "types/single: int64 []",
            "types/texts: 8 bytes [3]",
            "types/texts (lengths): uint32 [3]",
            "types/truth: bool [3]",
        ]
    );
    let beside = format!("{:?}", found.metadata);
    for part in [
        r#""@backend": Text("tensorflow")"#,
        r#""@layer_names": List([Text("dense"), Text("types")])"#,
        r#""dense@names": List([Text("kernel"), Text("bias")])"#,
        r#""shortcut": Text("/dense/kernel")"#,
        r#""nowhere": Text("/not/there")"#,
        r#"Text("nothing")"#,
    ] {
        assert!(beside.contains(part), "{part} in {beside}");
    }
    let texts = &found.arrays["types/texts"].data;
    let texts = texts.read_all(100).expect("in memory");
    assert_eq!(&texts[..16], b"seed\0\0\0\0\0\0\0\0\0\0\0\0");
}

#[test]
fn everything_that_parquet_holds_is_there() {
    let found = arrays("first.parquet");
    assert_eq!(
        forms(&found),
        [
            "day: int64 [6]",
            "day (null): bool [6]",
            "good: bool [6]",
            "good (null): bool [6]",
            "half: uint32 [6]",
            "half (null): bool [6]",
            "kind: 8 bytes [6]",
            "kind (lengths): uint32 [6]",
            "kind (null): bool [6]",
            "lists.list.element: int32 [5]",
            "lists.list.element (definition levels): int16 [8]",
            "lists.list.element (repetition levels): int16 [8]",
            "loss: float32 [6]",
            "loss (null): bool [6]",
            "name: 8 bytes [6]",
            "name (lengths): uint32 [6]",
            "name (null): bool [6]",
            "nested.a: int64 [2]",
            "nested.a (definition levels): int16 [6]",
            "nested.b: 8 bytes [4]",
            "nested.b (definition levels): int16 [6]",
            "nested.b (lengths): uint32 [4]",
            "step: int64 [6]",
            "step (null): bool [6]",
        ]
    );
    let nulls = found.arrays["name (null)"].data.read_all(9).expect("six");
    assert_eq!(nulls, [0, 0, 1, 0, 0, 0]);
    let beside = format!("{:?}", found.metadata);
    assert!(beside.contains(r#""pandas": Text("{"#), "{beside}");
    assert!(beside.contains("Timestamp"), "{beside}");
}

#[test]
fn what_hdf5_says_of_itself_is_looked_at() {
    let whole = fs::read(Path::new(FILES).join("first.h5")).expect("a file that was made");
    let source = Source::of_bytes(whole.clone());
    let mut being_written = whole.clone();
    being_written[20] |= 1;
    let longer = [&whole[..], b"xx"].concat();
    for changed in [being_written, longer] {
        let changed = Source::of_bytes(changed);
        let found = compare_files_with("x.h5", &source, &changed, &auto(), here());
        let found = found.expect("memory can be read");
        assert!(found.unreadable.is_some(), "{found:?}");
        assert_eq!(found.agreement, Agreement::Different);
    }
}

#[test]
fn an_attribute_is_left_out_by_its_place() {
    let bytes = |name: &str| fs::read(Path::new(FILES).join(name)).expect("a file that was made");
    let mut other = bytes("first.h5");
    let version = b"3.5.0";
    let at = other.windows(5).position(|part| part == version);
    other[at.expect("the text of an attribute") + 4] = b'1';
    let (left, right) = (source("first.h5"), Source::of_bytes(other));
    let compared = |comparator: &Comparator| {
        compare_files_with("x.h5", &left, &right, comparator, here()).expect("memory can be read")
    };
    let found = compared(&auto());
    let place = &found.differences[0].place;
    assert_eq!(place, r#"attributes["@keras_version"]"#);
    let mut comparator = auto();
    comparator.ignore.push(IgnoredField {
        field: place.parse().expect("a pattern"),
        reason: "which version wrote it".to_owned(),
    });
    let found = compared(&comparator);
    assert_eq!(found.agreement, Agreement::Equivalent, "{found:?}");
    assert_eq!(found.ignored.len(), 1);
}

#[test]
fn what_a_schema_allows_is_content() {
    let found = compare("required.parquet", "optional.parquet");
    assert_eq!(found.agreement, Agreement::Different);
    let places: Vec<_> = found.differences.iter().map(|one| &one.place).collect();
    assert!(
        places
            .iter()
            .any(|place| place.contains("schema[0].repetition")),
        "{places:?}"
    );
}

#[test]
fn what_would_be_lost_is_refused() {
    for (name, reason) in [
        (
            "references.h5",
            "resow does not read references to objects in HDF5",
        ),
        ("outside.h5", "resow does not read links to other files"),
        ("twice.h5", "resow does not read objects with two names"),
        ("loop.h5", "resow does not read objects with two names"),
        (
            "named_type.h5",
            "resow does not read types with a name of their own",
        ),
        (
            "sequences.h5",
            "resow does not read sequences of any length in HDF5",
        ),
        (
            "bfloat16.h5",
            "resow does not read numbers with a layout of their own",
        ),
    ] {
        assert_eq!(digest(name), Err(reason.to_owned()), "{name}");
    }
    for (name, part) in [
        ("lzf.h5", "filter"),
        ("terabytes.h5", "it is no HDF5: "),
        ("plain_brotli.parquet", "brotli"),
    ] {
        let error = digest(name).expect_err(name).to_lowercase();
        assert!(error.contains(&part.to_lowercase()), "{name}: {error}");
    }
}

#[test]
fn without_a_reader_they_are_bytes() {
    for name in ["first.h5", "first.parquet"] {
        let other = name.replace("first", "again");
        let found = compare_files(name, &source(name), &source(&other), &auto());
        let found = found.expect("memory can be read");
        assert_eq!(found.agreement, Agreement::Different);
        let reason = found.unreadable.expect("a reason");
        assert!(reason.starts_with("resow does not read the content of"));
    }
}

#[test]
fn a_stream_that_is_none_is_told_from_one_that_is() {
    let format = Format::of_kind(ComparatorKind::Hdf5).expect("a format");
    let whole = stream(format, &source("first.h5"));
    let received = |bytes: &[u8], limits| receive(format, bytes, &Budget::new(limits));
    assert!(received(&whole, Limits::default()).is_ok());
    for length in 0..whole.len() {
        assert!(received(&whole[..length], Limits::default()).is_err());
    }
    let longer = [&whole[..], b"Z"].concat();
    assert!(received(&longer, Limits::default()).is_err());
    for limits in [
        Limits {
            unpacked: 100,
            ..Limits::default()
        },
        Limits {
            members: 3,
            ..Limits::default()
        },
        Limits {
            structured: 50,
            ..Limits::default()
        },
        Limits {
            nesting: 0,
            ..Limits::default()
        },
    ] {
        assert!(received(&whole, limits).is_err(), "{limits:?}");
    }
}

proptest! {
    #[test]
    fn no_stream_does_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let format = Format::of_kind(ComparatorKind::Parquet).expect("a format");
        let bytes = [b"resow arrays 1\n", &bytes[..]].concat();
        let limits = Limits { unpacked: 1 << 20, ..Limits::default() };
        let _ = receive(format, &bytes[..], &Budget::new(limits));
    }

    #[test]
    fn no_byte_of_a_stream_does_harm(at in 0..100_000_usize, byte in any::<u8>()) {
        let format = Format::of_kind(ComparatorKind::Parquet).expect("a format");
        let mut bytes = stream(format, &source("plain_none.parquet"));
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = receive(format, &bytes[..], &Budget::default());
    }
}

#[test]
fn the_name_of_an_attribute_ends_where_it_says() {
    // In the older form: a version, a zero, the length of the name with its zero, two more lengths, the name.
    let plain = fs::read(Path::new(FILES).join("plain.h5")).expect("a file that was made");
    let name = b"unit\0";
    let start = plain.windows(name.len()).position(|part| part == name);
    let at = start.expect("the attribute") - 6;
    assert_eq!(usize::from(plain[at]), name.len());
    let mut shorter = plain.clone();
    shorter[at] -= 1;
    let [left, right] = [plain, shorter].map(Source::of_bytes);
    let found = compare_files_with("x.h5", &left, &right, &auto(), here()).expect("memory");
    assert_eq!(found.agreement, Agreement::Different);
    let reason = found.unreadable.expect("bytes");
    assert!(reason.contains("does not end where it says"), "{reason}");
}
