//! What `torch.save` writes.

use std::io::{self, Cursor};
use std::path::Path;

use resow_manifest::comparator::{Comparator, ComparatorKind};
use resow_verifier::content::{ContentError, Document, Source};
use resow_verifier::difference::{Agreement, DifferenceKind, compare_files};

use super::{assert_one_step, bytes, compare, compare_bytes, read_bytes};

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
fn one_flipped_bit_is_found_named_and_measured() {
    // A dictionary of one tensor, both numbers of the storage.
    let tensor = tensor(b"K\x00", b"K\x02\x85", b"K\x01\x85");
    let tensor = &tensor[2..tensor.len() - 1];
    let pickle = [&b"\x80\x02}X\x09\x00\x00\x00fc.weight"[..], tensor, b"s."].concat();
    let left = torch(&pickle, &[0, 0, 0, 0, 0, 0, 0x80, 0x3f]);
    let right = torch(&pickle, &[0, 0, 0, 0, 1, 0, 0x80, 0x3f]);
    let comparator = Comparator::of(ComparatorKind::Auto);
    let found = compare_bytes("model.pt", &left, &right, &comparator);
    assert_one_step(&found, "fc.weight", &[1], 1.0);
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
        ["views[1]", "model.fc1.weight", "model.tied", "views[0]"]
    );
    let DifferenceKind::Array(view) = &found.differences[3].kind else {
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

/// A PyTorch file of this pickle and one storage, of two numbers.
pub(super) fn of_pickle(pickle: &[u8]) -> Vec<u8> {
    torch(pickle, &[0, 0, 0, 0, 0, 0, 0x80, 0x3f])
}

/// A PyTorch file of this pickle and one storage.
fn torch(pickle: &[u8], storage: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    use zip::write::SimpleFileOptions;
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, data) in [
        ("any/data.pkl", pickle),
        (".format_version", b"1"),
        ("byteorder", b"little"),
        ("data/0", storage),
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
    let fine = of_pickle(&tensor(b"K\x01", b"K\x01\x85", b"K\x01\x85"));
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
            &of_pickle(&tensor(offset, shape, strides)),
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
    let Ok(Document::Arrays(arrays)) = read_bytes(ComparatorKind::Torch, &of_pickle(&pickle))
    else {
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
        let result = read_bytes(ComparatorKind::Torch, &of_pickle(pickle));
        assert!(result.is_err(), "{pickle:?}");
    }
    assert!(read_bytes(ComparatorKind::Torch, &bytes("loop.pt")).is_ok());
}
