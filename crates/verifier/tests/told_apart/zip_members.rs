//! What is said of the members of zip archives: modes, folders, times, owners, names.

use super::zip_bytes::{Said, Zip};
use super::{assert_alike, assert_read, assert_told_apart};

/// An archive with a member of which this is said.
fn said(name: &str, said: Said<'_>) -> Vec<u8> {
    Zip::default().member(name, b"", said).bytes()
}

#[test]
fn modes_of_every_system_are_content() {
    for system in [0, 10, 19, 255] {
        let with = |mode| Said {
            system: Some(system),
            mode,
            ..Said::default()
        };
        let archive = |mode| Zip::default().member("a", b"b", with(mode)).bytes();
        assert_read("x.zip", &archive(0o120_777));
        for mode in [0, 0o100_644, 0o104_644, 0o100_755] {
            assert_told_apart("x.zip", &archive(0o120_777), &archive(mode));
            let unix = Said {
                system: None,
                ..with(mode)
            };
            let unix = Zip::default().member("a", b"b", unix).bytes();
            assert_told_apart("x.zip", &archive(0o120_777), &unix);
        }
        assert_told_apart("x.zip", &archive(0o100_644), &archive(0o104_644));
    }
}

#[test]
fn what_some_programs_take_for_a_folder_is_told_apart() {
    let mode = |mode| Said {
        mode,
        ..Said::default()
    };
    let dos = Said {
        dos: 0x10,
        ..Said::default()
    };
    assert_told_apart(
        "x.zip",
        &said("a", mode(0o040_755)),
        &said("a", mode(0o100_755)),
    );
    assert_told_apart(
        "x.zip",
        &said("a/", mode(0o040_755)),
        &said("a/", mode(0o100_755)),
    );
    assert_told_apart(
        "x.zip",
        &said("a/", mode(0o040_755)),
        &said("a/", mode(0o120_755)),
    );
    assert_told_apart("x.zip", &said("a", dos), &said("a", Said::default()));
    assert_told_apart(
        "x.zip",
        &said("a\\", Said::default()),
        &said("a", Said::default()),
    );
    assert_alike("x.zip", &said("a/", dos), &said("a/", mode(0o040_755)));
}

#[test]
fn times_and_owners_are_nothing_else() {
    let local = |extra: &[u8]| {
        said(
            "a",
            Said {
                local_extra: extra,
                ..Said::default()
            },
        )
    };
    let directory = |extra: &[u8]| {
        said(
            "a",
            Said {
                extra,
                ..Said::default()
            },
        )
    };
    let apart: [(&[u8], &[u8]); 8] = [
        (b"UX\x09\0aaaammmm1", b"UX\x09\0aaaammmm2"),
        (b"Ux\x05\0uugg1", b"Ux\x05\0uugg2"),
        (b"ux\x06\0\x01\x01u\x01g1", b"ux\x06\0\x01\x01u\x01g2"),
        (b"ux\x05\0\x02\x01u\x01g", b"ux\x05\0\x03\x01u\x01g"),
        (b"\x0a\0\x04\0\0\0\0\0", b"\x0a\0\x04\0\0\0\0\x01"),
        (b"UT\x05\0\x00abcd", b"UT\x05\0\x00abce"),
        (b"UT\x05\0\x09abcd", b"UT\x05\0\x01abcd"),
        (
            b"UT\x01\0\x01UT\x05\0\x01abcd",
            b"UT\x01\0\x01UT\x05\0\x01abce",
        ),
    ];
    for (one, other) in apart {
        assert_told_apart("x.zip", &local(one), &local(other));
        assert_told_apart("x.zip", &directory(one), &directory(other));
    }
    let times = [&b"\x0a\0\x20\0\0\0\0\0\x01\0\x18\0"[..], &[7; 24]].concat();
    let alike: [&[u8]; 5] = [
        &times,
        b"UX\x0c\0aaaammmmuugg",
        b"Ux\x04\0uugg",
        b"ux\x0b\0\x01\x04uuuu\x04gggg",
        b"UT\x0d\0\x07aaaabbbbcccc",
    ];
    for extra in alike {
        assert_alike("x.zip", &local(b""), &local(extra));
        assert_alike("x.zip", &directory(b""), &directory(extra));
    }
}

#[test]
fn how_a_name_is_written_counts_in_both_places() {
    let archive = Zip::default().file("\u{e9}", b"b").bytes();
    let utf_8 = |places: &[&[u8]]| {
        let mut archive = archive.clone();
        for (mark, flags) in [(b"PK\x03\x04", 7), (b"PK\x01\x02", 9)] {
            let start = archive.windows(4).position(|part| part == mark);
            let flags = start.expect("a header") + flags;
            archive[flags] = if places.contains(&&mark[..]) { 8 } else { 0 };
        }
        archive
    };
    let both = utf_8(&[b"PK\x03\x04", b"PK\x01\x02"]);
    assert_read("x.zip", &both);
    assert_told_apart("x.zip", &both, &utf_8(&[b"PK\x01\x02"]));
    assert_told_apart("x.zip", &both, &utf_8(&[b"PK\x03\x04"]));
}

#[test]
fn names_that_programs_read_differently_are_told_apart() {
    let by = |system, flags| Said {
        system: Some(system),
        flags,
        ..Said::default()
    };
    assert_told_apart(
        "x.zip",
        &said("\u{e4}", by(3, 0)),
        &said("\u{e4}", by(3, 8)),
    );
    assert_told_apart(
        "x.zip",
        &said("\u{e4}", by(3, 0)),
        &said("\u{e4}", by(0, 0)),
    );
    assert_told_apart("x.zip", &said("a\\b", by(3, 8)), &said("a\\b", by(0, 8)));
    assert_alike(
        "x.zip",
        &said("\u{e4}", by(3, 8)),
        &said("\u{e4}", by(0, 8)),
    );
    assert_alike("x.zip", &said("a", by(3, 0)), &said("a", by(0, 8)));
    let newer = Said {
        version: 80,
        ..Said::default()
    };
    assert_told_apart("x.zip", &said("a", newer), &said("a", Said::default()));
}
