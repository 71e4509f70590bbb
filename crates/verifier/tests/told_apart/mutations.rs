//! Small changes of every sample: what is not told apart by them is what means nothing, and named here.

use std::io::Write as _;
use std::ops::Range;

use flate2::{Compression, GzBuilder};
use resow_verifier::difference::Agreement;

use super::{compare, sample};

/// All samples: their names and bytes.
fn samples() -> Vec<(String, Vec<u8>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files");
    let mut samples = Vec::new();
    for part in ["arrays", "structured"] {
        for entry in std::fs::read_dir(format!("{folder}/{part}")).expect("a folder") {
            let name = entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("a name");
            if !name.ends_with(".py") {
                let bytes = sample(&format!("{part}/{name}"));
                samples.push((name, bytes));
            }
        }
    }
    assert!(samples.len() > 45);
    samples
}

/// The bytes of a zip archive's members, as their local headers say, without those that a hash of them has.
fn members(archive: &[u8]) -> Vec<Range<usize>> {
    let mut archive = ::zip::ZipArchive::new(std::io::Cursor::new(archive)).expect("an archive");
    let mut ranges = Vec::new();
    for index in 0..archive.len() {
        let member = archive.by_index_raw(index).expect("a member");
        let start = usize::try_from(member.data_start().expect("a place")).expect("small");
        let mut length = usize::try_from(member.compressed_size()).expect("small");
        // The last bits of a packed stream fill its last byte up.
        if member.compression() == ::zip::CompressionMethod::Deflated {
            length -= 1;
        }
        if !member
            .name()
            .expect("a name")
            .ends_with(".data/serialization_id")
        {
            ranges.push(start..start + length);
        }
    }
    ranges
}

/// Whether one changed byte at this place may mean nothing.
fn may_mean_nothing(name: &str, whole: &[u8], index: usize) -> bool {
    let byte = whole[index];
    let (_, extension) = name.rsplit_once('.').expect("an extension");
    match extension {
        "npy" => {
            // Spaces and a last comma of the header, the version, and what a number that is none carries.
            let is_payload = name == "half.npy" && (132..134).contains(&index);
            let is_layout = byte.is_ascii_whitespace() || byte == b',';
            // No elements, and elements of one byte, have no byte order.
            let is_order = ["empty.npy", "truth.npy"].contains(&name) && index == 21;
            let is_header = index < whole.len() - 8 || name == "empty.npy";
            (is_layout && is_header) || index == 6 || is_payload || is_order
        }
        "pt" | "npz" if !whole.starts_with(b"PK") => false,
        "pt" | "npz" => !members(whole).iter().any(|member| member.contains(&index)),
        "onnx" => {
            // The producer's version, documentation, and the field that a single byte stands in.
            let texts = [
                "\x1a\x011",
                "\x1a\x012",
                "2\x03one",
                "2\x03two",
                "R\x03one",
                "R\x03two",
            ];
            let in_text = texts.iter().any(|text| {
                let text = text.as_bytes();
                (0..text.len()).any(|back| {
                    index
                        .checked_sub(back)
                        .is_some_and(|start| whole[start..].starts_with(text))
                })
            });
            in_text
                || whole[index..].starts_with(b"J\x01\x01")
                || whole[index..].starts_with(b"*\x01\x01")
        }
        "png" | "safetensors" => false,
        "ipynb" => true,
        // Layout, the case of words and of digits in escapes, zeros before and behind a point, spaces before a number.
        _ => byte.is_ascii_whitespace() || byte.is_ascii_alphabetic() || byte == b'0',
    }
}

#[test]
fn a_flipped_bit_is_told_apart_unless_it_means_nothing() {
    for (name, whole) in samples() {
        for index in 0..whole.len() {
            for bit in 0..8 {
                let mut changed = whole.clone();
                changed[index] ^= 1 << bit;
                let found = compare(&name, &whole, &changed);
                assert!(
                    found.agreement == Agreement::Different
                        || may_mean_nothing(&name, &whole, index),
                    "{name}: bit {bit} of byte {index}"
                );
            }
        }
    }
}

#[test]
fn bytes_that_are_gone_doubled_or_swapped_are_told_apart() {
    for (name, whole) in samples() {
        if name.ends_with(".ipynb") {
            continue;
        }
        for index in 0..whole.len() - 1 {
            let (before, after) = whole.split_at(index);
            let mut swapped = whole.clone();
            swapped.swap(index, index + 1);
            for (what, changed) in [
                ("without", [before, &after[1..]].concat()),
                ("twice", [before, &after[..1], after].concat()),
                ("swapped", swapped),
            ] {
                let is_same = changed == whole;
                let found = compare(&name, &whole, &changed);
                let is_nothing = [index, index + 1]
                    .iter()
                    .any(|at| may_mean_nothing(&name, &whole, *at));
                // A character of an escape, or a quotation mark or a comma with spaces, may stand on either side.
                let near = match name.ends_with(".safetensors") {
                    true => &whole[index..index + 2],
                    false => &whole[index.saturating_sub(1)..whole.len().min(index + 3)],
                };
                let is_layout = near.iter().any(u8::is_ascii_whitespace);
                assert!(
                    is_same || found.agreement == Agreement::Different || is_nothing || is_layout,
                    "{name}: {what} byte {index}"
                );
            }
        }
    }
}

#[test]
fn a_flipped_bit_in_a_packed_sample_is_told_apart() {
    use std::io::Read as _;
    type Unpack = fn(&[u8]) -> Option<Vec<u8>>;
    let inner = &sample("arrays/weights.npy")[40..];
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(inner.len() as u64);
    header.set_mode(0o644);
    builder
        .append_data(&mut header, "w", inner)
        .expect("memory");
    let tar = builder.into_inner().expect("memory");
    let mut encoder = GzBuilder::new().write(Vec::new(), Compression::new(6));
    encoder.write_all(inner).expect("memory");
    let gzip = encoder.finish().expect("memory");
    let zstd = zstd::stream::encode_all(inner, 3).expect("memory");
    let from_gzip: Unpack = |bytes| {
        let mut unpacked = Vec::new();
        let mut decoder = flate2::read::MultiGzDecoder::new(bytes);
        decoder.read_to_end(&mut unpacked).ok()?;
        Some(unpacked)
    };
    let from_zstd: Unpack = |bytes| zstd::stream::decode_all(bytes).ok();
    // Of a tar archive how its checksum is written means nothing; else what is packed is another.
    for (name, whole, unpack) in [
        ("x.tar", &tar, None),
        ("x.bin.gz", &gzip, Some(from_gzip)),
        ("x.bin.zst", &zstd, Some(from_zstd)),
    ] {
        for index in 0..whole.len() {
            for bit in 0..8 {
                let mut changed = whole.clone();
                changed[index] ^= 1 << bit;
                let found = compare(name, whole, &changed);
                let means_nothing = match unpack {
                    Some(unpack) => unpack(&changed).as_deref() == Some(inner),
                    None => (148..156).contains(&index),
                };
                assert!(
                    found.agreement == Agreement::Different || means_nothing,
                    "{name}: bit {bit} of byte {index}"
                );
            }
        }
    }
}
