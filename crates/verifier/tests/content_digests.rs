//! The digest of what whole files hold.

use std::io::{Cursor, Write as _};

use resow_manifest::comparator::{Comparator, ComparatorKind, IgnoredField};
use resow_manifest::digest::Sha256Digest;
use resow_verifier::content::{Source, digest_of};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn zip(members: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = SimpleFileOptions::default().compression_method(method);
        writer.start_file(*name, options).expect("memory");
        writer.write_all(bytes).expect("memory");
    }
    writer.finish().expect("memory").into_inner()
}

fn digest(name: &str, bytes: &[u8]) -> Option<Sha256Digest> {
    let comparator = Comparator::of(ComparatorKind::Auto);
    digest_of(name, &Source::of_bytes(bytes), &comparator).expect("it can be read")
}

#[test]
fn bytes_have_none() {
    assert_eq!(digest("x.bin", b"\0abc"), None);
    let refused = digest_of(
        "x.zip",
        &Source::of_bytes(*b"PK\x03\x04 no archive"),
        &Comparator::of(ComparatorKind::Auto),
    );
    assert!(refused.is_err());
}

#[test]
fn repacking_keeps_the_digest_and_renaming_does_not() {
    let stored = zip(
        &[("a", b"\x001"), ("b", b"\x002")],
        CompressionMethod::Stored,
    );
    let inner = zip(
        &[("b", b"\x002"), ("a", b"\x001")],
        CompressionMethod::Deflated,
    );
    assert_eq!(digest("x", &stored), digest("x", &inner));
    let nested =
        |inner: &[u8]| digest("x", &zip(&[("in.zip", inner)], CompressionMethod::Deflated));
    assert_eq!(nested(&stored), nested(&inner));
    let renamed = zip(
        &[("a", b"\x001"), ("c", b"\x002")],
        CompressionMethod::Stored,
    );
    assert_ne!(digest("x", &stored), digest("x", &renamed));
    assert_ne!(nested(&stored), nested(&renamed));
    let changed = zip(
        &[("a", b"\x001"), ("b", b"\x003")],
        CompressionMethod::Stored,
    );
    assert_ne!(nested(&stored), nested(&changed));
}

#[test]
fn a_member_that_is_ignored_is_left_out() {
    let mut comparator = Comparator::of(ComparatorKind::Zip);
    comparator.ignore.push(IgnoredField {
        field: "b".parse().expect("a pattern"),
        reason: "it is the clock".to_owned(),
    });
    let of = |members: &[(&str, &[u8])]| {
        let source = Source::of_bytes(zip(members, CompressionMethod::Stored));
        digest_of("x", &source, &comparator).expect("it can be read")
    };
    assert_eq!(
        of(&[("a", b"\x001"), ("b", b"\x002")]),
        of(&[("a", b"\x001")])
    );
    assert_ne!(of(&[("a", b"\x001")]), of(&[("a", b"\x002")]));
}

#[test]
fn a_keras_archive_has_no_date() {
    let saved = |date: &str, weights: &[u8]| {
        let metadata = format!(r#"{{"keras_version": "3.5.0", "date_saved": "{date}"}}"#);
        let members = [
            ("metadata.json", metadata.as_bytes()),
            ("config.json", b"{}".as_slice()),
            ("model.weights.h5", weights),
        ];
        digest("m.keras", &zip(&members, CompressionMethod::Stored))
    };
    assert_eq!(
        saved("2026-01-02@03:04:05", b"\0"),
        saved("2026-11-23@05:10:33", b"\0")
    );
    assert_ne!(
        saved("2026-01-02@03:04:05", b"\0"),
        saved("2026-01-02@03:04:05", b"\x01")
    );
}
