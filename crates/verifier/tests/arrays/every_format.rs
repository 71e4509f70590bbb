//! What holds for the arrays of every format.

use proptest::prelude::*;
use resow_manifest::comparator::{Comparator, ComparatorKind};
use resow_verifier::content::{Budget, Format, Limits, Source, read};
use resow_verifier::difference::Agreement;

use super::torch::of_pickle;
use super::{all_files, bytes, compare, compare_bytes, only, read_bytes};

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

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for kind in [ComparatorKind::Npy, ComparatorKind::Npz, ComparatorKind::Safetensors,
            ComparatorKind::Torch, ComparatorKind::Onnx, ComparatorKind::Png] {
            let _ = read_bytes(kind, &bytes);
        }
        let _ = read_bytes(ComparatorKind::Torch, &of_pickle(&bytes));
    }
}
