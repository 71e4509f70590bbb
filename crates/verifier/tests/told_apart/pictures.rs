//! PNG: what is said of the pixels.

use flate2::Crc;

use super::{assert_alike, assert_read, assert_told_apart, sample};

fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut sum = Crc::new();
    sum.update(name);
    sum.update(data);
    let length = u32::try_from(data.len()).expect("small").to_be_bytes();
    [&length[..], name, data, &sum.sum().to_be_bytes()].concat()
}

/// The picture with a chunk behind its header.
fn with(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let picture = sample("arrays/colors.png");
    let (header, rest) = picture.split_at(33);
    [header, &chunk(name, data), rest].concat()
}

#[test]
fn chunks_that_say_how_pixels_are_meant_are_content() {
    let plain = sample("arrays/colors.png");
    assert_read("x.png", &plain);
    for name in [
        b"cICP", b"cHRM", b"sRGB", b"gAMA", b"pHYs", b"eXIf", b"bKGD", b"sBIT", b"hIST", b"sPLT",
        b"oFFs", b"prVt",
    ] {
        // Of these lengths they are well formed.
        let length = match name {
            b"cICP" | b"gAMA" => 4,
            b"cHRM" => 32,
            b"sRGB" => 1,
            b"pHYs" | b"oFFs" => 9,
            b"sBIT" => 3,
            _ => 6,
        };
        let one = with(name, &vec![1; length]);
        assert_told_apart("x.png", &plain, &one);
        let mut other = vec![1; length];
        other[length - 1] = 0;
        assert_told_apart("x.png", &one, &with(name, &other));
    }
    for name in [b"tEXt", b"tIME"] {
        let data: &[u8] = if name == b"tIME" {
            &[7, 234, 1, 1, 0, 0, 0]
        } else {
            b"a\0b"
        };
        assert_alike("x.png", &plain, &with(name, data));
    }
}

#[test]
fn animations_and_what_stands_behind_the_end_are_no_pixels() {
    let plain = sample("arrays/colors.png");
    for name in [b"acTL", b"fcTL", b"fdAT"] {
        let one = with(name, &[0, 0, 0, 1, 0, 0, 0, 0]);
        let other = with(name, &[0, 0, 0, 1, 0, 0, 0, 5]);
        assert_told_apart("x.png", &plain, &one);
        assert_told_apart("x.png", &one, &other);
    }
    assert_told_apart("x.png", &plain, &[&plain[..], b"more"].concat());
    let behind = [&plain[..], &chunk(b"tEXt", b"a\0b")].concat();
    assert_told_apart("x.png", &plain, &behind);
}

#[test]
fn nothing_is_packed_behind_the_pixels() {
    let plain = sample("arrays/colors.png");
    let start = plain
        .windows(4)
        .position(|part| part == b"IDAT")
        .expect("pixels");
    let length = u32::from_be_bytes(plain[start - 4..start].try_into().expect("4"));
    let end = start + 4 + usize::try_from(length).expect("small");
    let data = &plain[start + 4..end];
    let repack = |data: &[u8]| {
        let parts = [
            &plain[..start - 4],
            &chunk(b"IDAT", data),
            &plain[end + 4..],
        ];
        parts.concat()
    };
    assert_told_apart("x.png", &plain, &repack(&[data, b"more"].concat()));
    let (one, other) = data.split_at(9);
    let split = [
        &plain[..start - 4],
        &chunk(b"IDAT", one),
        &chunk(b"IDAT", other),
        &plain[end + 4..],
    ];
    assert_alike("x.png", &plain, &split.concat());
}
