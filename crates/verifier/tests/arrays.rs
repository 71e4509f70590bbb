//! Arrays in files: what is the same content, where another differs and by how much, and what hostile files come to.

use std::fs;
use std::io::{self, Cursor};
use std::path::Path;

use proptest::prelude::*;
use resow_manifest::comparator::{Comparator, ComparatorKind, IgnoredField, Tolerance};
use resow_verifier::content::{Budget, ContentError, Document, Format, Limits, Source, read};
use resow_verifier::difference::{
    Agreement, ArrayDifference, Comparison, DifferenceKind, compare_files,
};

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files/arrays");

fn bytes(name: &str) -> Vec<u8> {
    fs::read(Path::new(FILES).join(name)).expect("a file that was made")
}

fn compare_bytes(name: &str, left: &[u8], right: &[u8], comparator: &Comparator) -> Comparison {
    let (left, right) = (Source::of_bytes(left), Source::of_bytes(right));
    compare_files(name, &left, &right, comparator).expect("memory can be read")
}

fn compare(left: &str, right: &str) -> Comparison {
    let comparator = Comparator::of(ComparatorKind::Auto);
    compare_bytes(left, &bytes(left), &bytes(right), &comparator)
}

fn read_bytes(kind: ComparatorKind, bytes: &[u8]) -> Result<Document, ContentError> {
    let format = Format::of_kind(kind).expect("a format");
    read(format, &Source::of_bytes(bytes), &mut Budget::default())
}

/// The only difference, which must be one of arrays.
fn only(comparison: &Comparison) -> (&str, &ArrayDifference) {
    assert_eq!(comparison.unreadable, None, "{comparison:?}");
    match &comparison.differences[..] {
        [one] => match &one.kind {
            DifferenceKind::Array(array) => (&one.place, array),
            other => panic!("{other:?}"),
        },
        all => panic!("{all:?}"),
    }
}

fn all_files() -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(FILES)
        .expect("the folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("a name")
        })
        .map(|name| (name.clone(), bytes(&name)))
        .collect();
    files.sort();
    assert!(files.len() > 30);
    files
}

/// The archive with another name for the folder that everything lies in, as `torch.save` names it after the file.
fn with_root(archive: &[u8], root: &str) -> Vec<u8> {
    let mut read = zip::ZipArchive::new(Cursor::new(archive)).expect("an archive");
    let mut written = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..read.len() {
        let mut member = read.by_index(index).expect("a member");
        let name = member.name().expect("a name").into_owned();
        let (_, inner) = name.split_once('/').expect("in a folder");
        let name = format!("{root}/{inner}");
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored);
        written.start_file(name, options).expect("memory");
        io::copy(&mut member, &mut written).expect("memory");
    }
    written.finish().expect("memory").into_inner()
}

#[test]
fn of_a_pytorch_file_the_folder_may_have_another_name_and_the_pickle_no_other_byte() {
    let one = bytes("one.pt");
    let renamed = with_root(&one, "elsewhere");
    let compared = |right: &[u8]| {
        let sources = [&one[..], right].map(|bytes| Source::of_bytes(bytes.to_vec()));
        let comparator = Comparator::of(ComparatorKind::Auto);
        compare_files("model.pt", &sources[0], &sources[1], &comparator).expect("memory")
    };
    assert_eq!(compared(&renamed).agreement, Agreement::Equivalent);
    // The same values, pickled by another protocol: that nothing else differs cannot be told without loading them.
    let other = compared(&bytes("another.pt"));
    assert_eq!(other.agreement, Agreement::Different);
    assert_eq!(other.differences[0].place, "[\"bytes of data.pkl\"]");
}

#[test]
fn the_same_content_in_other_bytes_is_equivalent() {
    for (left, right) in [
        ("weights.npy", "fortran.npy"),
        ("fortran.npy", "weights.npy"),
        ("weights.npy", "big.npy"),
        ("weights.npy", "big_fortran.npy"),
        ("big_fortran.npy", "weights.npy"),
        ("weights.npy", "version2.npy"),
        ("stored.npz", "packed.npz"),
        ("raw.onnx", "typed.onnx"),
        ("colors.png", "text.png"),
        ("colors.png", "palette.png"),
    ] {
        let found = compare(left, right);
        assert_eq!(found.unreadable, None, "{left} {right}");
        assert_eq!(
            found.agreement,
            Agreement::Equivalent,
            "{left} {right}: {found:?}"
        );
    }
}

#[test]
fn every_file_is_read_and_equals_itself() {
    for (name, _) in all_files() {
        let found = compare(&name, &name);
        let refused = ["objects.npy", "evil.pt"].contains(&name.as_str());
        assert_eq!(found.unreadable.is_some(), refused, "{name}: {found:?}");
        assert_eq!(found.agreement, Agreement::Equivalent, "{name}: {found:?}");
    }
}

#[test]
fn one_changed_element_is_named_with_its_distance() {
    for (left, right, place, index, texts) in [
        (
            "weights.npy",
            "changed.npy",
            "",
            vec![1, 2],
            ("0.75", "0.75000006"),
        ),
        (
            "fortran.npy",
            "changed.npy",
            "",
            vec![1, 2],
            ("0.75", "0.75000006"),
        ),
        (
            "big_fortran.npy",
            "changed.npy",
            "",
            vec![1, 2],
            ("0.75", "0.75000006"),
        ),
        (
            "stored.npz",
            "changed.npz",
            "weights",
            vec![1, 2],
            ("0.75", "0.75000006"),
        ),
        (
            "raw.onnx",
            "changed.onnx",
            "weights",
            vec![1, 2],
            ("0.75", "0.875"),
        ),
        (
            "colors.png",
            "changed.png",
            "",
            vec![3, 2, 0],
            ("100", "101"),
        ),
    ] {
        let comparison = compare(left, right);
        let (at, array) = only(&comparison);
        let elements = array.elements.as_ref().expect("the same form");
        assert_eq!(at, place, "{right}");
        assert_eq!(elements.differing, 1, "{right}");
        assert_eq!(elements.first.index, index, "{right}");
        let shown = (elements.first.left.as_str(), elements.first.right.as_str());
        assert_eq!(shown, texts, "{right}");
        assert_eq!(elements.worst.as_ref(), Some(&elements.first));
        assert_eq!(elements.greatest, elements.first.distance);
    }
}

#[test]
fn tensors_of_pytorch_are_found_by_name_and_through_views() {
    let found = compare("one.pt", "changed.pt");
    assert_eq!(found.unreadable, None);
    let places: Vec<&str> = found
        .differences
        .iter()
        .map(|one| one.place.as_str())
        .collect();
    assert_eq!(
        places,
        ["model.fc1.weight", "model.tied", "views[0]", "views[1]"]
    );
    let DifferenceKind::Array(view) = &found.differences[2].kind else {
        panic!("an array");
    };
    let first = &view.elements.as_ref().expect("the same form").first;
    assert_eq!(first.index, [2, 1]);
    let Ok(Document::Arrays(arrays)) = read_bytes(ComparatorKind::Torch, &bytes("one.pt")) else {
        panic!("arrays");
    };
    let names: Vec<&str> = arrays.arrays.keys().map(String::as_str).collect();
    assert!(names.contains(&"optimizer.state.0.exp_avg"), "{names:?}");
    let metadata = format!("{:?}", arrays.metadata);
    assert!(
        metadata.contains("param_groups") && metadata.contains("epoch"),
        "{metadata}"
    );
    assert!(!metadata.contains("rebuild"), "{metadata}");
}

#[test]
fn a_whole_module_holds_the_same_weights_as_its_state() {
    let names = |file: &str| match read_bytes(ComparatorKind::Torch, &bytes(file)) {
        Ok(Document::Arrays(arrays)) => arrays.arrays.into_keys().collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(names("state.pt"), ["bias", "weight"]);
    assert_eq!(
        names("module.pt"),
        ["_parameters.bias", "_parameters.weight"]
    );
}

#[test]
fn a_nested_graph_is_compared_too() {
    let comparison = compare("raw.onnx", "branch.onnx");
    let (place, array) = only(&comparison);
    assert!(
        place.starts_with("graph.node[1].attribute[1].g.initializer"),
        "{place}"
    );
    assert_eq!(
        array.elements.as_ref().map(|one| one.beyond_tolerance),
        Some(1)
    );
    let external = compare("raw.onnx", "external.onnx");
    assert_eq!(external.agreement, Agreement::Different);
    assert!(format!("{external:?}").contains("external_data"));
}

#[test]
fn a_renamed_tensor_is_told() {
    let found = compare("model.safetensors", "renamed.safetensors");
    assert_eq!(found.differing, 1, "{found:?}");
    assert_eq!(found.differences[0].place, "fc2.weight");
    let from = "fc1.weight".to_owned();
    assert_eq!(found.differences[0].kind, DifferenceKind::Renamed { from });
}

#[test]
fn what_would_run_code_is_refused_and_not_run() {
    let marker = Path::new("executed-by-a-pickle");
    for (name, kind, what) in [
        ("evil.pt", ComparatorKind::Torch, "`posix.system`"),
        ("objects.npy", ComparatorKind::Npy, "Python objects"),
    ] {
        let error = read_bytes(kind, &bytes(name)).expect_err(name);
        assert!(matches!(error, ContentError::NeedsCode { .. }), "{error}");
        assert!(error.to_string().contains(what), "{error}");
        let found = compare(name, name);
        assert!(found.unreadable.expect("bytes").contains(what));
    }
    assert!(!marker.exists());
    let legacy = read_bytes(ComparatorKind::Torch, &bytes("legacy.pt"));
    assert!(matches!(legacy, Err(ContentError::Unsupported { .. })));
}

#[test]
fn tolerances_and_the_ignore_list_hold_by_name() {
    let (left, right) = (bytes("stored.npz"), bytes("changed.npz"));
    let mut comparator = Comparator::of(ComparatorKind::Auto);
    let one_step = Tolerance {
        units_in_last_place: Some(2),
        ..Tolerance::default()
    };
    comparator
        .fields
        .insert("weights".parse().expect("a pattern"), one_step);
    let found = compare_bytes("a.npz", &left, &right, &comparator);
    assert_eq!(found.agreement, Agreement::WithinTolerance { used: 0.5 });
    assert_eq!((found.tolerated, found.differing), (1, 0));
    comparator.ignore.push(IgnoredField {
        field: "weights".parse().expect("a pattern"),
        reason: "known to move".to_owned(),
    });
    let found = compare_bytes("a.npz", &left, &right, &comparator);
    assert_eq!(found.agreement, Agreement::Equivalent);
    assert_eq!(found.ignored[0].differences, 1);
}

#[test]
fn files_cut_at_any_length_are_errors_or_differences() {
    let comparator = Comparator::of(ComparatorKind::Auto);
    for (name, whole) in all_files() {
        for end in 0..whole.len() {
            let found = compare_bytes(&name, &whole, &whole[..end], &comparator);
            let is_readable =
                found.unreadable.is_none() && found.format.kind() != ComparatorKind::Bytes;
            // What follows the last part that means something may be missing: the end mark of a picture.
            assert!(
                found.agreement == Agreement::Different || is_readable,
                "{name} cut at {end}"
            );
        }
    }
}

#[test]
fn one_flipped_bit_anywhere_is_no_trouble() {
    let comparator = Comparator::of(ComparatorKind::Auto);
    for (name, whole) in all_files() {
        for index in 0..whole.len() {
            let mut changed = whole.clone();
            changed[index] ^= 1 << (index % 8);
            compare_bytes(&name, &whole, &changed, &comparator);
        }
    }
}

fn npy(header: &str, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(header.len())
        .expect("a short header")
        .to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat()
}

fn safetensors(header: &str, data: &[u8]) -> Vec<u8> {
    [
        &(header.len() as u64).to_le_bytes()[..],
        header.as_bytes(),
        data,
    ]
    .concat()
}

#[test]
fn headers_that_promise_too_much_are_errors() {
    let shapes = [
        "1099511627776,",
        "4294967296, 4294967296, 4294967296",
        "0, 18446744073709551615, 9",
    ];
    for shape in shapes {
        for descr in ["<f8", "|V4294967295", "<U1000000000"] {
            let header =
                format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape})}}");
            let error = read_bytes(ComparatorKind::Npy, &npy(&header, &[0; 64])).expect_err(shape);
            assert!(!matches!(error, ContentError::Read(_)), "{error}");
        }
    }
    let huge = [b"\x93NUMPY\x02\x00\xff\xff\xff\xff", &[b' '; 100][..]].concat();
    assert!(read_bytes(ComparatorKind::Npy, &huge).is_err());
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
fn what_is_packed_and_counted_is_bounded() {
    for (name, kind, limits) in [
        (
            "packed.npz",
            ComparatorKind::Npz,
            Limits {
                unpacked: 100,
                ..Limits::default()
            },
        ),
        (
            "colors.png",
            ComparatorKind::Png,
            Limits {
                unpacked: 59,
                ..Limits::default()
            },
        ),
        (
            "packed.npz",
            ComparatorKind::Npz,
            Limits {
                members: 1,
                ..Limits::default()
            },
        ),
        (
            "one.pt",
            ComparatorKind::Torch,
            Limits {
                members: 3,
                ..Limits::default()
            },
        ),
        (
            "one.pt",
            ComparatorKind::Torch,
            Limits {
                nesting: 2,
                ..Limits::default()
            },
        ),
        (
            "raw.onnx",
            ComparatorKind::Onnx,
            Limits {
                nesting: 3,
                ..Limits::default()
            },
        ),
        (
            "raw.onnx",
            ComparatorKind::Onnx,
            Limits {
                structured: 50,
                ..Limits::default()
            },
        ),
        (
            "model.safetensors",
            ComparatorKind::Safetensors,
            Limits {
                structured: 50,
                ..Limits::default()
            },
        ),
    ] {
        let format = Format::of_kind(kind).expect("a format");
        let source = Source::of_bytes(bytes(name));
        let read = read(format, &source, &mut Budget::new(limits));
        assert!(read.is_err(), "{name} {limits:?}");
    }
}

#[test]
fn elements_longer_than_a_buffer_are_compared_by_bytes() {
    let array = |changed: usize| {
        let mut data = vec![7; 3 << 21];
        data[changed] = 8;
        npy(
            "{'descr': '|V3145728', 'fortran_order': True, 'shape': (2,)}",
            &data,
        )
    };
    let comparator = Comparator::of(ComparatorKind::Npy);
    let found = compare_bytes("", &array(5), &array(5), &comparator);
    assert_eq!(found.agreement, Agreement::Equivalent);
    let found = compare_bytes("", &array(3_145_729), &array(3_145_730), &comparator);
    let elements = only(&found).1.elements.as_ref().expect("the same form");
    assert_eq!(elements.first.index, [1, 1]);
}

#[test]
fn the_first_index_is_the_first_in_any_layout() {
    let array = |places: [usize; 2], is_columns: bool| {
        let mut data = vec![0; 6];
        for place in places {
            data[place] = 1;
        }
        let order = if is_columns { "True" } else { "False" };
        npy(
            &format!("{{'descr': '|u1', 'fortran_order': {order}, 'shape': (2, 3)}}"),
            &data,
        )
    };
    let comparator = Comparator::of(ComparatorKind::Npy);
    // Column by column, [1, 0] comes second and [0, 2] fifth.
    let zero = npy(
        "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3)}",
        &[0; 6],
    );
    for right in [array([1, 4], true), array([2, 3], false)] {
        let found = compare_bytes("", &zero, &right, &comparator);
        let elements = only(&found).1.elements.as_ref().expect("the same form");
        assert_eq!(
            (elements.first.index.as_slice(), elements.differing),
            (&[0, 2][..], 2)
        );
    }
}

#[test]
fn a_picture_that_promises_too_much_is_an_error() {
    let mut picture = bytes("colors.png");
    picture[16..24].copy_from_slice(&[0, 0x7f, 0xff, 0xff, 0, 0x7f, 0xff, 0xff]);
    let sum = crc(&picture[12..29]);
    picture[29..33].copy_from_slice(&sum.to_be_bytes());
    assert!(matches!(
        read_bytes(ComparatorKind::Png, &picture),
        Err(ContentError::Truncated
            | ContentError::TooMuchPacked { .. }
            | ContentError::Malformed { .. })
    ));
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg())
        })
    })
}

/// A PyTorch file of this pickle and one storage of eight bytes.
fn torch(pickle: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    use zip::write::SimpleFileOptions;
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, data) in [
        ("any/data.pkl", pickle),
        (".format_version", b"1"),
        ("byteorder", b"little"),
        ("data/0", &[0, 0, 0, 0, 0, 0, 0x80, 0x3f]),
        ("version", b"3\n"),
        (".data/serialization_id", b"0123"),
    ] {
        let name = if name.starts_with("any/") {
            name.to_owned()
        } else {
            format!("any/{name}")
        };
        archive.start_file(name, stored).expect("in memory");
        archive.write_all(data).expect("in memory");
    }
    archive.finish().expect("in memory").into_inner()
}

/// The pickle of a tensor with this offset, shape and strides.
fn tensor(offset: &[u8], shape: &[u8], strides: &[u8]) -> Vec<u8> {
    [
        b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuK\x02tQ",
        offset, shape, strides, b"\x89NtR.",
    ]
    .concat()
}

#[test]
fn tensors_outside_their_storage_or_without_end_are_errors() {
    let fine = torch(&tensor(b"K\x01", b"K\x01\x85", b"K\x01\x85"));
    assert!(read_bytes(ComparatorKind::Torch, &fine).is_ok());
    let far = b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85";
    for (offset, shape, strides) in [
        (&b"K\x02"[..], &b"K\x01\x85"[..], &b"K\x01\x85"[..]),
        (b"K\x00", b"K\x03\x85", b"K\x01\x85"),
        (b"K\x00", far, b"K\x00\x85"),
        (b"K\x00", far, far),
        (b"K\x00", b"K\x01\x85", b")"),
        (b"J\xff\xff\xff\xff", b"K\x01\x85", b"K\x01\x85"),
    ] {
        let error = read_bytes(
            ComparatorKind::Torch,
            &torch(&tensor(offset, shape, strides)),
        );
        assert!(error.is_err(), "{error:?}");
    }
}

#[test]
fn a_tensor_of_a_type_without_a_storage_of_its_own_is_read() {
    let pickle = [
        &b"\x80\x02ctorch._utils\n_rebuild_tensor_v3\n((U\x07storagectorch.storage\nUntypedStorage\n"[..],
        b"U\x010U\x03cpuK\x08tQK\x01K\x03\x85K\x01\x85\x89Nctorch\nuint16\ntR.",
    ]
    .concat();
    let Ok(Document::Arrays(arrays)) = read_bytes(ComparatorKind::Torch, &torch(&pickle)) else {
        panic!("arrays");
    };
    let array = &arrays.arrays[""];
    assert_eq!(
        (array.element.to_string().as_str(), &array.shape[..]),
        ("uint16", &[3][..])
    );
    assert_eq!(
        array.data.read_all(6).expect("memory"),
        [0, 0, 0, 0, 0x80, 0x3f]
    );
}

#[test]
fn pickles_that_are_traps_are_errors_or_data() {
    let doubled = {
        // Thirty lists, each of which holds the one before twice: a billion values.
        let mut pickle = b"\x80\x02]q\x00".to_vec();
        for index in 0..30_u8 {
            pickle.extend([
                b'0',
                b']',
                b'q',
                index + 1,
                b'h',
                index,
                b'a',
                b'h',
                index,
                b'a',
            ]);
        }
        pickle.push(b'.');
        pickle
    };
    let deep = [&b"\x80\x02N"[..], &b"\x85".repeat(100_000), b"."].concat();
    let unbalanced = [&b"\x80\x02N"[..], b"a."].concat();
    for pickle in [
        &doubled[..],
        &deep,
        &unbalanced,
        b"",
        b".",
        b"t.",
        b"(.",
        b"h\x00.",
        b"\x80\x02(0.",
        b"\x8c\x02os\x8c\x06system\x93.",
    ] {
        let result = read_bytes(ComparatorKind::Torch, &torch(pickle));
        assert!(result.is_err(), "{pickle:?}");
    }
    assert!(read_bytes(ComparatorKind::Torch, &bytes("loop.pt")).is_ok());
}

#[test]
fn whole_numbers_and_signs_are_exact() {
    let array = |descr: &str, data: &[u8]| {
        npy(
            &format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (1,)}}"),
            data,
        )
    };
    let comparator = Comparator::of(ComparatorKind::Npy);
    let large = compare_bytes(
        "",
        &array("<u8", &u64::MAX.to_le_bytes()),
        &array(">u8", &(u64::MAX - 1).to_be_bytes()),
        &comparator,
    );
    let (_, difference) = only(&large);
    let first = &difference.elements.as_ref().expect("the same form").first;
    assert_eq!(first.distance.and_then(|one| one.absolute), Some(1.0));
    let zero = compare_bytes(
        "",
        &array("<f4", &0_f32.to_le_bytes()),
        &array("<f4", &(-0_f32).to_le_bytes()),
        &comparator,
    );
    assert_eq!(zero.agreement, Agreement::Different);
    let payload = f32::from_bits(0x7fc0_0001).to_le_bytes();
    let nan = compare_bytes(
        "",
        &array("<f4", &f32::NAN.to_le_bytes()),
        &array("<f4", &payload),
        &comparator,
    );
    assert_eq!(nan.agreement, Agreement::Equivalent);
    let form = compare_bytes(
        "",
        &array("<f4", &[0; 4]),
        &array("<i4", &[0; 4]),
        &comparator,
    );
    assert_eq!(only(&form).1.elements, None);
}

#[test]
fn many_steps_near_zero_are_told_as_such() {
    let array = |values: [f32; 2]| {
        let data = values.map(f32::to_le_bytes).concat();
        npy(
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
            &data,
        )
    };
    let comparator = Comparator::of(ComparatorKind::Npy);
    for (left, right, expected) in [
        ([1000.0, 1e-9], [1000.0, -1e-9], true),
        ([1000.0, 1e-9], [1001.0, 1e-9], false),
    ] {
        let found = compare_bytes("", &array(left), &array(right), &comparator);
        let elements = only(&found).1.elements.as_ref().expect("the same form");
        assert_eq!(elements.is_near_zero, expected);
    }
}

proptest! {
    #[test]
    fn one_flipped_bit_in_an_array_is_named(
        values in proptest::collection::vec(any::<u32>(), 1..300),
        place in any::<prop::sample::Index>(),
        bit in 0..32_u32,
    ) {
        let header = format!("{{'descr': '<u4', 'fortran_order': False, 'shape': ({},)}}", values.len());
        let written = |values: &[u32]| {
            let data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            npy(&header, &data)
        };
        let comparator = Comparator::of(ComparatorKind::Npy);
        let left = written(&values);
        prop_assert_eq!(compare_bytes("", &left, &left, &comparator).agreement, Agreement::Equivalent);
        let at = place.index(values.len());
        let mut changed = values.clone();
        changed[at] ^= 1 << bit;
        let found = compare_bytes("", &left, &written(&changed), &comparator);
        let elements = only(&found).1.elements.as_ref().expect("the same form");
        prop_assert_eq!(&elements.first.index, &vec![at as u64]);
        let distance = elements.first.distance.and_then(|one| one.absolute);
        prop_assert_eq!(distance, Some(f64::from(bit).exp2()));
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for kind in [ComparatorKind::Npy, ComparatorKind::Npz, ComparatorKind::Safetensors,
            ComparatorKind::Torch, ComparatorKind::Onnx, ComparatorKind::Png] {
            let _ = read_bytes(kind, &bytes);
        }
        let _ = read_bytes(ComparatorKind::Torch, &torch(&bytes));
    }
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
