//! Gzip and zstd.

use std::io::Write as _;

use flate2::{Compression, GzBuilder};
use resow_verifier::content::{Budget, ContentError, Format, Limits, Source, read};

use super::{assert_alike, assert_told_apart, compare};

fn gzip(builder: GzBuilder, bytes: &[u8]) -> Vec<u8> {
    let mut encoder = builder.write(Vec::new(), Compression::new(6));
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(bytes, 3).expect("memory")
}

#[test]
fn comments_and_extra_fields_are_content() {
    let plain = gzip(GzBuilder::new(), b"\0x");
    assert_told_apart("x.gz", &plain, &gzip(GzBuilder::new().comment("1"), b"\0x"));
    assert_told_apart(
        "x.gz",
        &plain,
        &gzip(GzBuilder::new().extra("ab\x01\0x"), b"\0x"),
    );
    assert_alike(
        "x.gz",
        &plain,
        &gzip(GzBuilder::new().filename("x"), b"\0x"),
    );
    let joined = [gzip(GzBuilder::new(), b"\0"), gzip(GzBuilder::new(), b"x")].concat();
    assert_alike("x.gz", &plain, &joined);
    assert_told_apart("x.gz", &plain, &[&plain[..], b"more"].concat());
    assert_told_apart("x.gz", &plain, &[&plain[..], &[0; 8]].concat());
}

#[test]
fn frames_that_are_no_data_are_not_gone_past() {
    let plain = zstd(b"\0x");
    let skipped = |byte: u8| {
        let frame = [
            &[0x50 | (byte & 15), 0x2a, 0x4d, 0x18, 1, 0, 0, 0][..],
            &[byte],
        ]
        .concat();
        [frame, plain.clone()].concat()
    };
    assert_told_apart("x.zst", &plain, &skipped(1));
    assert_told_apart("x.zst", &skipped(1), &skipped(2));
    let behind = [&plain[..], &skipped(7)[..9]].concat();
    assert_told_apart("x.zst", &plain, &behind);
    assert_alike(
        "x.zst",
        &plain,
        &[zstd(b"\0"), zstd(b"x"), zstd(b"")].concat(),
    );
    assert_told_apart("x.zst", &plain, &[&plain[..], b"more"].concat());
}

#[test]
fn much_that_is_packed_into_little_is_not_unpacked() {
    let zeros = vec![0; 150 << 20];
    let packed = gzip(GzBuilder::new(), &zeros);
    let other = gzip(GzBuilder::new().filename("x"), &zeros);
    let found = compare("x.gz", &packed, &other);
    let reason = found.unreadable.expect("it is too much");
    assert!(reason.contains("are packed in it"), "{reason}");
    let format = Format::guess("x.gz", &packed);
    let limits = Limits::of_size(packed.len() as u64);
    let read = read(format, &Source::of_bytes(packed), &mut Budget::new(limits));
    assert!(matches!(read, Err(ContentError::TooMuchPacked { limit }) if limit < 100 << 20));
}
