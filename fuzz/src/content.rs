//! What files hold: read in bounded memory and time whatever they promise, and the same as themselves.

use resow_manifest::comparator::{Comparator, ComparatorKind};
use resow_manifest::digest::Sha256Digest;
use resow_verifier::content::{Source, digest_of};
use resow_verifier::difference::{Agreement, compare_files};

/// A file after a byte that chooses its format: it does not differ from itself, and where one of its bits is another it
/// has another digest exactly when it differs. Accepted is what can be read as its format.
pub fn content(data: &[u8]) -> bool {
    let Some((first, file)) = data.split_first() else {
        return false;
    };
    let kinds = ComparatorKind::ALL;
    let comparator = Comparator::of(kinds[usize::from(*first) % kinds.len()]);
    let source = Source::of_bytes(file);
    let itself = compare_files("file", &source, &source, &comparator).expect("it is in memory");
    assert_eq!(itself.agreement, Agreement::Equivalent, "{itself:?}");
    assert!(itself.differences.is_empty(), "{itself:?}");
    check_flipped(&source, file, &comparator);
    itself.unreadable.is_none()
}

/// Flips one bit, chosen by all bytes.
fn check_flipped(source: &Source, file: &[u8], comparator: &Comparator) {
    if file.is_empty() {
        return;
    }
    let choice = Sha256Digest::of(file);
    let choice = choice.as_bytes();
    let place = u32::from_le_bytes([choice[0], choice[1], choice[2], choice[3]]);
    let mut flipped = file.to_vec();
    let index = usize::try_from(place).unwrap_or(0) % flipped.len();
    flipped[index] ^= 1 << (choice[4] % 8);
    let flipped = Source::of_bytes(flipped);
    let compared = compare_files("file", source, &flipped, comparator).expect("it is in memory");
    let digest = |source| digest_of("file", source, comparator);
    if let (Ok(Some(digest)), Ok(Some(other))) = (digest(source), digest(&flipped)) {
        let same = compared.agreement == Agreement::Equivalent;
        assert_eq!(digest == other, same, "{compared:?}");
    }
}
