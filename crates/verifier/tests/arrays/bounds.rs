//! Small files that would take much time or memory.

use std::io::{Cursor, Write as _};

use resow_manifest::comparator::ComparatorKind;
use resow_verifier::content::{Budget, ContentError, Format, Limits, Source, read};

use super::read_bytes;

/// A PyTorch file with as many storages of this many zeros as there are keys.
fn torch(pickle: &[u8], keys: &[&str], length: usize) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let packed = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    let mut add = |name: &str, data: &[u8]| {
        archive.start_file(name, packed).expect("memory");
        archive.write_all(data).expect("memory");
    };
    add("any/data.pkl", pickle);
    for key in keys {
        add(&format!("any/data/{key}"), &vec![0; length]);
    }
    archive.finish().expect("memory").into_inner()
}

/// A list of so many views of two bytes that lie apart, of the storages with these keys in turn.
fn views(count: usize, keys: &[&str], length: u32) -> Vec<u8> {
    let mut pickle = b"\x80\x02](".to_vec();
    for key in keys.iter().cycle().take(count) {
        pickle
            .extend(b"ctorch._utils\n_rebuild_tensor_v2\n((U\x07storagectorch\nByteStorage\nU\x01");
        pickle.extend(key.as_bytes());
        pickle.extend(b"U\x03cpuJ");
        pickle.extend(length.to_le_bytes());
        pickle.extend(b"tQK\x00K\x02\x85K\x02\x85\x89NtR");
    }
    pickle.extend(b"e.");
    pickle
}

#[test]
fn a_storage_is_not_read_once_for_each_of_its_views() {
    let length: u32 = 20 << 20;
    let size = length as usize;
    let one = torch(&views(20_000, &["0"], length), &["0"], size);
    read_bytes(ComparatorKind::Torch, &one).expect("one storage in memory");
    let two = torch(&views(20_000, &["0", "1"], length), &["0", "1"], size);
    let format = Format::of_kind(ComparatorKind::Torch).expect("a format");
    let mut budget = Budget::new(Limits::of_size(two.len() as u64));
    let error = read(format, &Source::of_bytes(two), &mut budget);
    let error = error.expect_err("each is read again and again");
    assert!(
        matches!(error, ContentError::TooMuchPacked { .. }),
        "{error}"
    );
}

#[test]
fn names_that_are_put_together_of_few_bytes_are_bounded() {
    // A tuple of the same long text, each time with another number, as a key.
    let mut pickle = b"\x80\x02X\xe8\x03\x00\x00".to_vec();
    pickle.extend([b'a'; 1000]);
    pickle.extend(b"q\x00}(");
    for number in 0..20_000_u16 {
        pickle.extend(b"(h\x00h\x00h\x00M");
        pickle.extend(number.to_le_bytes());
        pickle.extend(b"tN");
    }
    pickle.extend(b"u.");
    let error = read_bytes(ComparatorKind::Torch, &torch(&pickle, &[], 0)).expect_err("60 MB");
    assert!(matches!(error, ContentError::TooLarge { .. }), "{error}");
}

#[test]
fn texts_of_all_tensors_of_a_model_count_together() {
    let varint = |mut number: usize| {
        let mut bytes = Vec::new();
        while number >= 0x80 {
            bytes.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        bytes.push(number.to_le_bytes()[0]);
        bytes
    };
    let field = |number: usize, bytes: &[u8]| {
        [&varint(number << 3 | 2)[..], &varint(bytes.len()), bytes].concat()
    };
    // Tensors of 20,000 empty texts each.
    let strings = [&[8, 20, 16, 8][..], &field(6, b"").repeat(20_000)].concat();
    let model = field(7, &field(5, &strings).repeat(100));
    let error = read_bytes(ComparatorKind::Onnx, &model).expect_err("two millions");
    assert!(matches!(error, ContentError::TooMany { .. }), "{error}");
}
