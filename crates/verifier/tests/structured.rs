//! Text and structured data, through the comparison of files: as Python's libraries write them, damaged, and hostile.

use std::path::Path;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use resow_manifest::comparator::{Comparator, ComparatorKind};
use resow_verifier::content::{Budget, Format, Source, read};
use resow_verifier::difference::{Agreement, Comparison, DifferenceKind, compare_files};

/// What any hostile file may take, in an unoptimised build on a busy machine.
const LONGEST: Duration = Duration::from_secs(60);

fn source(bytes: &[u8]) -> Source {
    Source::of_bytes(bytes)
}

fn compare(kind: ComparatorKind, left: &[u8], right: &[u8]) -> Comparison {
    compare_files("file", &source(left), &source(right), &Comparator::of(kind))
        .expect("memory can be read")
}

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/structured");
    std::fs::read(folder.join(name)).expect(name)
}

const FIXTURES: [(&str, &str, ComparatorKind); 5] = [
    ("metrics", "json", ComparatorKind::Json),
    ("config", "yaml", ComparatorKind::Yaml),
    ("history", "csv", ComparatorKind::Csv),
    ("array", "csv", ComparatorKind::Csv),
    ("analysis", "ipynb", ComparatorKind::Notebook),
];

#[test]
fn what_two_runs_write_differently_is_the_same() {
    for (name, extension, kind) in FIXTURES {
        let first = fixture(&format!("{name}.first.{extension}"));
        let again = fixture(&format!("{name}.again.{extension}"));
        let file = format!("{name}.{extension}");
        let comparator = Comparator::of(ComparatorKind::Auto);
        let found = compare_files(&file, &source(&first), &source(&again), &comparator)
            .expect("memory can be read");
        assert_eq!(found.format.kind(), kind, "{found:#?}");
        assert_eq!(found.agreement, Agreement::Equivalent, "{found:#?}");
        assert_eq!(found.unreadable, None);
    }
}

#[test]
fn yaml_and_json_of_one_value_are_the_same_value() {
    let value = |kind, name: &str| {
        let format = Format::of_kind(kind).expect("a format");
        let document = read(format, &source(&fixture(name)), &mut Budget::default());
        format!("{:?}", document.expect(name))
    };
    assert_eq!(
        value(ComparatorKind::Json, "metrics.first.json"),
        value(ComparatorKind::Yaml, "config.first.yaml")
    );
}

/// Changes one digit of one number.
fn changed(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = std::str::from_utf8(bytes).expect("UTF-8");
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1).into_bytes()
}

#[test]
fn one_step_of_one_number_is_found_and_named() {
    let (from, to) = ("0.6931471805599453", "0.6931471805599454");
    for (name, kind, place) in [
        ("metrics.first.json", ComparatorKind::Json, "epochs[0].loss"),
        ("config.first.yaml", ComparatorKind::Yaml, "epochs[0].loss"),
        ("history.first.csv", ComparatorKind::Csv, "row 1, loss"),
    ] {
        let first = fixture(name);
        let found = compare(kind, &first, &changed(&first, from, to));
        assert_eq!(found.agreement, Agreement::Different, "{name}");
        assert_eq!(found.differences.len(), 1, "{found:#?}");
        assert_eq!(found.differences[0].place, place);
        let DifferenceKind::Value { distance, .. } = &found.differences[0].kind else {
            panic!("{found:#?}");
        };
        let units = distance.and_then(|distance| distance.units_in_last_place);
        assert_eq!(units, Some(1), "{name}");
    }
    let first = fixture("analysis.first.ipynb");
    let again = changed(&first, "2.718", "2.719");
    let found = compare(ComparatorKind::Notebook, &first, &again);
    assert_eq!(
        found.differences[0].place,
        "cells[1].outputs[1].data[\"text/plain\"]"
    );
}

#[test]
fn what_is_cut_anywhere_is_an_error_or_a_difference() {
    for (name, extension, kind) in FIXTURES {
        let whole = fixture(&format!("{name}.first.{extension}"));
        let text = String::from_utf8(whole.clone()).expect("UTF-8");
        for length in 0..text.trim_end().len() {
            let found = compare(kind, &whole, &whole[..length]);
            // Of a number that is cut what is left may be the same number.
            let is_same_number = whole[..length].ends_with(b"0") || whole[length] == b'0';
            assert!(
                found.agreement == Agreement::Different || is_same_number,
                "{name} at {length}: {found:#?}"
            );
        }
    }
}

#[test]
fn one_flipped_bit_never_panics() {
    for (name, extension, kind) in FIXTURES {
        let whole = fixture(&format!("{name}.first.{extension}"));
        for index in 0..whole.len() {
            for bit in 0..8 {
                let mut flipped = whole.clone();
                flipped[index] ^= 1 << bit;
                compare(kind, &whole, &flipped);
            }
        }
    }
}

#[test]
fn toml_is_compared_by_its_values() {
    let found = compare(
        ComparatorKind::Toml,
        b"lr = 0.1\n[model]\nlayers = [1, 2]\n",
        b"model.layers = [1,\n 2, 3] # more\nlr = 0.2\n",
    );
    let places: Vec<&str> = found
        .differences
        .iter()
        .map(|one| one.place.as_str())
        .collect();
    assert_eq!(places, ["lr", "model.layers[2]"]);
}

#[test]
fn text_is_compared_by_its_lines() {
    let found = compare(ComparatorKind::Text, b"a\nb\n", b"a\r\nb\r\n");
    assert_eq!(found.agreement, Agreement::Equivalent);
    let found = compare(ComparatorKind::Text, b"a\nb\n", b"a\nc\n");
    assert!(matches!(
        found.differences[0].kind,
        DifferenceKind::Lines { left_line: 2, .. }
    ));
    let found = compare(ComparatorKind::Text, b"a\xff", b"a\xfe");
    assert!(
        found
            .unreadable
            .is_some_and(|reason| reason.contains("UTF-8"))
    );
    assert_eq!(found.agreement, Agreement::Different);
}

/// Compares a hostile file with itself and one byte more, and says how long that took.
fn is_borne(kind: ComparatorKind, what: &str, bytes: &[u8]) {
    let start = Instant::now();
    let mut longer = bytes.to_vec();
    longer.push(b'x');
    compare(kind, bytes, &longer);
    assert!(
        start.elapsed() < LONGEST,
        "{what} as {kind}: {:?}",
        start.elapsed()
    );
}

#[test]
fn hostile_files_are_borne() {
    let structured = [
        ComparatorKind::Json,
        ComparatorKind::Yaml,
        ComparatorKind::Toml,
        ComparatorKind::Notebook,
        ComparatorKind::Csv,
        ComparatorKind::Text,
    ];
    let patterns = [
        "[",
        "{",
        "{\"a\":",
        "- ",
        "? ",
        "a: ",
        "a:\n ",
        "\"",
        "'",
        "&a ",
        "*a ",
        "!a ",
        "|\n",
        ">\n",
        "#",
        "\n",
        "\t",
        "\r",
        "\\",
        ",",
        "1,",
        "\"\",",
        "a.",
        "[a]\n",
        "[[a]]\n",
        "0",
        "%",
        "---\n",
        "- -\n",
        "!<",
        "\u{1f600}",
        "\0",
        "\"\\u",
    ];
    for pattern in patterns {
        let bytes = pattern.repeat((200 << 10) / pattern.len()).into_bytes();
        for kind in structured {
            is_borne(kind, pattern, &bytes);
        }
    }
}

#[test]
fn a_line_of_a_hundred_megabytes_is_borne() {
    let mut bytes = b"[".to_vec();
    bytes.extend(b"1234567,".repeat(100 << 17));
    for kind in [
        ComparatorKind::Json,
        ComparatorKind::Csv,
        ComparatorKind::Text,
    ] {
        is_borne(kind, "one line", &bytes);
    }
    let mut longer = bytes.clone();
    longer.push(b'x');
    let found = compare(ComparatorKind::Json, &bytes, &longer);
    assert!(
        found
            .unreadable
            .is_some_and(|reason| reason.contains("104857601 bytes"))
    );
}

fn value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        "\\PC{0,8}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map("\\PC{0,4}", inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn a_value_does_not_differ_from_itself_however_it_is_written(value in value()) {
        let short = serde_json::to_vec(&value).expect("JSON");
        let long = serde_json::to_vec_pretty(&value).expect("JSON");
        let found = compare(ComparatorKind::Json, &short, &long);
        prop_assert_eq!(found.agreement, Agreement::Equivalent);
        prop_assert_eq!(found.unreadable, None);
    }

    #[test]
    fn two_values_differ_where_they_do(left in value(), right in value()) {
        let (one, other) = (left.to_string(), right.to_string());
        let found = compare(ComparatorKind::Json, one.as_bytes(), other.as_bytes());
        prop_assert_eq!(found.agreement == Agreement::Equivalent, left == right);
    }

    /// What `serde_json` takes this reader takes too, and no more than that and `NaN`, as long as no key is there twice.
    #[test]
    fn json_is_what_another_reader_takes(text in "[\\[\\]{}\",:0-9.eE+\\-truefalsn \\\\]{0,12}") {
        let format = Format::of_kind(ComparatorKind::Json).expect("a format");
        let own = read(format, &source(text.as_bytes()), &mut Budget::default());
        let other = serde_json::from_str::<serde_json::Value>(&text);
        // It takes no number that is beyond the range of floating point.
        let is_beyond = other.as_ref().is_err_and(|error| error.to_string().contains("out of range"));
        let is_twice = own.as_ref().is_err_and(|error| error.to_string().contains("twice"));
        prop_assert!(own.is_ok() == other.is_ok() || is_beyond || is_twice, "{text}");
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        for kind in ComparatorKind::ALL {
            compare(kind, &bytes, &bytes[..bytes.len() / 2]);
        }
    }

    #[test]
    fn no_yaml_panics(text in "[\\[\\]{}:,?&*!|>'\"%@#\\- \na-b0-1\t.~<]{0,24}") {
        let found = compare(ComparatorKind::Yaml, text.as_bytes(), text.as_bytes());
        prop_assert_eq!(found.differing, 0);
    }

    #[test]
    fn lines_that_differ_rebuild_the_other_text(
        left in prop::collection::vec("[ab]{0,1}", 0..30),
        right in prop::collection::vec("[ab]{0,1}", 0..30),
    ) {
        let (one, other) = (left.join("\n"), right.join("\n"));
        let found = compare(ComparatorKind::Text, one.as_bytes(), other.as_bytes());
        let mut lines: Vec<&str> = one.split('\n').collect();
        for difference in found.differences.iter().rev() {
            let DifferenceKind::Lines { left_line, left_count, right, .. } = &difference.kind else {
                panic!("{difference:?}");
            };
            let start = usize::try_from(left_line - 1).expect("an index");
            let end = start + usize::try_from(*left_count).expect("a count");
            lines.splice(start..end, right.iter().map(String::as_str));
        }
        prop_assert_eq!(lines.join("\n"), other);
    }

    #[test]
    fn tables_with_one_changed_cell_name_it(
        rows in prop::collection::vec(prop::collection::vec(any::<f64>(), 3), 1..20),
        row in any::<prop::sample::Index>(),
        column in 0_usize..3,
    ) {
        let text = |rows: &[Vec<f64>]| {
            let lines = rows.iter().map(|row| format!("{:?},{:?},{:?}\n", row[0], row[1], row[2]));
            format!("a,b,c\n{}", lines.collect::<String>())
        };
        let row = row.index(rows.len());
        let mut other = rows.clone();
        other[row][column] = f64::from_bits(other[row][column].to_bits() ^ 1);
        prop_assume!(!other[row][column].is_nan());
        let found = compare(ComparatorKind::Csv, text(&rows).as_bytes(), text(&other).as_bytes());
        let places: Vec<&str> = found.differences.iter().map(|one| one.place.as_str()).collect();
        let expected = format!("row {}, {}", row + 1, ["a", "b", "c"][column]);
        prop_assert_eq!(places, [expected.as_str()]);
    }
}
