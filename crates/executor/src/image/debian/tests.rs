//! Packages made here, well formed and hostile.

use std::fs::File;
use std::io::{self, Read, Seek, Write};

use resow_manifest::digest::Sha256Digest;
use tar::{EntryType, Header};

use super::package::{PackageError, unpack};
use super::tarball;
use crate::image::lock::LockedPackage;
use crate::image::root::path::{RootPath, RootPathError};
use crate::image::root::spool::Spool;
use crate::image::root::tree::{Kind, Tree, TreeError};

const CONTROL: &str = "Package: sample\nVersion: 1.0-1\nArchitecture: amd64\n";

/// An entry, whose name and link are written as they are, however hostile.
struct Item<'a> {
    name: &'a [u8],
    kind: EntryType,
    content: &'a [u8],
    link: &'a [u8],
    mode: u32,
}

fn item(name: &str, kind: EntryType) -> Item<'_> {
    Item {
        name: name.as_bytes(),
        kind,
        content: b"",
        link: b"",
        mode: 0o755,
    }
}

fn file<'a>(name: &'a str, content: &'a [u8]) -> Item<'a> {
    Item {
        content,
        ..item(name, EntryType::Regular)
    }
}

fn link<'a>(name: &'a str, kind: EntryType, to: &'a str) -> Item<'a> {
    Item {
        link: to.as_bytes(),
        ..item(name, kind)
    }
}

fn tar_of(items: &[Item<'_>]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for item in items {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..item.name.len()].copy_from_slice(item.name);
        header.as_old_mut().linkname[..item.link.len()].copy_from_slice(item.link);
        header.set_entry_type(item.kind);
        header.set_mode(item.mode);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(1);
        header.set_size(item.content.len() as u64);
        header.set_cksum();
        builder
            .append(&header, item.content)
            .expect("written to memory");
    }
    builder.into_inner().expect("written to memory")
}

fn member(name: &str, content: &[u8]) -> Vec<u8> {
    let mut bytes = format!(
        "{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n",
        0,
        0,
        0,
        100_644,
        content.len()
    )
    .into_bytes();
    bytes.extend_from_slice(content);
    if content.len() % 2 == 1 {
        bytes.push(b'\n');
    }
    bytes
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).expect("written to memory");
    encoder.finish().expect("written to memory")
}

fn xz(content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    liblzma::read::XzEncoder::new(content, 1)
        .read_to_end(&mut bytes)
        .expect("written to memory");
    bytes
}

fn zstandard(content: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(content, 1).expect("written to memory")
}

fn package_with(control: &str, data_name: &str, data: &[u8]) -> Vec<u8> {
    [
        b"!<arch>\n".to_vec(),
        member("debian-binary", b"2.0\n"),
        member(
            "control.tar.gz",
            &gzip(&tar_of(&[file("./control", control.as_bytes())])),
        ),
        member(data_name, data),
    ]
    .concat()
}

fn package(items: &[Item<'_>]) -> Vec<u8> {
    package_with(CONTROL, "data.tar", &tar_of(items))
}

struct Unpacked {
    tree: Tree,
    spool: Spool,
}

fn unpacked(bytes: &[u8]) -> Result<Unpacked, PackageError> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut opened: File = tempfile::tempfile_in(folder.path()).expect("a temporary file");
    opened.write_all(bytes).expect("room");
    opened.rewind().expect("a plain file");
    let locked = LockedPackage {
        name: "sample".into(),
        version: "1.0-1".into(),
        architecture: "amd64".into(),
        size: bytes.len() as u64,
        digest: Sha256Digest::of(bytes),
    };
    let mut tree = Tree::default();
    let mut spool = Spool::new(folder.path(), 1 << 30).expect("a spool");
    unpack(opened, &locked, &mut tree, &mut spool)?;
    Ok(Unpacked { tree, spool })
}

fn refused(items: &[Item<'_>]) -> PackageError {
    match unpacked(&package(items)) {
        Ok(_) => panic!("it was not refused"),
        Err(error) => error,
    }
}

fn kind_at<'a>(unpacked: &'a Unpacked, path: &str) -> Option<&'a Kind> {
    let path = RootPath::from_absolute(path).expect("a plain path");
    unpacked.tree.get(&path).map(|entry| &entry.kind)
}

#[test]
fn every_compression_gives_the_same_files() {
    let tar = tar_of(&[
        item("./", EntryType::Directory),
        file("./usr/bin/a", b"content"),
    ]);
    let forms = [
        ("data.tar", tar.clone()),
        ("data.tar.gz", gzip(&tar)),
        ("data.tar.xz", xz(&tar)),
        ("data.tar.zst", zstandard(&tar)),
    ];
    for (name, data) in forms {
        let mut unpacked = unpacked(&package_with(CONTROL, name, &data)).expect(name);
        let Some(Kind::File(content)) = kind_at(&unpacked, "/usr/bin/a").cloned() else {
            panic!("{name}: no file");
        };
        assert_eq!(
            unpacked.spool.bytes(&content).expect("readable"),
            b"content",
            "{name}"
        );
    }
    assert!(unpacked(&package_with(CONTROL, "data.tar.lz4", &tar)).is_err());
}

#[test]
fn top_folders_are_merged_and_documentation_is_left_out() {
    let unpacked = unpacked(&package(&[
        link("./bin", EntryType::Symlink, "usr/bin"),
        file("./bin/a", b"a"),
        link("./bin/b", EntryType::Symlink, "/usr/bin/b"),
        file("./usr/bin/b", b"b"),
        link("./usr/bin/c", EntryType::Link, "./bin/a"),
        file("./usr/share/doc/sample/copyright", b"licence"),
        file("./usr/share/doc/sample/changelog", b"news"),
        file("./usr/share/man/man1/a.1", b"page"),
    ]))
    .expect("well formed");
    assert!(matches!(
        kind_at(&unpacked, "/usr/bin/a"),
        Some(Kind::File(_))
    ));
    assert!(matches!(
        kind_at(&unpacked, "/usr/bin/b"),
        Some(Kind::File(_))
    ));
    assert_eq!(
        kind_at(&unpacked, "/usr/bin/c"),
        kind_at(&unpacked, "/usr/bin/a")
    );
    assert!(kind_at(&unpacked, "/usr/share/doc/sample/copyright").is_some());
    for path in [
        "/bin",
        "/usr/share/doc/sample/changelog",
        "/usr/share/man/man1/a.1",
    ] {
        assert_eq!(kind_at(&unpacked, path), None, "{path}");
    }
}

#[test]
fn names_that_leave_are_refused() {
    for name in [
        "../etc/passwd",
        "./usr/../../etc/passwd",
        "/etc/passwd",
        "usr//bin",
    ] {
        let error = refused(&[file(name, b"")]);
        assert!(matches!(error, PackageError::Path(_)), "{name}: {error}");
    }
    let error = refused(&[Item {
        name: b"./caf\xe9",
        ..item("", EntryType::Regular)
    }]);
    assert!(
        matches!(error, PackageError::Path(RootPathError::NotPlain(_))),
        "{error}"
    );
}

#[test]
fn links_that_leave_are_refused() {
    let error = refused(&[link(
        "./usr/bin/a",
        EntryType::Symlink,
        "../../../etc/passwd",
    )]);
    assert!(
        matches!(error, PackageError::Path(RootPathError::Leaves { .. })),
        "{error}"
    );
    let error = refused(&[link("./usr/bin/a", EntryType::Link, "../../etc/passwd")]);
    assert!(matches!(error, PackageError::Path(_)), "{error}");
    let error = refused(&[link("./usr/bin/a", EntryType::Link, "./etc/passwd")]);
    assert!(
        matches!(error, PackageError::Tree(TreeError::HardLink { .. })),
        "{error}"
    );
    let error = refused(&[link("./bin", EntryType::Symlink, "tmp")]);
    assert!(matches!(error, PackageError::Unmerged(_)), "{error}");
}

#[test]
fn nothing_is_written_through_a_link_or_a_file() {
    for above in [
        link("./usr/a", EntryType::Symlink, "/etc"),
        file("./usr/a", b""),
    ] {
        let error = refused(&[above, file("./usr/a/passwd", b"")]);
        assert!(
            matches!(error, PackageError::Tree(TreeError::NotInFolder { .. })),
            "{error}"
        );
    }
}

#[test]
fn a_path_twice_is_refused_where_the_two_differ() {
    let error = refused(&[file("./usr/a", b"one"), file("./usr/a", b"two")]);
    assert!(
        matches!(error, PackageError::Tree(TreeError::Occupied { .. })),
        "{error}"
    );
    assert!(
        unpacked(&package(&[
            file("./usr/a", b"one"),
            file("./usr/a", b"one")
        ]))
        .is_ok()
    );
}

#[test]
fn devices_are_refused() {
    for kind in [EntryType::Char, EntryType::Block, EntryType::Fifo] {
        let error = refused(&[item("./dev/sda", kind)]);
        assert!(matches!(error, PackageError::Special(_)), "{error}");
    }
}

#[test]
fn another_package_than_the_locked_one_is_refused() {
    let control = CONTROL.replace("1.0-1", "1.0-2");
    let Err(error) = unpacked(&package_with(&control, "data.tar", &tar_of(&[]))) else {
        panic!("it was not refused");
    };
    assert_eq!(error.to_string(), "its Version is `1.0-2`, not `1.0-1`");
}

#[test]
fn long_names_are_read_and_endless_ones_refused() {
    let long = format!("./usr/{}", "a".repeat(150));
    let extension = |content: &'static [u8]| file("././@LongLink", content);
    let name: &'static [u8] = Vec::leak(format!("{long}\0").into_bytes());
    let gnu = Item {
        kind: EntryType::GNULongName,
        ..extension(name)
    };
    let unpacked = unpacked(&package(&[gnu, file("short", b"x")])).expect("well formed");
    assert!(kind_at(&unpacked, &long[1..]).is_some());

    let record = format!("path={long}\n");
    let length = record.len() + 4;
    let record: &'static [u8] = Vec::leak(format!("{length} {record}").into_bytes());
    let pax = Item {
        kind: EntryType::XHeader,
        ..extension(record)
    };
    let unpacked = self::unpacked(&package(&[pax, file("short", b"x")])).expect("well formed");
    assert!(kind_at(&unpacked, &long[1..]).is_some());

    let endless: &'static [u8] = Vec::leak(vec![b'a'; 1 << 20]);
    for kind in [EntryType::GNULongName, EntryType::XHeader] {
        let item = Item {
            kind,
            ..extension(endless)
        };
        let error = refused(&[item, file("short", b"x")]);
        assert!(matches!(error, PackageError::Damaged(_)), "{error}");
    }
}

#[test]
fn a_package_that_is_cut_off_anywhere_is_refused() {
    let tar = tar_of(&[file("./usr/bin/a", &[7; 3000])]);
    let whole = package_with(CONTROL, "data.tar.gz", &gzip(&tar));
    for length in 0..whole.len() - 1 {
        assert!(
            unpacked(&whole[..length]).is_err(),
            "{length} of {}",
            whole.len()
        );
    }
    assert!(unpacked(&whole).is_ok());
}

#[test]
fn a_bomb_is_refused_when_it_passes_the_limit() {
    let tar = tar_of(&[file("./usr/share/man/bomb", &[0; 1 << 20])]);
    for (name, data) in [("data.tar.zst", zstandard(&tar)), ("data.tar.xz", xz(&tar))] {
        let mut reader = tarball::decompress(name, data.as_slice(), 1 << 19).expect("a tar");
        let error = tarball::entries(&mut reader, &mut |_, _| Ok::<_, PackageError>(()))
            .expect_err("past the limit");
        let PackageError::Damaged(error) = error else {
            panic!("{name}: {error}");
        };
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge, "{name}");
    }
}
