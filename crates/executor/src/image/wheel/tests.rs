//! Wheels made here, well formed and hostile.

use std::fs::File;
use std::io::{Seek, Write};

use resow_manifest::digest::Sha256Digest;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::package::{WheelError, name_and_version, normalised, unpack};
use crate::image::lock::LockedWheel;
use crate::image::root::path::RootPath;
use crate::image::root::spool::Spool;
use crate::image::root::tree::{Entry, Kind, Tree, TreeError};

const METADATA: &str =
    "Metadata-Version: 2.1\nName: Sample_Project\nVersion: 1.0\n\nName: not this\n";
const WHEEL: &str = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n";
const MODULES: &str = "/usr/local/lib/python3.11/dist-packages";

fn well_formed() -> Vec<(&'static str, &'static str)> {
    vec![
        ("sample/__init__.py", "print('sample')\n"),
        ("sample_project-1.0.dist-info/METADATA", METADATA),
        ("sample_project-1.0.dist-info/WHEEL", WHEEL),
        ("sample_project-1.0.dist-info/RECORD", "nonsense"),
    ]
}

fn archive(files: &[(&str, &str)]) -> File {
    let mut writer = ZipWriter::new(tempfile::tempfile().expect("a temporary file"));
    for (name, content) in files {
        let mode = if name.ends_with(".so") { 0o755 } else { 0o600 };
        let options = SimpleFileOptions::default().unix_permissions(mode);
        writer.start_file(*name, options).expect("a new entry");
        writer.write_all(content.as_bytes()).expect("room");
    }
    rewound(writer.finish().expect("room"))
}

fn rewound(mut file: File) -> File {
    file.rewind().expect("a plain file");
    file
}

struct Unpacked {
    tree: Tree,
    spool: Spool,
}

impl Unpacked {
    fn entry(&self, path: &str) -> Option<&Entry> {
        self.tree
            .get(&RootPath::from_absolute(path).expect("plain"))
    }

    fn text(&mut self, path: &str) -> String {
        let Some(Kind::File(content)) = self.entry(path).map(|entry| entry.kind.clone()) else {
            panic!("{path} is no file");
        };
        String::from_utf8(self.spool.bytes(&content).expect("readable")).expect("text")
    }
}

fn unpack_into(unpacked: &mut Unpacked, file: File) -> Result<(), WheelError> {
    let locked = LockedWheel {
        name: "sample-project".into(),
        version: "1.0".into(),
        file: "sample_project-1.0-py3-none-any.whl".into(),
        size: 0,
        digest: Sha256Digest::of(b""),
    };
    unpack(
        file,
        &locked,
        "3.11",
        &mut unpacked.tree,
        &mut unpacked.spool,
    )
}

fn empty() -> Unpacked {
    let folder = tempfile::tempdir().expect("a temporary folder");
    Unpacked {
        tree: Tree::default(),
        spool: Spool::new(folder.path(), 1 << 20).expect("a spool"),
    }
}

fn unpacked(extra: &[(&str, &str)]) -> Result<Unpacked, WheelError> {
    let mut result = empty();
    let files: Vec<_> = well_formed()
        .into_iter()
        .chain(extra.iter().copied())
        .collect();
    unpack_into(&mut result, archive(&files))?;
    Ok(result)
}

fn refused(extra: &[(&str, &str)]) -> WheelError {
    match unpacked(extra) {
        Ok(_) => panic!("it was not refused"),
        Err(error) => error,
    }
}

#[test]
fn files_land_where_their_scheme_says() {
    let mut unpacked = unpacked(&[
        ("sample/native.so", "native"),
        ("sample_project-1.0.data/purelib/more.py", "more"),
        ("sample_project-1.0.data/data/share/sample.txt", "data"),
        ("sample_project-1.0.data/headers/sample.h", "header"),
        (
            "sample_project-1.0.data/scripts/tool",
            "#!python\nprint()\n",
        ),
        ("sample_project-1.0.data/scripts/shell", "#!/bin/sh\n"),
        (
            "sample_project-1.0.dist-info/entry_points.txt",
            "[console_scripts]\nsample = sample:main\n",
        ),
    ])
    .expect("well formed");
    let expected = [
        (format!("{MODULES}/sample/__init__.py"), 0o644),
        (format!("{MODULES}/sample/native.so"), 0o755),
        (format!("{MODULES}/more.py"), 0o644),
        ("/usr/local/share/sample.txt".to_owned(), 0o644),
        (
            "/usr/local/include/python3.11/sample-project/sample.h".to_owned(),
            0o644,
        ),
        ("/usr/local/bin/tool".to_owned(), 0o755),
        ("/usr/local/bin/sample".to_owned(), 0o755),
    ];
    for (path, mode) in expected {
        assert_eq!(
            unpacked.entry(&path).map(|entry| entry.mode),
            Some(mode),
            "{path}"
        );
    }
    assert_eq!(
        unpacked.text("/usr/local/bin/tool"),
        "#!/usr/bin/python3\nprint()\n"
    );
    assert_eq!(unpacked.text("/usr/local/bin/shell"), "#!/bin/sh\n");
}

#[test]
fn the_record_lists_what_was_spread_and_itself() {
    let mut unpacked =
        unpacked(&[("sample_project-1.0.data/scripts/a,b", "x")]).expect("well formed");
    let record = unpacked.text(&format!("{MODULES}/sample_project-1.0.dist-info/RECORD"));
    let lines: Vec<_> = record.lines().collect();
    // SHA-256 of "x" in Base64 for addresses, computed with another implementation.
    assert_eq!(
        lines[0],
        "\"../../../bin/a,b\",sha256=LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE,1"
    );
    assert_eq!(lines.last(), Some(&"sample_project-1.0.dist-info/RECORD,,"));
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("sample/__init__.py,sha256="))
    );
    assert_eq!(lines.len(), 6);
    assert!(!record.contains("nonsense"));
}

#[test]
fn hostile_names_are_refused() {
    for name in [
        "../evil.py",
        "/etc/passwd",
        "sample/../../evil.py",
        "sample_project-1.0.data/scripts/../../../../bin/sh",
        "sample_project-1.0.data/data/../../etc/passwd",
    ] {
        let error = refused(&[(name, "")]);
        assert!(matches!(error, WheelError::Path(_)), "{name}: {error}");
    }
    let error = refused(&[("sample_project-1.0.data/elsewhere/a", "")]);
    assert!(matches!(error, WheelError::Special(_)), "{error}");
    let error = refused(&[("sample/__init__.py/inner", "")]);
    assert!(
        matches!(error, WheelError::Tree(TreeError::NotInFolder { .. })),
        "{error}"
    );
}

#[test]
fn a_symbolic_link_is_refused() {
    let mut writer = ZipWriter::new(tempfile::tempfile().expect("a temporary file"));
    for (name, content) in well_formed() {
        writer
            .start_file(name, SimpleFileOptions::default())
            .expect("a new entry");
        writer.write_all(content.as_bytes()).expect("room");
    }
    writer
        .add_symlink("sample/link", "/etc/passwd", SimpleFileOptions::default())
        .expect("a new entry");
    let file = rewound(writer.finish().expect("room"));
    let error = unpack_into(&mut empty(), file).expect_err("a link");
    assert!(matches!(error, WheelError::Special(_)), "{error}");
}

#[test]
fn another_wheel_than_the_locked_one_is_refused() {
    let mut files = well_formed();
    files[1].1 = "Name: sample-project\nVersion: 2.0\n";
    let error = unpack_into(&mut empty(), archive(&files)).expect_err("another version");
    assert_eq!(error.to_string(), "its version is `2.0`, not `1.0`");
    files[2].1 = "Wheel-Version: 2.0\n";
    let error = unpack_into(&mut empty(), archive(&files)).expect_err("another format");
    assert!(matches!(error, WheelError::Format(_)), "{error}");
    let error = refused(&[("other-1.0.dist-info/METADATA", METADATA)]);
    assert!(
        matches!(error, WheelError::Metadata(".dist-info")),
        "{error}"
    );
}

#[test]
fn a_wheel_with_a_flipped_bit_or_cut_off_is_refused() {
    let mut bytes = Vec::new();
    std::io::copy(&mut archive(&well_formed()), &mut bytes).expect("readable");
    let with = |bytes: &[u8]| {
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(bytes).expect("room");
        unpack_into(&mut empty(), rewound(file))
    };
    assert!(with(&bytes).is_ok());
    for length in (0..bytes.len()).step_by(7) {
        assert!(with(&bytes[..length]).is_err(), "{length}");
    }
    // The first entry's content, which is stored or deflated right after its header and name.
    let position = 30 + "sample/__init__.py".len() + 2;
    bytes[position] ^= 1;
    assert!(with(&bytes).is_err());
}

#[test]
fn two_wheels_with_different_files_at_one_path_are_refused() {
    let mut result = unpacked(&[]).expect("well formed");
    let mut files = well_formed();
    files[0].1 = "another\n";
    let error = unpack_into(&mut result, archive(&files)).expect_err("occupied");
    assert!(
        matches!(error, WheelError::Tree(TreeError::Occupied { .. })),
        "{error}"
    );
}

#[test]
fn names_are_normalised() {
    assert_eq!(normalised("Sample_._Project"), "sample-project");
    let read = name_and_version(archive(&well_formed())).expect("well formed");
    assert_eq!(read, ("sample-project".to_owned(), "1.0".to_owned()));
}
