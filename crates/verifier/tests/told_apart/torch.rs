//! What `torch.save` writes.

use std::io::{Cursor, Write as _};

use super::{assert_alike, assert_read, assert_told_apart};

/// A PyTorch file: its members below a root folder.
pub(super) fn torch(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = ::zip::write::SimpleFileOptions::default()
        .compression_method(::zip::CompressionMethod::Stored);
    for (name, data) in members {
        archive
            .start_file(format!("any/{name}"), stored)
            .expect("memory");
        archive.write_all(data).expect("memory");
    }
    archive.finish().expect("memory").into_inner()
}

#[test]
fn the_order_of_members_means_nothing() {
    let pickle = ("data.pkl", &pickle(0, 2, b"")[..]);
    let data = ("data/0", &[0; 8][..]);
    assert_alike("x.pt", &torch(&[pickle, data]), &torch(&[data, pickle]));
}

/// The pickle of a tensor of so many numbers of a storage of two, from this one on.
fn pickle(offset: u8, length: u8, hooks: &[u8]) -> Vec<u8> {
    let tensor = tensor("Float", [offset, length, 1], hooks);
    [b"\x80\x02", &tensor[..], b"."].concat()
}

/// What a pickle says of a tensor: the type of its storage, which has the key `0` and two numbers; and which number of
/// those is its first, how many it has, and how far apart they lie.
fn tensor(storage: &str, [offset, length, stride]: [u8; 3], hooks: &[u8]) -> Vec<u8> {
    let start = b"ctorch._utils\n_rebuild_tensor_v2\n((U\x07storagectorch\n";
    let rest = b"Storage\nU\x010U\x03cpuK\x02tQ";
    let view = [b'K', offset, b'K', length, 0x85, b'K', stride, 0x85, 0x89];
    [&start[..], storage.as_bytes(), rest, &view, hooks, b"tR"].concat()
}

#[test]
fn bytes_that_no_tensor_shows_are_content() {
    let file = |offset: u8, length: u8, storage: &[u8], more: &[(&str, &[u8])]| {
        let pickle = pickle(offset, length, b"N");
        let members = [("data.pkl", &pickle[..]), ("data/0", storage)];
        torch(&[&members[..], more].concat())
    };
    let half = |bytes: [u8; 8]| file(0, 1, &bytes, &[]);
    assert_read("x.pt", &half([0; 8]));
    assert_told_apart("x.pt", &half([0; 8]), &half([0, 0, 0, 0, 1, 0, 0, 0]));
    assert_told_apart(
        "x.pt",
        &file(0, 2, &[0; 8], &[]),
        &file(0, 2, &[0; 12], &[]),
    );
    let unused = |bytes: &[u8]| file(0, 2, &[0; 8], &[("data/1", bytes)]);
    assert_told_apart("x.pt", &file(0, 2, &[0; 8], &[]), &unused(b""));
    assert_told_apart("x.pt", &unused(b"1"), &unused(b"2"));
    let with = |name: &str, bytes: &[u8]| file(0, 2, &[0; 8], &[(name, bytes)]);
    assert_told_apart("x.pt", &with("version", b"3\n"), &with("version", b"4\n"));
    assert_told_apart("x.pt", &with("more", b"1"), &with("more", b"2"));
    assert_alike(
        "x.pt",
        &with(".data/serialization_id", b"1"),
        &with(".data/serialization_id", b"2"),
    );
}

#[test]
fn hooks_and_what_is_said_of_the_archive_are_content() {
    let file = |hooks: &[u8]| torch(&[("data.pkl", &pickle(0, 2, hooks)), ("data/0", &[0; 8])]);
    let hooks = b"ccollections\nOrderedDict\n)R";
    let hooked = b"ccollections\nOrderedDict\n)RK\x01csome\nhook\ns";
    assert_read("x.pt", &file(hooks));
    assert_told_apart("x.pt", &file(b"N"), &file(hooks));
    assert_told_apart("x.pt", &file(hooks), &file(hooked));
    // A comment of the archive, which its end has the length of.
    let plain = file(b"N");
    let mut commented = plain.clone();
    let end = commented.len() - 2;
    commented[end] = 1;
    commented.push(b'!');
    assert_told_apart("x.pt", &plain, &commented);
}

#[test]
fn the_order_of_bytes_counts_where_nothing_is_read_by_it() {
    let file = |order: &[u8]| {
        let pickle = [b"\x80\x02", &tensor("QInt32", [0, 2, 1], b"N")[..], b"."].concat();
        torch(&[
            ("data.pkl", &pickle),
            ("byteorder", order),
            ("data/0", &[1, 2, 3, 4, 5, 6, 7, 8]),
        ])
    };
    assert_read("x.pt", &file(b"little"));
    assert_told_apart("x.pt", &file(b"little"), &file(b"big"));
}

#[test]
fn payloads_of_what_is_no_number_count_where_something_else_may_be_made_of_it() {
    let file = |tensors: &[u8], payload: u8| {
        let pickle = [b"\x80\x02(", tensors, b"t."].concat();
        let storage = [0, 0, 0, 0, payload, 0, 0xc0, 0x7f];
        torch(&[("data.pkl", &pickle), ("data/0", &storage)])
    };
    let floats = tensor("Float", [0, 2, 1], b"N");
    assert_alike("x.pt", &file(&floats, 0), &file(&floats, 1));
    // Another view of the same storage, which need not show that number, and what a call makes of the tensor.
    let whole = tensor("Int", [0, 1, 1], b"N");
    let mixed = [&floats[..], &whole].concat();
    let called = [b"ctorch\nsome_view\n(", &floats[..], b"tR"].concat();
    for tensors in [mixed, called] {
        assert_read("x.pt", &file(&tensors, 0));
        assert_told_apart("x.pt", &file(&tensors, 0), &file(&tensors, 1));
    }
}
