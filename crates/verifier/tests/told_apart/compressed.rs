//! Gzip and zstd.

use std::io::Write as _;
use std::time::{Duration, Instant};

use flate2::{Compression, GzBuilder};
use resow_verifier::content::{Budget, ContentError, Format, Limits, Source, read};
use resow_verifier::difference::Agreement;

use super::{assert_alike, assert_read, assert_told_apart, compare};

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

#[test]
fn what_is_said_of_a_member_of_gzip_stays_with_it() {
    let member = |comment: Option<&str>, bytes: &[u8]| {
        let builder = GzBuilder::new();
        match comment {
            Some(comment) => gzip(builder.comment(comment), bytes),
            None => gzip(builder, bytes),
        }
    };
    let first = [member(Some("1"), b"\0x"), member(None, b"y")].concat();
    let second = [member(None, b"\0x"), member(Some("1"), b"y")].concat();
    assert_read("x.gz", &first);
    assert_told_apart("x.gz", &first, &second);
    let block = |length: u8| {
        gzip(
            GzBuilder::new().extra([b'B', b'C', 2, 0, length, 0]),
            b"\0x",
        )
    };
    let length = u8::try_from(block(0).len()).expect("short");
    assert_alike("x.gz", &member(None, b"\0x"), &block(length - 1));
    assert_told_apart("x.gz", &member(None, b"\0x"), &block(length));
    let mut text = member(None, b"\0x");
    text[3] = 1;
    assert_told_apart("x.gz", &member(None, b"\0x"), &text);
}

#[test]
fn many_short_members_and_frames_are_stopped() {
    for (name, part) in [("x.gz", gzip(GzBuilder::new(), b"")), ("x.zst", zstd(b""))] {
        let few = part.repeat(1000);
        assert_read(name, &few);
        let many = part.repeat((1 << 20) / part.len() * 64);
        let packed = [zstd(&many), zstd(&[&many[..], &part].concat())];
        let name = format!("{name}.zst");
        let start = Instant::now();
        let found = compare(&name, &packed[0], &packed[1]);
        assert!(start.elapsed() < Duration::from_secs(60), "{name}");
        assert_eq!(found.agreement, Agreement::Different, "{name}");
        let reason = &found.unreadable_members[0].reason;
        assert!(reason.contains("are packed in it"), "{reason}");
    }
}
