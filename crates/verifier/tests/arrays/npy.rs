//! NumPy's npy.

use proptest::prelude::*;
use resow_manifest::comparator::{Comparator, ComparatorKind};
use resow_verifier::content::ContentError;
use resow_verifier::difference::Agreement;

use super::{compare_bytes, only, read_bytes};

pub(super) fn npy(header: &str, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(header.len())
        .expect("a short header")
        .to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat()
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
        // Nothing large stands beside them.
        ([0.0, 0.0], [0.0, 1e-9], true),
        ([1e-17, 1e-17], [3e-17, 1e-17], true),
        ([0.25, 0.5], [0.25, 0.75], false),
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
}

/// An array of 8-byte floating-point numbers.
fn doubles(values: &[f64]) -> Vec<u8> {
    let header = format!(
        "{{'descr': '<f8', 'fortran_order': False, 'shape': ({},)}}",
        values.len()
    );
    let data: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    npy(&header, &data)
}

#[test]
fn what_is_not_finite_is_worse_than_everything_finite() {
    let comparator = Comparator::of(ComparatorKind::Npy);
    let left = doubles(&[1.0, 2.0, 3.0, f64::INFINITY, 0.0]);
    let right = doubles(&[1.0 + 1e-12, f64::NAN, 1e300, f64::NEG_INFINITY, -0.0]);
    let found = compare_bytes("", &left, &right, &comparator);
    let elements = only(&found).1.elements.as_ref().expect("the same form");
    assert_eq!(elements.first.index, [0]);
    assert_eq!((elements.not_finite, elements.not_finite_on_both), (2, 1));
    let worst = elements.worst.as_ref().expect("numbers");
    assert_eq!(
        (worst.index.as_slice(), worst.right.as_str()),
        (&[1][..], "NaN")
    );
    // How far the others are apart is told besides.
    let greatest = elements.greatest.expect("numbers");
    assert_eq!(greatest.absolute, Some(1e300 - 3.0));

    let left = doubles(&[0.0, f64::INFINITY]);
    let right = doubles(&[-0.0, f64::NEG_INFINITY]);
    let found = compare_bytes("", &left, &right, &comparator);
    let elements = only(&found).1.elements.as_ref().expect("the same form");
    let worst = elements.worst.as_ref().expect("numbers");
    assert_eq!(
        (worst.index.as_slice(), worst.left.as_str()),
        (&[1][..], "inf")
    );
}

#[test]
fn texts_dates_and_records_are_shown_as_they_are() {
    let comparator = Comparator::of(ComparatorKind::Auto);
    let one = |descr: &str, data: &[u8]| {
        npy(
            &format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (1,)}}"),
            data,
        )
    };
    let days = |days: i64| days.to_le_bytes();
    let record = |step: i32| [&step.to_le_bytes()[..], &0.5_f64.to_le_bytes()].concat();
    let fields = "[('step', '<i4'), ('loss', '<f8')]";
    for (descr, left, right, shown) in [
        (
            "'<U1'",
            b"\0\0\0\0".to_vec(),
            b"\xe9\0\0\0".to_vec(),
            ["<U1[1]", "\"\"", "\"é\""],
        ),
        (
            "'<M8[D]'",
            days(1).to_vec(),
            days(i64::MIN).to_vec(),
            ["<M8[D][1]", "1 D after 1970-01-01", "NaT"],
        ),
        (
            fields,
            record(3),
            record(4),
            [
                "[('step', '<i4'), ('loss', '<f8')][1]",
                "(3, 0.5)",
                "(4, 0.5)",
            ],
        ),
    ] {
        let found = compare_bytes(
            "x.npy",
            &one(descr, &left),
            &one(descr, &right),
            &comparator,
        );
        let array = only(&found).1;
        let first = &array.elements.as_ref().expect("the same form").first;
        assert_eq!([&array.left.to_string(), &first.left, &first.right], shown);
    }
}
