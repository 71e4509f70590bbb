//! Archives as whole files: what repacking changes is nothing, what changes in a member is named, what is hostile ends.

use std::io::{Cursor, Write as _};

use flate2::{Compression, GzBuilder};
use resow_manifest::comparator::{Comparator, ComparatorKind, IgnoredField};
use resow_verifier::content::Source;
use resow_verifier::difference::{Agreement, Comparison, DifferenceKind, compare_files};
use tar::{Builder, EntryType, Header};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn compare_by(name: &str, left: &[u8], right: &[u8], comparator: &Comparator) -> Comparison {
    let (left, right) = (Source::of_bytes(left), Source::of_bytes(right));
    compare_files(name, &left, &right, comparator).expect("both can be read")
}

fn compare(name: &str, left: &[u8], right: &[u8]) -> Comparison {
    compare_by(name, left, right, &Comparator::of(ComparatorKind::Auto))
}

fn places(comparison: &Comparison) -> Vec<&str> {
    let places = comparison.differences.iter();
    places.map(|one| one.place.as_str()).collect()
}

fn is_equivalent(comparison: &Comparison) -> bool {
    comparison.agreement == Agreement::Equivalent && comparison.unreadable.is_none()
}

fn gzip(bytes: &[u8], name: &str, time: u32) -> Vec<u8> {
    let builder = GzBuilder::new().filename(name).mtime(time);
    let level = Compression::new(time % 10);
    let mut encoder = builder.write(Vec::new(), level);
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn zstd(bytes: &[u8], level: i32) -> Vec<u8> {
    zstd::stream::encode_all(bytes, level).expect("memory")
}

fn tar(members: &[(&str, &[u8], u32)], time: u64) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (name, bytes, mode) in members {
        let mut header = Header::new_gnu();
        header.set_mode(*mode);
        header.set_mtime(time);
        header.set_uid(time);
        header.set_size(bytes.len() as u64);
        builder
            .append_data(&mut header, name, *bytes)
            .expect("memory");
    }
    builder.into_inner().expect("memory")
}

fn tar_of(kind: EntryType, name: &str, target: &str) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(0);
    builder
        .append_link(&mut header, name, target)
        .expect("memory");
    builder.into_inner().expect("memory")
}

fn zip(members: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = SimpleFileOptions::default().compression_method(method);
        writer.start_file(*name, options).expect("memory");
        writer.write_all(bytes).expect("memory");
    }
    writer.finish().expect("memory").into_inner()
}

#[test]
fn how_and_when_something_was_packed_is_no_difference() {
    let (one, two) = (b"\0one".as_slice(), b"\0two".as_slice());
    let stored = zip(&[("a", one), ("b", two)], CompressionMethod::Stored);
    let deflated = zip(&[("b", two), ("a", one)], CompressionMethod::Deflated);
    assert!(is_equivalent(&compare("x.zip", &stored, &deflated)));

    let early = tar(&[("./a", one, 0o644), ("b", two, 0o755)], 1);
    let late = tar(&[("b", two, 0o700), ("a", one, 0o600)], 2);
    assert_ne!(early, late);
    assert!(is_equivalent(&compare("x.tar", &early, &late)));

    assert!(is_equivalent(&compare(
        "x.gz",
        &gzip(one, "a", 1),
        &gzip(one, "b", 9)
    )));
    let joined = [gzip(b"\0o", "a", 1), gzip(b"ne", "b", 2)].concat();
    assert!(is_equivalent(&compare("x.gz", &gzip(one, "a", 1), &joined)));
    let large = vec![7; 3 << 20];
    assert!(is_equivalent(&compare(
        "x.zst",
        &zstd(&large, 1),
        &zstd(&large, 9)
    )));
    let early = gzip(&early, "x.tar", 1);
    assert!(is_equivalent(&compare(
        "x.tar.gz",
        &early,
        &gzip(&late, "y", 2)
    )));
    assert!(is_equivalent(&compare(
        "x.tgz",
        &early,
        &gzip(&late, "y", 2)
    )));
}

#[test]
fn one_bit_in_the_innermost_file_is_named() {
    let innermost = [0; 40];
    let mut other = innermost;
    other[33] ^= 4;
    let pack = |bytes: &[u8]| {
        let inner = zip(
            &[("c.bin", bytes), ("d", b"\0")],
            CompressionMethod::Deflated,
        );
        let middle = tar(&[("b.zip", &inner, 0o644)], 0);
        zstd(&tar(&[("a.tar", &middle, 0o644)], 0), 3)
    };
    let found = compare("all.tar.zst", &pack(&innermost), &pack(&other));
    assert_eq!(found.agreement, Agreement::Different);
    assert_eq!(places(&found), ["a.tar!b.zip!c.bin"], "{found:?}");
    match &found.differences[0].kind {
        DifferenceKind::Bytes(bytes) => assert_eq!(bytes.first_offset, 33),
        other => panic!("{other:?}"),
    }
    assert!(found.unreadable_members.is_empty(), "{found:?}");
}

#[test]
fn members_are_added_removed_renamed_and_change_their_nature() {
    let left = tar(
        &[
            ("gone", b"\x001", 0o644),
            ("old", b"\x0042", 0o644),
            ("run", b"\0", 0o755),
        ],
        0,
    );
    let right = tar(
        &[
            ("come", b"\x00234", 0o644),
            ("new", b"\x0042", 0o644),
            ("run", b"\0", 0o644),
        ],
        0,
    );
    let found = compare("x.tar", &left, &right);
    assert_eq!(places(&found), ["come", "gone", "new", "run"]);
    let kinds: Vec<_> = found.differences.iter().map(|one| &one.kind).collect();
    assert!(matches!(kinds[0], DifferenceKind::OnlyRight { .. }));
    assert!(matches!(kinds[1], DifferenceKind::OnlyLeft { .. }));
    assert!(matches!(kinds[2], DifferenceKind::Renamed { from } if from == "old"));
    assert!(matches!(kinds[3], DifferenceKind::Nature { .. }));
}

#[test]
fn links_are_compared_by_where_they_lead_and_never_followed() {
    let one = tar_of(EntryType::Symlink, "link", "/etc/passwd");
    let two = tar_of(EntryType::Symlink, "link", "/etc/shadow");
    let found = compare("x.tar", &one, &two);
    assert_eq!(places(&found), ["link"]);
    assert!(is_equivalent(&compare("x.tar", &one, &one)));
    let file = tar(&[("link", b"x", 0o644)], 0);
    let found = compare("x.tar", &one, &file);
    assert!(matches!(
        found.differences[0].kind,
        DifferenceKind::Nature { .. }
    ));
    let device = tar_of(EntryType::Char, "link", "x");
    assert_eq!(places(&compare("x.tar", &device, &file)), ["link"]);
}

#[test]
fn what_is_ignored_is_counted() {
    let pack = |bytes: &[u8]| {
        let inner = tar(&[("time", bytes, 0o644), ("same", b"\0", 0o644)], 0);
        zip(&[("in.tar", &inner)], CompressionMethod::Stored)
    };
    let mut comparator = Comparator::of(ComparatorKind::Auto);
    comparator.ignore.push(IgnoredField {
        field: "time".parse().expect("a pattern"),
        reason: "it is the clock".to_owned(),
    });
    let found = compare_by("x.zip", &pack(b"\x001"), &pack(b"\x002"), &comparator);
    assert!(is_equivalent(&found), "{found:?}");
    assert_eq!(found.ignored[0].differences, 1);
}

#[test]
fn what_is_cut_off_or_flipped_never_passes_and_never_panics() {
    let large: Vec<u8> = (0..3000_u32)
        .flat_map(|one| (one * one).to_le_bytes())
        .collect();
    let members = [("a", b"\0a".as_slice()), ("b", &large[..600])];
    let files = [
        ("x.zip", zip(&members, CompressionMethod::Deflated)),
        ("x.zip", zip(&members, CompressionMethod::Stored)),
        (
            "x.tar",
            tar(&[("a", &large[..700], 0o644), ("b", b"\0", 0o644)], 0),
        ),
        ("x.bin.gz", gzip(&large[..700], "x", 6)),
        ("x.bin.zst", zstd(&large[..700], 3)),
    ];
    for (name, whole) in &files {
        for length in 0..whole.len() {
            let found = compare(name, whole, &whole[..length]);
            // Of a tar archive what follows the last member are zeros that mean nothing.
            let is_padding = *name == "x.tar" && length > 512 + 1024 + 512;
            assert!(
                is_padding || found.agreement == Agreement::Different,
                "{name} cut to {length}"
            );
        }
        for index in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[index] ^= 1 << (index % 8);
            compare(name, whole, &flipped);
            assert!(is_equivalent(&compare(name, whole, whole)));
        }
    }
}

#[test]
fn a_tar_header_that_promises_terabytes_is_refused() {
    for kind in [
        EntryType::Regular,
        EntryType::GNULongName,
        EntryType::GNUSparse,
        EntryType::XHeader,
    ] {
        let mut header = Header::new_gnu();
        header.set_path("a").expect("a name");
        header.set_mode(0o644);
        header.set_entry_type(kind);
        header.set_size(5 << 40);
        if kind == EntryType::GNUSparse {
            let gnu = header.as_gnu_mut().expect("of GNU");
            gnu.set_real_size(5 << 40);
            header.set_size(0);
        }
        header.set_cksum();
        let mut bytes = header.as_bytes().to_vec();
        bytes.resize(4096, 0);
        let mut other = bytes.clone();
        other[4095] = 1;
        let found = compare("x.tar", &bytes, &other);
        assert_eq!(found.agreement, Agreement::Different, "{kind:?}");
        assert!(found.unreadable.is_some(), "{kind:?}");
    }
}

#[test]
fn names_that_would_fill_the_memory_are_refused() {
    let mut builder = Builder::new(Vec::new());
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::GNULongName);
    let name = vec![b'x'; 2 << 20];
    header.set_size(name.len() as u64);
    builder
        .append_data(&mut header, "././@LongLink", &name[..])
        .expect("memory");
    let bytes = builder.into_inner().expect("memory");
    let found = compare("x.tar", &bytes, &bytes[..bytes.len() - 1]);
    let reason = found.unreadable.expect("it is refused");
    assert!(reason.contains("too large"), "{reason}");
}

#[test]
fn zip_archives_that_say_two_things_are_refused() {
    let plain = zip(&[("a", b"one"), ("b", b"two")], CompressionMethod::Stored);
    let refused = |bytes: &[u8]| compare("x.zip", &plain, bytes).unreadable;
    // The name in the directory, at the end, twice the same; then the local one another.
    let at = |needle: &[u8], from: usize| {
        let found = plain[from..]
            .windows(needle.len())
            .position(|part| part == needle);
        from + found.expect("there")
    };
    let directory = at(b"PK\x01\x02", 0);
    let second = at(b"PK\x01\x02", directory + 4);
    let mut twice = plain.clone();
    twice[second + 46] = b'a';
    assert!(refused(&twice).is_some());
    let mut local = plain.clone();
    local[30] = b'c';
    assert!(refused(&local).is_some());
    let mut overlapping = plain.clone();
    let start: [u8; 4] = plain[directory + 42..directory + 46].try_into().expect("4");
    overlapping[second + 42..second + 46].copy_from_slice(&start);
    assert!(refused(&overlapping).is_some());
    let mut encrypted = plain.clone();
    encrypted[6] |= 1;
    encrypted[directory + 8] |= 1;
    let reason = refused(&encrypted).expect("encrypted");
    assert!(reason.contains("encrypted"), "{reason}");
}

#[test]
fn archives_in_archives_end_at_a_depth() {
    let pack = |byte: u8| {
        let mut bytes = vec![0, byte];
        for _ in 0..12 {
            bytes = gzip(&bytes, "x", 1);
        }
        bytes
    };
    let found = compare("x", &pack(1), &pack(2));
    assert_eq!(found.agreement, Agreement::Different);
    assert_eq!(found.unreadable_members.len(), 1, "{found:?}");
    assert!(found.unreadable_members[0].reason.contains("nested"));
}

#[test]
fn a_member_that_is_no_file_of_its_format_is_compared_as_bytes_and_named() {
    let pack = |byte: u8| {
        let broken = [b"PK\x03\x04".as_slice(), &[byte; 40]].concat();
        tar(&[("b.zip", &broken, 0o644), ("c", b"\0", 0o644)], 0)
    };
    let found = compare("x.tar", &pack(1), &pack(2));
    assert_eq!(places(&found), ["b.zip"]);
    assert_eq!(found.unreadable_members[0].place, "b.zip");
}
