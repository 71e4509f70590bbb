//! Zip archives, and what lies in them: npz, PyTorch, Keras.

use zip::CompressionMethod;

use resow_verifier::content::{Budget, Format, Source, read};

use super::zip_bytes::{Said, Zip};
use super::{assert_alike, assert_read, assert_told_apart, compare};

fn plain() -> Zip {
    Zip::default().file("a", b"\0a").file("b", b"\0b")
}

#[test]
fn checksums_of_stored_members_are_checked() {
    let wrong = |bytes: &[u8]| {
        let said = Said {
            checksum: Some(7),
            ..Said::default()
        };
        Zip::default().member("a.npy", bytes, said).bytes()
    };
    let right = Zip::default().file("a.npy", b"\0a").bytes();
    assert_read("x.zip", &right);
    for name in ["x.zip", "x.npz", "x.keras"] {
        assert_told_apart(name, &right, &wrong(b"\0a"));
        assert!(compare(name, &right, &wrong(b"\0a")).unreadable.is_some());
    }
}

#[test]
fn what_the_directory_does_not_list_is_seen() {
    for name in ["x.zip", "x.npz", "x.keras"] {
        let plain = Zip::default().file("a", b"\0a");
        let hidden = |bytes: &[u8]| plain.clone().hidden("h", bytes).file("b", b"\0b").bytes();
        let shown = plain.clone().file("b", b"\0b").bytes();
        assert_told_apart(name, &shown, &hidden(b"\0h"));
        assert_told_apart(name, &hidden(b"\0h"), &hidden(b"\0i"));
        let last = plain.clone().file("b", b"\0b").hidden("h", b"\0h").bytes();
        assert_told_apart(name, &shown, &last);
        // Bytes that are no header either, before, between and behind.
        let mut gap = plain.clone();
        gap.local.extend(b"more");
        assert_told_apart(name, &shown, &gap.file("b", b"\0b").bytes());
        assert_told_apart(name, &shown, &[&b"more"[..], &shown].concat());
        assert_told_apart(name, &shown, &[&shown[..], b"more"].concat());
        let mut large = plain.clone().file("b", b"\0b");
        large.central.extend(b"PK\x05\x05\x02\0xx");
        assert_told_apart(name, &shown, &large.bytes());
    }
}

#[test]
fn a_name_that_stands_there_twice_hides_nothing() {
    for name in ["x.zip", "x.npz", "x.keras"] {
        let twice = |first: &[u8]| Zip::default().file("a", first).file("a", b"\0a").bytes();
        assert_told_apart(
            name,
            &Zip::default().file("a", b"\0a").bytes(),
            &twice(b"\0x"),
        );
        assert_told_apart(name, &twice(b"\0x"), &twice(b"\0y"));
    }
    let both = |first: &[u8]| Zip::default().file("./a", first).file("a", b"\0a").bytes();
    assert_told_apart("x.zip", &both(b"\0x"), &both(b"\0y"));
}

#[test]
fn what_is_said_of_members_and_archives_is_content() {
    let with = |said: Said<'_>| Zip::default().member("a", b"\0a", said).bytes();
    let said = [
        Said {
            comment: b"1",
            ..Said::default()
        },
        Said {
            extra: b"xy\x01\0z",
            ..Said::default()
        },
        Said {
            local_extra: b"xy\x01\0z",
            ..Said::default()
        },
        Said {
            local_extra: b"FB\x01\0y",
            ..Said::default()
        },
        Said {
            mode: 0o104_644,
            ..Said::default()
        },
        Said {
            mode: 0o100_755,
            ..Said::default()
        },
        Said {
            mode: 0o120_777,
            ..Said::default()
        },
    ];
    for name in ["x.zip", "x.npz"] {
        for one in said {
            assert_told_apart(name, &with(Said::default()), &with(one));
        }
        assert_told_apart(name, &plain().bytes(), &plain().comment(b"1").bytes());
        assert_told_apart(
            name,
            &plain().comment(b"2").bytes(),
            &plain().comment(b"1").bytes(),
        );
        for one in [
            Said {
                local_extra: b"UT\x05\0\x01abcd",
                ..Said::default()
            },
            Said {
                local_extra: b"FB\x01\0Z",
                ..Said::default()
            },
            Said {
                mode: 0o100_600,
                ..Said::default()
            },
        ] {
            assert_alike(name, &with(Said::default()), &with(one));
        }
    }
}

#[test]
fn nothing_is_packed_behind_a_packed_member() {
    use std::io::Write as _;
    let mut writer = ::zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options =
        ::zip::write::SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    writer.start_file("a", options).expect("memory");
    writer.write_all(&[7; 1000]).expect("memory");
    let whole = writer.finish().expect("memory").into_inner();
    assert_read("x.zip", &whole);
    // Four bytes more behind the stream, in all sizes that are written.
    let central = whole
        .windows(4)
        .position(|part| part == b"PK\x01\x02")
        .expect("there");
    let mut longer = [&whole[..central], b"more", &whole[central..]].concat();
    let add = |bytes: &mut Vec<u8>, at: usize| {
        let number: [u8; 4] = bytes[at..at + 4].try_into().expect("4");
        bytes[at..at + 4].copy_from_slice(&(u32::from_le_bytes(number) + 4).to_le_bytes());
    };
    let end = longer
        .windows(4)
        .rposition(|part| part == b"PK\x05\x06")
        .expect("there");
    for at in [18, central + 4 + 20, end + 16] {
        add(&mut longer, at);
    }
    let found = compare("x.zip", &whole, &longer);
    let reason = found.unreadable.expect("it is refused");
    assert!(reason.contains("stand behind what is packed"), "{reason}");
    assert_told_apart("x.zip", &whole, &longer);
}

#[test]
fn a_member_of_npz_is_an_array_under_one_name() {
    let header = b"\x93NUMPY\x01\0\x37\0{'descr': '|u1', 'fortran_order': False, 'shape': (1,)}";
    let array = [&header[..], b"\x07"].concat();
    let named = |name: &str, bytes: &[u8]| Zip::default().file(name, bytes).bytes();
    assert_read("x.npz", &named("w.npy", &array));
    assert_told_apart("x.npz", &named("w.npy", &array), &named("w", b"\x07"));
    assert_told_apart("x.npz", &named("w.npy", &array), &named("w", &array));
    assert_told_apart("x.npz", &named("w.npy", &array), &named("./w.npy", &array));
}

#[test]
fn metadata_of_keras_are_content_but_for_the_date() {
    let saved = |metadata: &str| {
        let metadata = metadata.as_bytes();
        Zip::default()
            .file("metadata.json", metadata)
            .file("config.json", b"{}")
            .bytes()
    };
    let plain = saved(r#"{"keras_version": "3", "date_saved": "1"}"#);
    assert_alike(
        "x.keras",
        &plain,
        &saved(r#"{"keras_version": "3", "date_saved": "2"}"#),
    );
    for other in [
        r#"{"keras_version": "4", "date_saved": "1"}"#,
        r#"{"keras_version": "2", "keras_version": "3", "date_saved": "1"}"#,
        r#"{"keras_version": "3", "date_saved": "2", "date_saved": "1"}"#,
        r#"{"keras_version": "3", "date_saved": 1}"#,
        r#"{"keras_version": "3"}"#,
        r#"{"keras_version": "3", "date_saved": "1", "more": 9007199254740993.0}"#,
    ] {
        assert_told_apart("x.keras", &plain, &saved(other));
    }
    // A date that stands elsewhere, or that Keras does not write.
    for template in [
        r#"{"date\u005fsaved": "1", "more": {"date_saved": "N"}}"#,
        r#"{"date_saved": "1", "more": [{"date_saved": "N"}]}"#,
        r#"{"date_saved": "1", "more": "\"date_saved\": \"N\""}"#,
        r#"{"more": {"date_saved": "N"}}"#,
        r#"{"date_saved": "by N"}"#,
    ] {
        let [left, right] = ["1", "2"].map(|number| saved(&template.replace('N', number)));
        assert_told_apart("x.keras", &left, &right);
    }
    let nested = |date: &str| {
        saved(&format!(
            r#"{{"more": {{"date_saved": "1"}}, "date_saved" : "{date}"}}"#
        ))
    };
    assert_alike(
        "x.keras",
        &nested("2026-01-31@12:30:45"),
        &nested("2026-02-01@00:00:00"),
    );
    let number = |text: &str| saved(&format!(r#"{{"n": {text}, "date_saved": "1"}}"#));
    assert_told_apart(
        "x.keras",
        &number("9007199254740993.0"),
        &number("9007199254740992.0"),
    );
}

#[test]
fn many_large_members_take_one_file() {
    use std::io::Write as _;
    let mut writer = ::zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options =
        ::zip::write::SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for index in 0..100 {
        writer
            .start_file(format!("{index}"), options)
            .expect("memory");
        writer.write_all(&vec![7; (1 << 20) + 1]).expect("memory");
    }
    let whole = writer.finish().expect("memory").into_inner();
    let open = || std::fs::read_dir("/proc/self/fd").expect("Linux").count();
    let before = open();
    for name in ["x.npz", "x.zip"] {
        let format = Format::guess(name, &whole);
        let source = Source::of_bytes(whole.clone());
        let document = read(format, &source, &mut Budget::default()).expect("an archive");
        // Other tests may have files open.
        assert!(open() < before + 50, "{document:?}");
    }
}
