//! Arrays of NumPy, safetensors and ONNX.

use resow_manifest::comparator::ComparatorKind;
use resow_verifier::content::{Budget, ContentError, Format, Source, read};

use super::torch::torch;
use super::{assert_alike, assert_read, assert_told_apart};

fn npy(version: u8, header: &[u8], data: &[u8]) -> Vec<u8> {
    let short = u16::try_from(header.len()).expect("short").to_le_bytes();
    let length = [&short[..], &[0; 2][..usize::from(version > 1) * 2]].concat();
    [b"\x93NUMPY", &[version, 0][..], &length, header, data].concat()
}

#[test]
fn names_of_fields_are_in_the_encoding_of_their_version() {
    let header = |name: &[u8]| {
        let rest = b"', '|u1')], 'fortran_order': False, 'shape': (1,)}";
        [b"{'descr': [('", name, rest].concat()
    };
    // In the first version these two bytes are two characters.
    let old = npy(1, &header(b"\xc3\xa9"), &[7]);
    assert_read("x.npy", &old);
    assert_told_apart("x.npy", &old, &npy(3, &header(b"\xc3\xa9"), &[7]));
    assert_alike(
        "x.npy",
        &npy(1, &header(b"\xe9"), &[7]),
        &npy(3, &header(b"\xc3\xa9"), &[7]),
    );
}

#[test]
fn a_header_of_npy_says_three_things() {
    let header = |more: &str| {
        format!("{{'descr': '|u1', 'fortran_order': False, 'shape': (1,){more}}}").into_bytes()
    };
    let plain = npy(1, &header(""), &[7]);
    assert_alike("x.npy", &plain, &npy(1, &header(", "), &[7]));
    assert_told_apart("x.npy", &plain, &npy(1, &header(", 'more': 1"), &[7]));
    assert_told_apart("x.npy", &plain, &npy(1, &header(""), &[7, 8]));
}

#[test]
fn keys_of_safetensors_come_once() {
    let file = |header: &str| {
        let length = (header.len() as u64).to_le_bytes();
        [&length[..], header.as_bytes(), &[1, 2]].concat()
    };
    let tensors = r#""a": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]}"#;
    let with = |metadata: &str| file(&format!("{{{metadata}{tensors}}}"));
    let plain = with(r#""__metadata__": {"k": "2"}, "#);
    assert_read("x.safetensors", &plain);
    for other in [
        "",
        r#""__metadata__": {}, "#,
        r#""__metadata__": {"k": "1", "k": "2"}, "#,
        r#""__metadata__": {"k": "1"}, "__metadata__": {"k": "2"}, "#,
    ] {
        assert_told_apart("x.safetensors", &plain, &with(other));
    }
    assert_told_apart("x.safetensors", &with(""), &with(r#""__metadata__": {}, "#));
    let twice = file(&format!("{{{tensors}, {tensors}}}"));
    assert_told_apart("x.safetensors", &with(""), &twice);
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
    bytes
}

/// A field of a message that holds bytes.
fn field(number: u64, bytes: &[u8]) -> Vec<u8> {
    [
        &varint(number << 3 | 2)[..],
        &varint(bytes.len() as u64),
        bytes,
    ]
    .concat()
}

/// A field of a message that holds a number.
fn number(number: u64, value: u64) -> Vec<u8> {
    [varint(number << 3), varint(value)].concat()
}

/// A tensor of bytes.
fn tensor(name: &str, data: &[u8], more: &[u8]) -> Vec<u8> {
    let parts = [
        number(1, data.len() as u64),
        number(2, 2),
        field(8, name.as_bytes()),
        field(9, data),
        more.to_vec(),
    ];
    parts.concat()
}

/// A model of a graph with these fields.
fn model(graph: &[Vec<u8>]) -> Vec<u8> {
    [number(1, 10), field(7, &graph.concat())].concat()
}

/// A node with one attribute.
fn node(attribute: &[u8]) -> Vec<u8> {
    field(1, &[field(4, b"Constant"), field(5, attribute)].concat())
}

#[test]
fn properties_of_tensors_in_onnx_are_content() {
    let with = |more: &[u8]| model(&[field(5, &tensor("w", &[1, 2], more))]);
    let entry = |value: &[u8]| field(16, &[field(1, b"key"), field(2, value)].concat());
    let plain = with(b"");
    assert_read("x.onnx", &plain);
    assert_told_apart("x.onnx", &plain, &with(&entry(b"1")));
    assert_told_apart("x.onnx", &with(&entry(b"2")), &with(&entry(b"1")));
    assert_told_apart("x.onnx", &plain, &with(&field(8, b"v")));
    assert_told_apart("x.onnx", &plain, &with(&field(9, &[1, 2])));
    assert_told_apart("x.onnx", &plain, &with(&field(6, b"text")));
    assert_told_apart("x.onnx", &plain, &with(&field(13, &field(1, b"location"))));
    assert_alike("x.onnx", &plain, &with(&field(12, b"documentation")));
}

#[test]
fn tensors_of_attributes_stand_where_they_stand() {
    let list = |names: [&str; 2]| {
        let [one, other] = names.map(|name| field(10, &tensor(name, name.as_bytes(), b"")));
        model(&[node(&[one, other].concat())])
    };
    assert_read("x.onnx", &list(["a", "b"]));
    assert_told_apart("x.onnx", &list(["a", "b"]), &list(["b", "a"]));
    let constant = |name| node(&field(5, &tensor(name, &[1], b"")));
    assert_told_apart("x.onnx", &model(&[constant("c")]), &model(&[constant("d")]));
    // A constant that became an initializer called by its place, and one that moved to another node.
    let initializer = field(5, &tensor("graph.node[0].attribute[0].t", &[1], b""));
    assert_told_apart(
        "x.onnx",
        &model(&[constant("c")]),
        &model(&[node(b""), initializer]),
    );
    let moved = [
        model(&[constant("c"), node(b"")]),
        model(&[node(b""), constant("c")]),
    ];
    assert_told_apart("x.onnx", &moved[0], &moved[1]);
    // Initializers have no order.
    let one = |name: &str| field(5, &tensor(name, name.as_bytes(), b""));
    assert_alike(
        "x.onnx",
        &model(&[one("a"), one("b")]),
        &model(&[one("b"), one("a")]),
    );
}

#[test]
fn values_of_onnx_are_told_apart_by_how_they_are_written() {
    let attribute = |bytes: &[u8]| model(&[node(bytes)]);
    let text = |bytes: &[u8]| attribute(&field(4, bytes));
    assert_told_apart("x.onnx", &text(b"\xff"), &text(b"b\"\\xff\""));
    assert_told_apart("x.onnx", &text(b"\xff"), &text(b"\\xff"));
    // Numbers one after another where one stands, and half of one.
    assert_told_apart(
        "x.onnx",
        &attribute(&number(3, 5)),
        &attribute(&field(3, &[4, 5])),
    );
    assert_told_apart(
        "x.onnx",
        &attribute(&field(7, &[0; 4])),
        &attribute(&field(7, &[0; 6])),
    );
    // Fields that are newer than this reader.
    let newer = |head: u64, bytes: &[u8]| attribute(&[&varint(head)[..], bytes].concat());
    let kinds = [
        newer(99 << 3, &[5]),
        newer(99 << 3 | 1, &[5, 0, 0, 0, 0, 0, 0, 0]),
        newer(99 << 3 | 5, &[5, 0, 0, 0]),
    ];
    for (left, right) in [(0, 1), (0, 2), (1, 2)] {
        assert_told_apart("x.onnx", &kinds[left], &kinds[right]);
    }
    // Bytes that are no text, as numbers of a fixed size and as bytes.
    for (kind, bytes) in [(1, &[0xff; 8][..]), (5, &[0xff; 4])] {
        let fixed = newer(99 << 3 | kind, bytes);
        assert_read("x.onnx", &fixed);
        assert_told_apart("x.onnx", &fixed, &attribute(&field(99, bytes)));
    }
    let bytes = |value: u64| {
        let numbers = field(5, &varint(value));
        let parts = [number(1, 1), number(2, 2), field(8, b"w"), numbers];
        model(&[field(5, &parts.concat())])
    };
    assert_told_apart("x.onnx", &bytes(44), &bytes(300));
    let external = |key: &[u8], value: &[u8]| {
        let entry = field(13, &[field(1, key), field(2, value)].concat());
        let parts = [
            number(1, 1),
            number(2, 2),
            field(8, b"w"),
            entry,
            number(14, 1),
        ];
        model(&[field(5, &parts.concat())])
    };
    assert_read("x.onnx", &external(b"location", b"x"));
    assert_told_apart("x.onnx", &external(b"a=b", b"c"), &external(b"a", b"b=c"));
}

fn refused(kind: ComparatorKind, bytes: &[u8]) -> bool {
    let format = Format::of_kind(kind).expect("a format");
    let read = read(format, &Source::of_bytes(bytes), &mut Budget::default());
    matches!(read, Err(ContentError::TooMany { .. }))
}

#[test]
fn maps_that_take_more_memory_than_their_bytes_are_bounded() {
    // Each level is a dictionary of ten times the one below it.
    let mut pickle = b"\x80\x02}q\x00".to_vec();
    for level in 1..7_u8 {
        pickle.extend([b'}', b'q', level, b'(']);
        for key in 0..10 {
            pickle.extend([b'K', key, b'h', level - 1]);
        }
        pickle.push(b'u');
    }
    pickle.push(b'.');
    assert!(refused(
        ComparatorKind::Torch,
        &torch(&[("data.pkl", &pickle)])
    ));
    // A type of a type of a type, and many of them.
    let mut inner = field(4, b"");
    for _ in 0..20 {
        inner = field(4, &field(1, &inner));
    }
    let types = field(11, &field(2, &inner)).repeat(8000);
    assert!(refused(ComparatorKind::Onnx, &model(&[types])));
    let maps = format!("[{}]", vec!["{\"a\":{}}"; 100_000].join(","));
    assert!(refused(ComparatorKind::Json, maps.as_bytes()));
    let maps = "- {a: {}}\n".repeat(100_000);
    assert!(refused(ComparatorKind::Yaml, maps.as_bytes()));
    // What people write is far from it.
    let rows = format!(
        "[{}]",
        vec!["{\"a\": 1, \"b\": 2, \"c\": 3}"; 50_000].join(",")
    );
    assert!(!refused(ComparatorKind::Json, rows.as_bytes()));
}
