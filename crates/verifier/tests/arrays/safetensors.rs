//! Safetensors.

use std::fs;
use std::io;
use std::path::Path;

use resow_manifest::comparator::{Comparator, ComparatorKind};
use resow_verifier::content::Source;
use resow_verifier::difference::{Agreement, DifferenceKind, compare_files};

use super::{assert_one_step, compare, compare_bytes, read_bytes};

pub(super) fn safetensors(header: &str, data: &[u8]) -> Vec<u8> {
    [
        &(header.len() as u64).to_le_bytes()[..],
        header.as_bytes(),
        data,
    ]
    .concat()
}

#[test]
fn headers_that_promise_too_much_are_errors() {
    for header in [
        r#"{"a":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104]}}"#,
        r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
        r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
        r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[8,4]}}"#,
        r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
        r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
        r#"{"a":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}}"#,
        "[[[[",
    ] {
        assert!(read_bytes(ComparatorKind::Safetensors, &safetensors(header, &[0; 8])).is_err());
    }
    assert!(read_bytes(ComparatorKind::Safetensors, &[0xff; 64]).is_err());
}

#[test]
fn one_flipped_bit_is_found_named_and_measured() {
    let header = r#"{"fc.bias":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"fc.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[4,28]}}"#;
    let numbers = |numbers: [f32; 7]| -> Vec<u8> {
        numbers.iter().flat_map(|one| one.to_le_bytes()).collect()
    };
    let left = safetensors(header, &numbers([9.0, 1.0, 1.5, -2.0, 0.5, 4.0, 8.0]));
    let mut right = left.clone();
    // The last bit of the number at [1, 1].
    let at = 8 + header.len() + 4 + 4 * 4;
    right[at] ^= 1;
    let comparator = Comparator::of(ComparatorKind::Auto);
    let found = compare_bytes("model.safetensors", &left, &right, &comparator);
    assert_one_step(&found, "fc.weight", &[1, 1], 4.0);
}

#[test]
fn a_renamed_tensor_is_told() {
    let found = compare("model.safetensors", "renamed.safetensors");
    assert_eq!(found.differing, 1, "{found:?}");
    assert_eq!(found.differences[0].place, "fc2.weight");
    let from = "fc1.weight".to_owned();
    assert_eq!(found.differences[0].kind, DifferenceKind::Renamed { from });
}

/// By hand, in release mode, against `cmp`: `cargo test --release --test arrays -- --ignored --nocapture equal_gigabytes`.
#[test]
#[ignore = "writes two files of 1 GiB"]
fn equal_gigabytes_take_about_as_long_as_cmp() {
    use io::Write as _;
    use std::time::Instant;
    let folder = tempfile::tempdir().expect("a folder");
    let length: u64 = 1 << 30;
    let header = format!(
        r#"{{"w":{{"dtype":"F32","shape":[{}],"data_offsets":[0,{length}]}}}}"#,
        length / 4
    );
    let block: Vec<u8> = (0..1_u32 << 18)
        .flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes())
        .collect();
    let paths = ["left", "right"].map(|name| folder.path().join(format!("{name}.safetensors")));
    for path in &paths {
        let mut file = fs::File::create(path).expect("a file");
        file.write_all(&safetensors(&header, &[])).expect("space");
        for _ in 0..length / block.len() as u64 {
            file.write_all(&block).expect("space");
        }
    }
    let comparator = Comparator::of(ComparatorKind::Auto);
    let source =
        |path: &Path| Source::of_file(fs::File::open(path).expect("a file")).expect("a length");
    for round in 0..3 {
        let start = Instant::now();
        let status = std::process::Command::new("cmp")
            .args(&paths)
            .status()
            .expect("cmp");
        let cmp = start.elapsed();
        assert!(status.success());
        let start = Instant::now();
        let found = compare_files(
            "w.safetensors",
            &source(&paths[0]),
            &source(&paths[1]),
            &comparator,
        );
        let own = start.elapsed();
        assert_eq!(found.expect("read").agreement, Agreement::Equivalent);
        writeln!(io::stderr(), "round {round}: cmp {cmp:?}, resow {own:?}").expect("a terminal");
    }
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let peak = status.lines().find(|line| line.starts_with("VmHWM"));
    writeln!(io::stderr(), "{peak:?}").expect("a terminal");
}

/// Tensors of one 4-byte floating-point number each, called by their place.
fn numbers(values: &[f32], metadata: &str) -> Vec<u8> {
    let tensors = (0..values.len()).map(|place| {
        let offsets = (4 * place, 4 * place + 4);
        format!(
            r#","t{place:02}":{{"dtype":"F32","shape":[1],"data_offsets":[{},{}]}}"#,
            offsets.0, offsets.1
        )
    });
    let tensors: String = tensors.collect();
    let header = format!("{{{metadata}{}}}", tensors.trim_start_matches(','));
    let data: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    safetensors(&header, &data)
}

#[test]
fn of_many_arrays_those_that_differ_most_come_first() {
    let left = [1.0_f32; 20];
    let mut right = left.map(|value| value + 1e-6);
    right[13] = 1.5;
    right[17] = f32::NAN;
    right[3] = 1.0;
    let comparator = Comparator::of(ComparatorKind::Auto);
    let name = "x.safetensors";
    let found = compare_bytes(name, &numbers(&left, ""), &numbers(&right, ""), &comparator);
    let places = found.differences.iter().map(|one| one.place.as_str());
    assert_eq!(places.take(3).collect::<Vec<_>>(), ["t17", "t13", "t00"]);
    let totals = found.arrays.expect("arrays");
    assert_eq!((totals.differing, totals.not_finite), (19, 1));
    let furthest = totals.furthest.expect("a number");
    assert_eq!((furthest.place.as_str(), furthest.absolute), ("t13", 0.5));
}

#[test]
fn metadata_on_one_side_alone_are_named() {
    let comparator = Comparator::of(ComparatorKind::Auto);
    let plain = numbers(&[1.0], "");
    let said = numbers(&[1.0], r#""__metadata__":{"format":"pt"},"#);
    let found = compare_bytes("x.safetensors", &plain, &said, &comparator);
    let [one] = &found.differences[..] else {
        panic!("{found:?}");
    };
    assert_eq!(one.place, "__metadata__");
    let what = r#"{"format": "pt"}"#.to_owned();
    assert_eq!(one.kind, DifferenceKind::OnlyRight { what });
}
