//! PNG: what is said of the pixels.

use std::io::Write as _;
use std::slice::from_ref;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

use resow_verifier::difference::DifferenceKind;

use super::{assert_alike, assert_read, assert_told_apart, compare, sample};

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
fn a_picture_of_millions_of_rows_is_compared_as_bytes() {
    let rows: u32 = 3_000_000;
    let header = [
        &1_u32.to_be_bytes()[..],
        &rows.to_be_bytes(),
        &[8, 0, 0, 0, 0],
    ]
    .concat();
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    packed
        .write_all(&vec![0; 2 * rows as usize])
        .expect("memory");
    let packed = packed.finish().expect("memory");
    let picture = [
        b"\x89PNG\r\n\x1a\n",
        &chunk(b"IHDR", &header)[..],
        &chunk(b"IDAT", &packed),
        &chunk(b"IEND", b""),
    ];
    let found = compare("x.png", &picture.concat(), b"\x89PNG\r\n\x1a\n");
    let reason = found.unreadable.expect("it is not read");
    assert!(reason.contains("packed"), "{reason}");
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

fn packed(bytes: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// A picture of three by one pixels of this depth and color type, with these chunks before and behind its row.
fn picture(kind: [u8; 2], row: &[u8], before: &[Vec<u8>], behind: &[Vec<u8>]) -> Vec<u8> {
    let header = [&[0, 0, 0, 3, 0, 0, 0, 1][..], &kind, &[0, 0, 0]].concat();
    let parts = [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &header),
        before.concat(),
        chunk(b"IDAT", &packed(&[&[0], row].concat(), 6)),
        behind.concat(),
        chunk(b"IEND", b""),
    ];
    parts.concat()
}

fn gray(before: &[Vec<u8>], behind: &[Vec<u8>]) -> Vec<u8> {
    picture([8, 0], b"abc", before, behind)
}

/// A picture with a palette, and these chunks behind that.
fn indexed(row: &[u8], palette: &[u8], more: &[Vec<u8>]) -> Vec<u8> {
    let before = [&[chunk(b"PLTE", palette)], more].concat();
    picture([8, 3], row, &before, &[])
}

#[test]
fn profiles_are_content_whatever_decoders_make_of_them() {
    let profile = |bytes: &[u8], level, behind: &[u8]| {
        let data = [b"name\0\0", &packed(bytes, level)[..], behind].concat();
        chunk(b"iCCP", &data)
    };
    let [one, other] = [profile(b"one", 9, b""), profile(b"two", 9, b"")];
    assert_read("x.png", &gray(from_ref(&one), &[]));
    assert_alike(
        "x.png",
        &gray(from_ref(&one), &[]),
        &gray(&[profile(b"one", 0, b"")], &[]),
    );
    let pairs = [
        ([vec![], vec![one.clone()]], [vec![], vec![other.clone()]]),
        (
            [vec![one.clone(), one.clone()], vec![]],
            [vec![one.clone(), other.clone()], vec![]],
        ),
        ([vec![one.clone()], vec![]], [vec![], vec![one.clone()]]),
        (
            [vec![profile(b"", 1, b"1")], vec![]],
            [vec![profile(b"", 1, b"2")], vec![]],
        ),
        (
            [vec![chunk(b"iCCP", b"name\0\0one")], vec![]],
            [vec![chunk(b"iCCP", b"name\0\0two")], vec![]],
        ),
    ];
    for ([before, behind], [other_before, other_behind]) in pairs {
        let left = gray(&before, &behind);
        assert_told_apart("x.png", &left, &gray(&other_before, &other_behind));
    }
    let of_color = |profile: &Vec<u8>| {
        let palette = chunk(b"PLTE", b"rgb");
        picture([8, 2], b"abcdefghi", &[palette, profile.clone()], &[])
    };
    assert_told_apart("x.png", &of_color(&one), &of_color(&other));
}

#[test]
fn where_a_chunk_stands_is_content() {
    let resolution = chunk(b"pHYs", &[0, 0, 0, 1, 0, 0, 0, 1, 1]);
    let gamma = chunk(b"gAMA", &[0, 0, 0, 1]);
    let time = chunk(b"tIME", &[7, 234, 1, 1, 0, 0, 0]);
    for one in [&resolution, &gamma] {
        assert_told_apart(
            "x.png",
            &gray(from_ref(one), &[]),
            &gray(&[], from_ref(one)),
        );
    }
    let both = [resolution.clone(), gamma.clone()];
    assert_told_apart("x.png", &gray(&both, &[]), &gray(&[gamma, resolution], &[]));
    assert_alike("x.png", &gray(&both, &[]), &gray(&both, &[time]));
    for one in [
        chunk(b"tIME", b"hidden"),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0turned"),
    ] {
        assert_told_apart("x.png", &gray(&[], &[]), &gray(&[], &[one]));
    }
}

#[test]
fn palettes_are_content_where_something_is_meant_by_them() {
    let plain = indexed(b"\0\0\0", b"rgbRGB", &[]);
    assert_read("x.png", &plain);
    assert_alike("x.png", &plain, &indexed(b"\x01\x01\x01", b"RGBrgb", &[]));
    for more in [chunk(b"bKGD", &[1]), chunk(b"hIST", &[0, 3, 0, 0])] {
        let with = |palette| indexed(b"\0\0\0", palette, from_ref(&more));
        assert_read("x.png", &with(b"rgbRGB"));
        assert_told_apart("x.png", &with(b"rgbRGB"), &with(b"rgbBGR"));
    }
    // Colors that the palette does not have are black to some decoders.
    let black = |index| indexed(&[0, index, 0], b"rgb\0\0\0", &[]);
    assert_read("x.png", &black(1));
    assert_told_apart("x.png", &black(1), &black(2));
    assert_told_apart("x.png", &black(2), &black(3));
    let transparent = |alphas: &[u8]| indexed(b"\0\0\0", b"rgb", &[chunk(b"tRNS", alphas)]);
    assert_told_apart("x.png", &transparent(b"\x01"), &transparent(b"\x01\x02"));
}

#[test]
fn bits_behind_the_pixels_of_a_row_are_not_hidden() {
    for color in [0, 3] {
        let row = |depth, bits| {
            let palette = (color == 3).then(|| chunk(b"PLTE", b"rgbRGB"));
            picture([depth, color], &[bits], palette.as_slice(), &[])
        };
        assert_read("x.png", &row(1, 0b0100_0000));
        for (depth, one, other) in [(1, 0, 1), (1, 0b0001_0001, 1), (2, 0, 1), (2, 3, 2)] {
            assert_told_apart("x.png", &row(depth, one), &row(depth, other));
        }
    }
    let [one, two] = [(1, 0b1010_0000), (2, 0b1100_1100)]
        .map(|(depth, bits)| picture([depth, 0], &[bits], &[], &[]));
    assert_read("x.png", &one);
    assert_told_apart("x.png", &one, &two);
}

#[test]
fn bytes_of_chunks_are_named_and_escaped_once() {
    let plain = sample("arrays/colors.png");
    let one = with(b"pHYs", &[0, 0, 1, 0, 0, 0, 1, 0, 1]);
    let other = with(b"pHYs", &[0, 0, 2, 0, 0, 0, 1, 0, 1]);
    let found = compare("x.png", &plain, &one);
    let chunk = found.differences.iter().find(|it| it.place == "pHYs");
    let what = r#"[bytes "\x00\x00\x01\x00\x00\x00\x01\x00\x01"]"#.to_owned();
    assert_eq!(
        chunk.expect("the chunk").kind,
        DifferenceKind::OnlyRight { what }
    );
    let found = compare("x.png", &one, &other);
    let [chunk] = &found.differences[..] else {
        panic!("{found:?}");
    };
    assert_eq!(chunk.place, "pHYs[0]");
    let DifferenceKind::Value { left, .. } = &chunk.kind else {
        panic!("{found:?}");
    };
    assert_eq!(left, r#"bytes "\x00\x00\x01\x00\x00\x00\x01\x00\x01""#);
}
