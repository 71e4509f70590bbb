//! Which made files belong to which declared output.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use resow_manifest::digest::Sha256Digest;
use resow_manifest::manifest::OutputRole;
use resow_manifest::outcome::RunFault;
use resow_verifier::digesting::{DigestOptions, HashOnly};
use resow_verifier::outputs::{
    MadeFile, MadeKind, OutputName, OutputPolicy, StandardOutput, gather, take,
};

fn policy(locations: &[(&str, OutputRole)]) -> OutputPolicy {
    let rules = locations
        .iter()
        .map(|(text, role)| (text.parse().expect("a location"), (*role).into()));
    OutputPolicy {
        rules: rules.collect(),
    }
}

fn made(path: &str, kind: MadeKind) -> MadeFile {
    let path = PathBuf::from(path);
    MadeFile { path, kind }
}

fn missing(location: &str) -> RunFault {
    RunFault::MissingOutput {
        location: location.to_owned(),
    }
}

#[test]
fn what_is_declared_is_told_from_what_is_not() {
    let policy = policy(&[
        ("<stdout>", OutputRole::Result),
        ("out", OutputRole::Result),
        ("out/train.log", OutputRole::Log),
        ("plots/*.png", OutputRole::Result),
        ("absent.npy", OutputRole::Result),
        ("none/*.txt", OutputRole::Result),
    ]);
    let gathering = gather(
        &policy,
        &[
            made("out", MadeKind::Folder),
            made("out/weights", MadeKind::File),
            made("out/train.log", MadeKind::File),
            made("out/cache", MadeKind::Folder),
            made("plots", MadeKind::Folder),
            made("plots/a.png", MadeKind::File),
            made("plots/deep/b.png", MadeKind::File),
            made("plots/deep", MadeKind::Folder),
            made("notes", MadeKind::Link),
            made("scratch", MadeKind::Folder),
        ],
    );
    let files: Vec<_> = gathering
        .files
        .iter()
        .map(|file| (file.path.as_str(), file.role))
        .collect();
    assert_eq!(
        files,
        [
            ("out/cache", OutputRole::Result),
            ("out/train.log", OutputRole::Log),
            ("out/weights", OutputRole::Result),
            ("plots/a.png", OutputRole::Result),
        ]
    );
    assert_eq!(
        gathering.faults,
        [missing("absent.npy"), missing("none/*.txt")]
    );
    assert_eq!(gathering.undeclared.first, ["notes", "plots/deep/b.png"]);
}

#[test]
fn what_cannot_be_an_output_is_refused_and_not_missing() {
    let policy = policy(&[("out", OutputRole::Result), ("*", OutputRole::Result)]);
    let not_text = PathBuf::from(OsStr::from_bytes(b"out/caf\xe9"));
    let gathering = gather(
        &policy,
        &[
            made("out/pipe", MadeKind::Special("a FIFO")),
            MadeFile {
                path: not_text,
                kind: MadeKind::File,
            },
            made("<stdout>", MadeKind::File),
        ],
    );
    let paths: Vec<_> = gathering
        .faults
        .iter()
        .map(|fault| match fault {
            RunFault::RefusedOutput { path, .. } => path.as_str(),
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(paths, ["out/pipe", "out/caf\u{fffd}", "<stdout>"]);
    assert_eq!(gathering.files, []);
}

#[test]
fn a_long_list_is_cut_and_counted() {
    let files: Vec<_> = (0..5_000)
        .map(|number| made(&format!("{number}"), MadeKind::File))
        .collect();
    let gathering = gather(&policy(&[("<stdout>", OutputRole::Result)]), &files);
    assert_eq!(gathering.undeclared.count, 5_000);
    assert_eq!(gathering.undeclared.first.len(), 100);
}

#[test]
fn outputs_are_taken_with_the_standard_output() {
    let root = tempfile::tempdir().expect("a temporary folder");
    fs::write(root.path().join("a"), b"1").expect("a file");
    let standard_output = StandardOutput {
        digest: Sha256Digest::of(b"hello"),
        size: 5,
    };
    let taken = take(
        root.path(),
        &policy(&[("<stdout>", OutputRole::Log), ("a", OutputRole::Result)]),
        &[made("a", MadeKind::File), made("b", MadeKind::File)],
        standard_output,
        &HashOnly,
        &DigestOptions::default(),
    )
    .expect("the folder can be read");
    let names: Vec<_> = taken.outputs.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["<stdout>", "a"]);
    assert_eq!(
        taken.outputs[&OutputName::StandardOutput].role,
        OutputRole::Log
    );
    assert_eq!(taken.undeclared.first, ["b"]);
    assert_eq!(taken.faults, []);
}
