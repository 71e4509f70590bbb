//! `resow pin`: what a manifest lacks, and that writing it touches nothing else.

use std::collections::BTreeMap;

use resow_manifest::digest::Sha256Digest;
use resow_manifest::manifest::Manifest;
use resow_manifest::pinning::{PinTargets, PinnedValues, pin};

const UNPINNED: &str = r#"# An experiment, with odd layout.
version=1
command = [ "true" ]   # nothing

[ image ]
reference   =   'localhost:5000/python:3.12'  # moves

[[inputs]]
  name = "a"
  at   = "data/a" # here
  # the end

[[inputs]]
at = "data/b"
name = "b"
[[outputs]]
stream = "stdout""#;

fn values() -> PinnedValues {
    PinnedValues {
        image: Some(Sha256Digest::of(b"image")),
        inputs: BTreeMap::from([(0, Sha256Digest::of(b"a")), (1, Sha256Digest::of(b"b"))]),
    }
}

/// `UNPINNED` with the digests, written by hand.
fn pinned_by_hand() -> String {
    let [a, b] = [b"a", b"b"].map(|content| Sha256Digest::of(content).hex());
    UNPINNED
        .replace(
            "'localhost:5000/python:3.12'",
            &format!(
                "\"localhost:5000/python:3.12@{}\"",
                Sha256Digest::of(b"image")
            ),
        )
        .replace("# here\n", &format!("# here\n  sha256 = \"{a}\"\n"))
        .replace("data/b\"\n", &format!("data/b\"\nsha256 = \"{b}\"\n"))
}

#[test]
fn what_is_not_pinned_is_named() {
    let faults = Manifest::parse(UNPINNED).expect_err("nothing is pinned");
    assert!(faults.only_unpinned());
    let targets = PinTargets::parse(UNPINNED).expect("only digests are missing");
    assert_eq!(targets.image.as_deref(), Some("localhost:5000/python:3.12"));
    let inputs: Vec<_> = targets
        .inputs
        .iter()
        .map(|input| (input.index, input.name.as_str(), input.at.as_str()))
        .collect();
    assert_eq!(inputs, [(0, "a", "data/a"), (1, "b", "data/b")]);
}

#[test]
fn every_other_byte_stays() {
    let pinned = pin(UNPINNED, &values()).expect("only digests are missing");
    assert_eq!(pinned, pinned_by_hand());
    let manifest = Manifest::parse(&pinned).expect("pinned");
    assert_eq!(manifest.inputs[1].digest, Sha256Digest::of(b"b"));
    assert_eq!(pin(&pinned, &values()).as_deref(), Ok(pinned.as_str()));
}

#[test]
fn line_endings_of_windows_stay() {
    let unpinned = UNPINNED.replace('\n', "\r\n");
    let pinned = pin(&unpinned, &values()).expect("only digests are missing");
    assert_eq!(pinned, pinned_by_hand().replace('\n', "\r\n"));
}

#[test]
fn inline_tables_are_pinned_too() {
    let text = "version = 1\ncommand = [\"true\"]\nimage = { id = \"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\" }\ninputs = [ {at = \"x\", name = \"a\"}, # one\n]\noutputs = [ { stream = \"stdout\" } ]\n";
    let pinned = pin(text, &values()).expect("only digests are missing");
    let key = format!("\"x\", sha256 = \"{}\", name", Sha256Digest::of(b"a").hex());
    assert_eq!(pinned, text.replace("\"x\", name", &key));
    Manifest::parse(&pinned).expect("pinned");
}

#[test]
fn a_part_can_be_pinned() {
    let only_image = PinnedValues {
        image: values().image,
        inputs: BTreeMap::new(),
    };
    let pinned = pin(UNPINNED, &only_image).expect("only digests are missing");
    let targets = PinTargets::parse(&pinned).expect("only digests are missing");
    assert_eq!((targets.image, targets.inputs.len()), (None, 2));
}

#[test]
fn other_faults_are_reported_first() {
    let text = UNPINNED.replace("version=1", "version=1\nsede=3");
    let faults = pin(&text, &values()).expect_err("an unknown key");
    assert_eq!(faults.to_string(), "unknown key `sede`");
    assert_eq!(PinTargets::parse(&text), Err(faults));
}
