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
