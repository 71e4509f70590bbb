//! Pickles of PyTorch files: read as data, in bounded memory, whatever they would call; and each of their bytes counts.

use std::io::{Cursor, Write as _};

use resow_manifest::comparator::{Comparator, ComparatorKind};
use resow_manifest::digest::Sha256Digest;
use resow_verifier::content::{Source, digest_of};
use resow_verifier::difference::{Agreement, compare_files};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// How many storages there are, of so many bytes each.
const STORAGES: usize = 4;
const BYTES: [u8; 64] = [7; 64];

/// The bytes of a pickle: the file around it does not differ from itself, and from one with another pickle it does.
/// Accepted is what can be read without running anything.
pub fn pickle(data: &[u8]) -> bool {
    let comparator = Comparator::of(ComparatorKind::Torch);
    let source = file(data);
    let itself = compare_files("x.pt", &source, &source, &comparator).expect("it is in memory");
    assert_eq!(itself.agreement, Agreement::Equivalent, "{itself:?}");
    let digest = |source| digest_of("x.pt", source, &comparator).ok().flatten();
    if !data.is_empty() {
        let choice = Sha256Digest::of(data);
        let place = usize::from(u16::from_le_bytes([
            choice.as_bytes()[0],
            choice.as_bytes()[1],
        ]));
        let mut flipped = data.to_vec();
        flipped[place % data.len()] ^= 1 << (choice.as_bytes()[2] % 8);
        let flipped = file(&flipped);
        let found = compare_files("x.pt", &source, &flipped, &comparator);
        let found = found.expect("it is in memory");
        assert_eq!(found.agreement, Agreement::Different, "{found:?}");
        assert!(digest(&source).is_none() || digest(&source) != digest(&flipped));
    }
    itself.unreadable.is_none()
}

/// A PyTorch file of this pickle.
fn file(pickle: &[u8]) -> Source {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut add = |name: &str, bytes: &[u8]| {
        archive
            .start_file(format!("x/{name}"), stored)
            .expect("memory");
        archive.write_all(bytes).expect("memory");
    };
    add("data.pkl", pickle);
    for key in 0..STORAGES {
        add(&format!("data/{key}"), &BYTES);
    }
    Source::of_bytes(archive.finish().expect("memory").into_inner())
}
