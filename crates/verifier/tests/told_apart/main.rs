//! Pairs of files that hold different things and were, or could be, taken for the same: each is told apart by the
//! comparison and by the digest, and what means nothing is not.

mod archives;
mod compressed;
mod models;
mod mutations;
mod pictures;
mod structured;
mod tables;
mod torch;
mod zip;
mod zip_bytes;
mod zip_members;

use resow_manifest::comparator::{Comparator, ComparatorKind};
use resow_manifest::digest::Sha256Digest;
use resow_verifier::content::{Source, digest_of};
use resow_verifier::difference::{Agreement, Comparison, compare_files};

fn compare(name: &str, left: &[u8], right: &[u8]) -> Comparison {
    let comparator = Comparator::of(ComparatorKind::Auto);
    let (left, right) = (Source::of_bytes(left), Source::of_bytes(right));
    compare_files(name, &left, &right, &comparator).expect("memory can be read")
}

fn digest(name: &str, bytes: &[u8]) -> Option<Sha256Digest> {
    let comparator = Comparator::of(ComparatorKind::Auto);
    let digest = digest_of(name, &Source::of_bytes(bytes), &comparator);
    digest.ok().flatten()
}

/// Asserts that two files differ: what has no digest is compared as bytes, and two digests are not the same.
fn assert_told_apart(name: &str, left: &[u8], right: &[u8]) {
    let found = compare(name, left, right);
    assert_eq!(found.agreement, Agreement::Different, "{name}: {found:?}");
    let digests = [left, right].map(|bytes| digest(name, bytes));
    assert!(
        digests[0].is_none() || digests[0] != digests[1],
        "{name}: one digest"
    );
}

/// Asserts that two files hold the same, in what is read of them.
fn assert_alike(name: &str, left: &[u8], right: &[u8]) {
    assert_ne!(left, right, "{name}");
    let found = compare(name, left, right);
    assert_eq!(found.unreadable, None, "{name}");
    assert_eq!(found.agreement, Agreement::Equivalent, "{name}: {found:?}");
    let digests = [left, right].map(|bytes| digest(name, bytes));
    assert!(digests[0].is_some(), "{name}: no digest");
    assert_eq!(digests[0], digests[1], "{name}");
}

/// Asserts that a file is read as its format.
fn assert_read(name: &str, bytes: &[u8]) {
    let found = compare(name, bytes, bytes);
    assert_eq!(found.unreadable, None, "{name}");
    assert!(digest(name, bytes).is_some(), "{name}");
}

/// A file that is committed for these tests.
fn sample(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files");
    std::fs::read(std::path::Path::new(folder).join(name)).expect("a sample")
}
