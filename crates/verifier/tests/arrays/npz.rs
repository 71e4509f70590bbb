//! NumPy's npz.

use resow_manifest::comparator::{Comparator, ComparatorKind, IgnoredField, Tolerance};
use resow_verifier::difference::Agreement;

use super::{bytes, compare_bytes};

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
