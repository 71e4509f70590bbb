//! Arrays in files: what is the same content, where another differs and by how much, and what hostile files come to.

mod bounds;
mod every_format;
mod npy;
mod npz;
mod onnx;
mod png;
mod safetensors;
mod torch;

use std::fs;
use std::path::Path;

use resow_manifest::comparator::{Comparator, ComparatorKind};
use resow_verifier::content::{Budget, ContentError, Document, Format, Source, read};
use resow_verifier::difference::{ArrayDifference, Comparison, DifferenceKind, compare_files};

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files/arrays");

fn bytes(name: &str) -> Vec<u8> {
    fs::read(Path::new(FILES).join(name)).expect("a file that was made")
}

fn compare_bytes(name: &str, left: &[u8], right: &[u8], comparator: &Comparator) -> Comparison {
    let (left, right) = (Source::of_bytes(left), Source::of_bytes(right));
    compare_files(name, &left, &right, comparator).expect("memory can be read")
}

fn compare(left: &str, right: &str) -> Comparison {
    let comparator = Comparator::of(ComparatorKind::Auto);
    compare_bytes(left, &bytes(left), &bytes(right), &comparator)
}

fn read_bytes(kind: ComparatorKind, bytes: &[u8]) -> Result<Document, ContentError> {
    let format = Format::of_kind(kind).expect("a format");
    read(format, &Source::of_bytes(bytes), &mut Budget::default())
}

/// The only difference, which must be one of arrays.
fn only(comparison: &Comparison) -> (&str, &ArrayDifference) {
    assert_eq!(comparison.unreadable, None, "{comparison:?}");
    match &comparison.differences[..] {
        [one] => match &one.kind {
            DifferenceKind::Array(array) => (&one.place, array),
            other => panic!("{other:?}"),
        },
        all => panic!("{all:?}"),
    }
}

/// Asserts that one element of one array differs by one step of a number of four bytes, `expected` and more.
fn assert_one_step(comparison: &Comparison, name: &str, index: &[u64], expected: f32) {
    assert_eq!(comparison.differing, 1, "{comparison:?}");
    let (place, array) = only(comparison);
    assert_eq!(place, name);
    let elements = array.elements.as_ref().expect("the same form");
    assert_eq!(
        (elements.differing, elements.first.index.as_slice()),
        (1, index)
    );
    let step = f64::from(expected.next_up()) - f64::from(expected);
    let distance = elements.first.distance.expect("numbers");
    assert_eq!(distance.absolute, Some(step));
    assert_eq!(distance.relative, Some(step / f64::from(expected)));
    assert_eq!(distance.units_in_last_place, Some(1));
}

fn all_files() -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(FILES)
        .expect("the folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("a name")
        })
        .map(|name| (name.clone(), bytes(&name)))
        .collect();
    files.sort();
    assert!(files.len() > 30);
    files
}
