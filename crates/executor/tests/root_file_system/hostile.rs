//! Layers that try to get out, to fill what is not theirs, or never to end.

use std::fs;

use resow_executor::interrupt::Interrupt;
use tar::{EntryType, Header};

use crate::support::{Layer, Place, archive_of, content, names, told};

/// Unpacks the layers beside a file that none of them may touch. Nothing may be left, and the error must say why.
fn refused(layers: &[Layer], expected: &str) {
    let layers: Vec<_> = layers.iter().map(Layer::bytes).collect();
    refused_bytes(&layers, expected);
}

fn refused_bytes(layers: &[Vec<u8>], expected: &str) {
    let place = Place::new();
    let victim = place.folder.path().join("victim");
    fs::write(&victim, "untouched").expect("room");
    let error = place.unpack_bytes(layers).map(|image| image.id);
    let error = told(&error.expect_err(expected));
    assert!(error.contains(expected), "{error}");
    assert_eq!(fs::read_to_string(victim).expect("there"), "untouched");
    assert_eq!(place.left(), 0, "{error}");
}

#[test]
fn names_that_lead_out_are_refused() {
    for name in ["../victim", "a/../../victim", "a/..", "/../victim"] {
        refused(&[Layer::new().file(name, "x")], "has `..`");
    }
    refused(
        &[Layer::new().pax(&[("path", "../victim")]).file("a", "x")],
        "has `..`",
    );
    let long = Layer::new().entry(EntryType::GNULongName, "l", 0o644, "", b"../victim\0");
    refused(&[long.file("a", "x")], "has `..`");
    refused(&[Layer::new().file("../.wh.victim", "")], "has `..`");
    refused(&[Layer::new().file("../.wh..wh..opq", "")], "has `..`");
    refused(
        &[Layer::new().pax(&[("path", "a\0b")]).file("a", "x")],
        "has a NUL",
    );
}

#[test]
fn an_absolute_name_is_one_below_the_root() {
    let place = Place::new();
    let held = place.held(&[Layer::new().file("/absolute-in-the-image", "x")]);
    assert_eq!(content(&held, "absolute-in-the-image"), "x");
    assert!(!fs::exists("/absolute-in-the-image").expect("readable"));
}

#[test]
fn nothing_is_written_beneath_a_link() {
    let up = "../../../../../../victim-folder";
    let beneath = "lies beneath `/link`, which is no folder";
    let no_folder = "which is no folder";
    let planted = Layer::new().symlink("link", up);
    refused(&[planted.clone().file("link/x", "x")], beneath);
    refused(
        &[planted.clone(), Layer::new().file("link/x", "x")],
        beneath,
    );
    refused(
        &[planted.clone(), Layer::new().folder("link/x/", 0o777)],
        beneath,
    );
    refused(
        &[Layer::new().symlink("link", "/etc").file("link/x", "x")],
        beneath,
    );
    refused(
        &[Layer::new()
            .symlink("a", "b")
            .symlink("b", "..")
            .file("a/b/x", "x")],
        no_folder,
    );
    refused(
        &[Layer::new().symlink("a", ".").hard_link("a/x", "a")],
        no_folder,
    );
    refused(
        &[Layer::new()
            .file("a", "")
            .hard_link("b", "a")
            .file("b/x", "x")],
        no_folder,
    );
    refused(&[Layer::new().fifo("a").file("a/x", "x")], no_folder);
}

#[test]
fn a_file_over_a_link_replaces_the_link_and_not_what_it_names() {
    let place = Place::new();
    let victim = place.folder.path().join("victim");
    fs::write(&victim, "untouched").expect("room");
    let target = victim.to_string_lossy().into_owned();
    let lower = Layer::new()
        .symlink("a", &target)
        .hard_link("b", "a")
        .symlink("c", &target);
    let upper = Layer::new()
        .file("a", "x")
        .entry(EntryType::Regular, "b", 0o777, "", b"x")
        .file("c/.wh.victim", "")
        .file("c/.wh..wh..opq", "");
    let held = place.held(&[lower, upper]);
    assert_eq!(content(&held, "a"), "x");
    assert_eq!(content(&held, "b"), "x");
    assert!(held.path().join("c").is_symlink());
    assert_eq!(fs::read_to_string(&victim).expect("there"), "untouched");
}

#[test]
fn hard_links_to_what_is_no_file_of_the_image_are_refused() {
    let no_file = "which is no file";
    refused(&[Layer::new().hard_link("a", "/etc/passwd")], no_file);
    refused(&[Layer::new().hard_link("a", "a")], no_file);
    refused(
        &[Layer::new().folder("f/", 0o755).hard_link("a", "f")],
        no_file,
    );
    refused(&[Layer::new().hard_link("a", "")], no_file);
    refused(
        &[Layer::new().symlink("l", "/etc").hard_link("a", "l/passwd")],
        no_file,
    );
    refused(&[Layer::new().hard_link("a", "../../victim")], "has `..`");
    let gone = Layer::new().file(".wh.a", "").hard_link("b", "a");
    refused(&[Layer::new().file("a", ""), gone], no_file);
}

#[test]
fn whiteouts_of_no_proper_name_are_refused() {
    for name in [".wh.", ".wh..", "a/.wh...", ".wh.a/b"] {
        let expected = if name == ".wh.a/b" {
            "beneath a whiteout"
        } else {
            "no proper name"
        };
        refused(&[Layer::new().file(name, "")], expected);
    }
    refused(&[Layer::new().symlink("./", "/etc")], "yet no folder");
}

#[test]
fn what_is_too_long_too_deep_or_too_large_is_refused() {
    let name = |name: &str| Layer::new().pax(&[("path", name)]).file("a", "");
    refused(&[name(&"n".repeat(256))], "is too long");
    refused(&[name(&"n/".repeat(200))], "is too deep");
    refused(&[name(&"abcdefg/".repeat(600))], "is too long");
    let target = "t".repeat(5000);
    refused(
        &[Layer::new().pax(&[("linkpath", &target)]).symlink("a", "b")],
        "proper target",
    );
    let value = "v".repeat(70_000);
    let large = Layer::new().pax(&[("SCHILY.xattr.user.a", &value)]);
    refused(&[large.file("a", "")], "too large");
    let many = (0..10).fold(Layer::new(), |layer, _| {
        layer.pax(&[("SCHILY.xattr.user.a", "v"); 10])
    });
    refused(&[many.file("a", "")], "too many extended attributes");
    let records = vec![b' '; 2 << 20];
    let large = Layer::new().entry(EntryType::XHeader, "pax", 0o644, "", &records);
    refused(&[large.file("a", "")], "too large");
}

#[test]
fn malformed_tars_are_refused() {
    let whole = Layer::new().file("a", "content").bytes();
    let mut flipped = whole.clone();
    flipped[5] ^= 1;
    refused_bytes(&[flipped], "checksum");
    refused_bytes(&[whole[..515].to_vec()], "longer than the layer");
    refused_bytes(&[whole[..100].to_vec()], "cannot be read");
    refused_bytes(&[b"PK".repeat(512)], "checksum");
}

#[test]
fn files_that_say_more_than_there_is_are_refused() {
    let header = |size: u64| {
        let mut header = Header::new_ustar();
        header.as_old_mut().name[0] = b'a';
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_size(size);
        header
    };
    for size in [1 << 20, 1 << 62, u64::MAX] {
        refused(
            &[Layer::new().raw(header(size), b"x")],
            "longer than the layer",
        );
    }
    let pax = Layer::new().pax(&[("size", "18446744073709551615")]);
    refused(&[pax.file("a", "x")], "longer than the layer");
    let mut malformed = header(1);
    malformed.as_old_mut().size.fill(b'z');
    refused(&[Layer::new().raw(malformed, b"x")], "has no size");
    let mut malformed = header(1);
    malformed.as_old_mut().uid.fill(0xff);
    refused(&[Layer::new().raw(malformed, b"x")], "owner");
    refused(
        &[Layer::new().pax(&[("uid", "4294967295")]).file("a", "")],
        "owner",
    );
}

#[test]
fn sparse_files_and_unknown_kinds_are_refused() {
    let sparse = Layer::new().entry(EntryType::GNUSparse, "a", 0o644, "", b"");
    refused(&[sparse], "sparse");
    let sparse = Layer::new().pax(&[("GNU.sparse.major", "1")]);
    refused(&[sparse.file("a", "")], "sparse");
    let unknown = Layer::new().entry(EntryType::new(b'Z'), "a", 0o644, "", b"");
    refused(&[unknown], "unknown kind");
}

#[test]
fn a_second_content_behind_the_end_is_refused() {
    let first = Layer::new().file("a", "1").unfinished();
    let second = Layer::new().file("a", "2").bytes();
    refused_bytes(
        &[[first, vec![0; 512], second].concat()],
        "follows a block of zeros",
    );
}

#[test]
fn many_whiteouts_of_many_names_take_no_quadratic_time() {
    let many = 20_000;
    let lower = (0..many).fold(Layer::new(), |layer, number| {
        layer.file(&format!("a/{number}"), "")
    });
    let upper = (0..many).fold(Layer::new(), |layer, number| {
        layer
            .file(&format!("a/.wh.{number}"), "")
            .file("a/.wh..wh..opq", "")
    });
    let place = Place::new();
    let held = place.held(&[lower, upper.file("a/b", "")]);
    assert_eq!(names(&held, "a"), ["b"]);
}

#[test]
fn what_would_fill_the_disk_is_refused_before_it_is_written() {
    let place = Place::new();
    let archive = archive_of(place.folder.path(), &[Layer::new().file("a", "x").bytes()]);
    let roots = place.roots.clone().with_reserve(u64::MAX / 2);
    let error = roots
        .unpack(&archive, &mut |_| {}, &Interrupt::default())
        .expect_err("no disk has as much");
    assert!(error.to_string().contains("must stay free"), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("disk")));
    assert_eq!(place.left(), 0);
}

#[test]
fn one_layer_named_a_thousand_times_is_refused() {
    let layer = Layer::new().file("a", "").bytes();
    let layers = vec![layer; 600];
    refused_bytes(&layers, "too many layers");
}
