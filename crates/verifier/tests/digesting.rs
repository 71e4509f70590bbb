//! Digests of real files, friendly and not.

use std::fs;
use std::io::{Seek as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::sync::Mutex;

use resow_manifest::digest::Sha256Digest;
use resow_manifest::workspace_path::WorkspacePath;
use resow_verifier::digesting::{
    BlobSink, BlobWriter, Content, DigestError, DigestOptions, Digested, HashOnly, Limits,
    RefusalReason, digest_files, digest_folder, twins,
};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn digest(root: &Path, limits: Limits) -> Digested {
    let options = DigestOptions {
        threads: None,
        limits,
    };
    digest_folder(root, &HashOnly, &options).expect("the folder can be read")
}

fn file(content: &[u8]) -> Content {
    Content::File {
        digest: Sha256Digest::of(content),
        size: content.len() as u64,
        executable: false,
    }
}

fn found(digested: &Digested) -> Vec<(&str, &Content)> {
    let files = digested.files.iter();
    files
        .map(|file| (file.path.as_str(), &file.content))
        .collect()
}

#[test]
fn files_links_and_empty_folders_are_what_they_are() {
    let root = folder();
    fs::create_dir_all(root.path().join("full/empty")).expect("folders");
    fs::write(root.path().join("full/one"), b"1").expect("a file");
    fs::write(root.path().join("none"), b"").expect("an empty file");
    fs::write(root.path().join("run"), b"#!").expect("a script");
    fs::set_permissions(root.path().join("run"), fs::Permissions::from_mode(0o755))
        .expect("permissions");
    symlink("/etc/passwd", root.path().join("link")).expect("a link");
    symlink("nowhere", root.path().join("dangling")).expect("a link");
    let digested = digest(root.path(), Limits::default());
    let link = |target: &str| Content::Link {
        target: target.to_owned(),
    };
    let script = Content::File {
        digest: Sha256Digest::of(b"#!"),
        size: 2,
        executable: true,
    };
    assert_eq!(
        found(&digested),
        [
            ("dangling", &link("nowhere")),
            ("full/empty", &Content::EmptyFolder),
            ("full/one", &file(b"1")),
            ("link", &link("/etc/passwd")),
            ("none", &file(b"")),
            ("run", &script),
        ]
    );
    assert_eq!(digested.refused, []);
}

#[test]
fn a_folder_that_is_a_link_is_not_entered() {
    let (root, elsewhere) = (folder(), folder());
    fs::write(elsewhere.path().join("secret"), b"secret").expect("a file");
    symlink(elsewhere.path(), root.path().join("out")).expect("a link");
    let path: WorkspacePath = "out/secret".parse().expect("a path");
    let digested = digest_files(root.path(), &[path], &HashOnly, &DigestOptions::default())
        .expect("the folder can be read");
    assert_eq!(digested.files, []);
    assert_eq!(digested.refused[0].reason, RefusalReason::ThroughLink);
}

#[test]
fn what_is_no_file_is_refused_and_never_waited_for() {
    let root = folder();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        root.path().join("fifo"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RWXU,
        0,
    )
    .expect("a FIFO");
    let _socket =
        std::os::unix::net::UnixListener::bind(root.path().join("socket")).expect("a socket");
    let digested = digest(root.path(), Limits::default());
    let reasons: Vec<_> = digested
        .refused
        .iter()
        .map(|refusal| (refusal.path.as_str(), refusal.reason.clone()))
        .collect();
    assert_eq!(
        reasons,
        [
            ("fifo", RefusalReason::Special("a FIFO")),
            ("socket", RefusalReason::Special("a socket")),
        ]
    );
    let path: WorkspacePath = "null".parse().expect("a path");
    let devices = digest_files(
        Path::new("/dev"),
        &[path],
        &HashOnly,
        &DigestOptions::default(),
    )
    .expect("the folder can be read");
    assert_eq!(
        devices.refused[0].reason,
        RefusalReason::Special("a device")
    );
}

#[test]
fn odd_names_are_names() {
    let root = folder();
    let names = [
        "-rf",
        ".hidden",
        "two\nlines",
        " a b ",
        "ünïcode",
        "<stdout>",
    ];
    for name in names {
        fs::write(root.path().join(name), name).expect("a file");
    }
    let digested = digest(root.path(), Limits::default());
    assert_eq!(digested.files.len(), names.len());
    for digested in &digested.files {
        assert_eq!(digested.content, file(digested.path.as_str().as_bytes()));
    }
}

#[test]
fn a_name_that_is_not_text_is_refused() {
    let root = folder();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9");
    fs::write(root.path().join(name), b"").expect("a file");
    let digested = digest(root.path(), Limits::default());
    assert_eq!(digested.files, []);
    assert_eq!(digested.refused[0].path, "caf\u{fffd}");
    assert_eq!(digested.refused[0].reason, RefusalReason::Name);
}

#[test]
fn limits_hold_for_holes_and_for_numbers() {
    let root = folder();
    let mut sparse = fs::File::create(root.path().join("sparse")).expect("a file");
    sparse.set_len(1 << 42).expect("a hole");
    sparse.seek(std::io::SeekFrom::End(0)).expect("the end");
    sparse.write_all(b"end").expect("some bytes");
    let limits = Limits {
        bytes: 1 << 30,
        ..Limits::default()
    };
    let digested = digest(root.path(), limits);
    let reason = RefusalReason::TooLarge { limit: 1 << 30 };
    assert_eq!(digested.refused[0].reason, reason);
    sparse.set_len(3 << 20).expect("a hole");
    let digested = digest(root.path(), limits);
    assert_eq!(found(&digested), [("sparse", &file(&vec![0; 3 << 20]))]);
    for number in 0..10 {
        fs::write(root.path().join(number.to_string()), b"").expect("a file");
    }
    let limits = Limits {
        files: 10,
        ..Limits::default()
    };
    let digested = digest(root.path(), limits);
    let reason = RefusalReason::TooMany { limit: 10 };
    assert_eq!(digested.refused[0].reason, reason);
    assert_eq!(digested.files, []);
}

#[test]
fn tens_of_thousands_of_files_are_the_same_on_any_number_of_threads() {
    let root = folder();
    for number in 0..20_000 {
        let folder = root.path().join(format!("{}", number % 97));
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join(number.to_string()), number.to_string()).expect("a file");
    }
    let with = |threads| {
        let options = DigestOptions {
            threads: std::num::NonZero::new(threads),
            ..DigestOptions::default()
        };
        digest_folder(root.path(), &HashOnly, &options).expect("the folder can be read")
    };
    let one = with(1);
    assert_eq!(one.files.len(), 20_000);
    assert_eq!(one, with(7));
}

/// Changes the file while it is read.
struct Meddler<'a> {
    path: &'a Path,
    length: u64,
}

struct MeddlerWriter<'a>(&'a Meddler<'a>);

impl<'a> BlobSink for &'a Meddler<'a> {
    type Error = std::convert::Infallible;
    type Writer = MeddlerWriter<'a>;

    fn begin(&self) -> Result<MeddlerWriter<'a>, Self::Error> {
        Ok(MeddlerWriter(self))
    }
}

impl BlobWriter for MeddlerWriter<'_> {
    type Error = std::convert::Infallible;

    fn write(&mut self, _piece: &[u8]) -> Result<(), Self::Error> {
        let file = fs::OpenOptions::new().write(true).open(self.0.path);
        file.and_then(|file| file.set_len(self.0.length))
            .expect("the file can be changed");
        Ok(())
    }

    fn finish(self, _digest: &Sha256Digest) -> Result<(), Self::Error> {
        panic!("a file that changed is never finished");
    }
}

#[test]
fn a_file_that_grows_or_shrinks_is_refused() {
    for length in [0, 1, 10 << 20] {
        let root = folder();
        let path = root.path().join("moving");
        fs::write(&path, vec![1; 1 << 20]).expect("a file");
        let meddler = Meddler {
            path: &path,
            length,
        };
        let digested = digest_folder(root.path(), &&meddler, &DigestOptions::default())
            .expect("the folder can be read");
        assert_eq!(digested.refused[0].reason, RefusalReason::Changed);
    }
}

#[derive(Default)]
struct Full(Mutex<usize>);

#[derive(Debug, thiserror::Error)]
#[error("full")]
struct FullError;

impl BlobSink for Full {
    type Error = FullError;
    type Writer = HashOnlyInFull;

    fn begin(&self) -> Result<HashOnlyInFull, FullError> {
        let mut count = self.0.lock().expect("no other thread panics");
        *count += 1;
        if *count > 3 {
            Err(FullError)
        } else {
            Ok(HashOnlyInFull)
        }
    }
}

struct HashOnlyInFull;

impl BlobWriter for HashOnlyInFull {
    type Error = FullError;

    fn write(&mut self, _piece: &[u8]) -> Result<(), FullError> {
        Ok(())
    }

    fn finish(self, _digest: &Sha256Digest) -> Result<(), FullError> {
        Ok(())
    }
}

#[test]
fn a_sink_that_fails_stops_everything() {
    let root = folder();
    for number in 0..100 {
        fs::write(root.path().join(number.to_string()), b"x").expect("a file");
    }
    let result = digest_folder(root.path(), &Full::default(), &DigestOptions::default());
    assert!(matches!(result, Err(DigestError::Sink(FullError))));
}

#[test]
fn a_root_that_is_missing_is_an_error() {
    let root = folder();
    let result = digest_folder(
        &root.path().join("missing"),
        &HashOnly,
        &DigestOptions::default(),
    );
    assert!(matches!(result, Err(DigestError::Folder { .. })));
}

#[test]
fn twins_are_files_with_the_same_bytes_under_the_same_name() {
    let folder = folder();
    let [left, right] = ["left", "right"].map(|name| folder.path().join(name));
    let long = vec![7; 300 << 10];
    let mut longer = long.clone();
    longer[299 << 10] = 8;
    for (root, late) in [(&left, &long), (&right, &longer)] {
        fs::create_dir_all(root.join("inner")).expect("a folder");
        fs::write(root.join("inner/same"), &long).expect("a file");
        fs::write(root.join("empty"), b"").expect("a file");
        fs::write(root.join("late"), late).expect("a file");
        fs::write(root.join("executable"), b"#!").expect("a file");
        symlink("empty", root.join("link")).expect("a link");
    }
    fs::write(left.join("only"), b"1").expect("a file");
    fs::write(right.join("link-to-file"), b"1").expect("a file");
    symlink("only", left.join("link-to-file")).expect("a link");
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(right.join("executable"), mode).expect("a mode");
    let found = twins(&left, &right, &DigestOptions::default()).expect("two folders");
    let found: Vec<_> = found.iter().map(WorkspacePath::as_str).collect();
    assert_eq!(found, ["empty", "inner/same"]);
    let missing = twins(
        &left,
        &folder.path().join("none"),
        &DigestOptions::default(),
    );
    assert!(missing.is_err());
}

#[test]
fn what_says_that_it_is_empty_and_is_not_is_refused() {
    let paths = ["version".parse().expect("a path")];
    let found = digest_files(
        Path::new("/proc"),
        &paths,
        &HashOnly,
        &DigestOptions::default(),
    )
    .expect("the folder can be read");
    assert_eq!(found.files, []);
    assert_eq!(found.refused[0].reason, RefusalReason::Changed);
}
