//! Records and claims as text: held by golden files, read back as they were, damage found.

mod support;

use proptest::prelude::*;
use resow_manifest::digest::Sha256Digest;
use resow_manifest::manifest::{ImageDeclaration, OutputRole};
use resow_manifest::outcome::{Outcome, RunFault};
use resow_manifest::parameter::ParameterValue;
use resow_verifier::claim::{Claim, ClaimError};
use resow_verifier::outputs::Outputs;
use resow_verifier::record::{Record, RecordError, WrittenImage};

fn claim() -> Claim {
    Claim::from_record(&support::record()).expect("a success")
}

#[test]
fn the_text_of_a_record_is_held() {
    let text = support::record().to_json().expect("a record");
    let text = String::from_utf8(text).expect("JSON is text");
    assert_eq!(text, include_str!("golden/record.json"));
}

#[test]
fn the_text_of_a_claim_is_held() {
    let text = claim().to_toml().expect("a claim");
    assert_eq!(text, include_str!("golden/claim.toml"));
}

#[test]
fn what_is_written_is_read() {
    let record = support::record();
    let json = record.to_json().expect("a record");
    assert_eq!(Record::from_json(&json).expect("a record"), record);
    let toml = claim().to_toml().expect("a claim");
    assert_eq!(Claim::from_toml(&toml).expect("a claim"), claim());
}

#[test]
fn one_changed_bit_anywhere_in_a_claim_is_damage() {
    let text = claim().to_toml().expect("a claim").into_bytes();
    for index in 0..text.len() {
        for bit in 0..8 {
            let mut changed = text.clone();
            changed[index] ^= 1 << bit;
            let error = Claim::from_toml(&changed).expect_err("one bit differs");
            assert!(
                matches!(
                    error,
                    ClaimError::Damaged { .. }
                        | ClaimError::NoChecksum
                        | ClaimError::NotText { .. }
                ),
                "bit {bit} of byte {index}: {error}"
            );
        }
    }
}

#[test]
fn a_claim_that_is_cut_short_is_damage() {
    let text = claim().to_toml().expect("a claim");
    for end in 0..text.len() {
        let error = Claim::from_toml(&text[..end]).expect_err("something is missing");
        assert!(error.is_damage(), "{end}: {error}");
    }
}

/// Changes a claim and makes its checksum right again, as a resow of another version might write it.
fn resealed(from: &str, to: &str) -> String {
    let text = claim().to_toml().expect("a claim");
    assert!(text.contains(from), "{from}");
    let changed = text.replacen(from, to, 1);
    let mut lines: Vec<&str> = changed.split_inclusive('\n').collect();
    lines.remove(2);
    let checksum = Sha256Digest::of(lines.concat().as_bytes());
    let line = format!("checksum = \"{checksum}\"\n");
    lines.insert(2, &line);
    lines.concat()
}

#[test]
fn a_newer_claim_says_so() {
    let error = Claim::from_toml(resealed("version = 1", "version = 2")).expect_err("newer");
    assert!(matches!(error, ClaimError::Newer { version: 2, .. }));
    assert!(!error.is_damage());
}

#[test]
fn a_claim_whose_parts_contradict_each_other_is_malformed() {
    for (from, to) in [
        ("seed = 42", "seed = 43"),
        ("experiment = ", "unknown = 1\nexperiment = "),
        ("\"<stdout>\" = \"result\"", "\"else\" = \"result\""),
        ("kind = \"link\"", "kind = \"file\""),
    ] {
        let error = Claim::from_toml(resealed(from, to)).expect_err(to);
        assert!(error.is_damage(), "{to}: {error}");
    }
}

#[test]
fn a_newer_or_malformed_record_says_so() {
    let text = String::from_utf8(support::record().to_json().expect("a record")).expect("text");
    let newer = text.replacen("\"version\": 1", "\"version\": 2", 1);
    let error = Record::from_json(newer.as_bytes()).expect_err("newer");
    assert!(matches!(error, RecordError::Newer { version: 2, .. }));
    for (from, to) in [
        ("\"seed\": 42", "\"seed\": 43"),
        ("\"run\":", "\"unknown\": 1, \"run\":"),
        ("\"count\": 1", "\"count\": 0"),
        ("out/weights.npy", "/etc/passwd"),
    ] {
        assert!(text.contains(from), "{from}");
        let error = Record::from_json(text.replacen(from, to, 1).as_bytes()).expect_err(to);
        assert!(error.is_damage(), "{to}: {error}");
    }
}

#[test]
fn a_failure_is_not_claimed() {
    let mut record = support::record();
    record.outcome = Outcome::Exited { code: 1 };
    let error = Claim::from_record(&record).expect_err("it failed");
    assert!(matches!(error, ClaimError::FailedRun { fault: None, .. }));
    let mut record = support::record();
    record.faults.push(RunFault::MissingOutput {
        location: "out".to_owned(),
    });
    assert!(!record.is_success());
    let error = Claim::from_record(&record).expect_err("it failed");
    assert!(
        error.to_string().contains("output `out` is missing"),
        "{error}"
    );
}

#[test]
fn logs_are_not_claimed() {
    let claim = claim();
    assert!(
        claim
            .outputs
            .values()
            .all(|entry| entry.role == OutputRole::Result)
    );
    assert_eq!(claim.outputs.len() + 1, support::record().outputs.len());
}

#[test]
fn declared_images_are_written_and_read() {
    let digest = Sha256Digest::of(b"");
    let written = WrittenImage::Reference(format!("some/name@{digest}"));
    let declared = ImageDeclaration::try_from(&written).expect("a reference");
    assert_eq!(WrittenImage::from(&declared), written);
    let written = WrittenImage::Reference("some/name:latest".to_owned());
    assert!(ImageDeclaration::try_from(&written).is_err());
}

fn values() -> impl Strategy<Value = ParameterValue> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(ParameterValue::Boolean),
        any::<i64>().prop_map(ParameterValue::Integer),
        any::<f64>()
            .prop_filter("parameters are finite", |number| number.is_finite())
            .prop_map(ParameterValue::Float),
        any::<String>().prop_map(ParameterValue::String),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(ParameterValue::Array),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(ParameterValue::Table),
        ]
    })
}

prop_compose! {
    fn outputs()(files in prop::collection::btree_map("[a-z \"'\\\\\n=#-]{1,8}", any::<[u8; 4]>(), 1..6)) -> Outputs {
        let files: Vec<_> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        support::results(&files)
    }
}

proptest! {
    #[test]
    fn whatever_is_written_is_read(
        parameters in prop::collection::btree_map(any::<String>(), values(), 0..4),
        command in prop::collection::vec(any::<String>(), 1..4),
        outputs in outputs(),
    ) {
        let mut record = support::record();
        let mut plan = record.plan.plan().clone();
        plan.parameters = parameters;
        plan.command = command;
        record.plan = plan.into();
        record.outputs = outputs;
        let json = record.to_json().expect("a record");
        prop_assert_eq!(&Record::from_json(&json).expect("a record"), &record);
        let claim = Claim::from_record(&record).expect("a success");
        let toml = claim.to_toml().expect("a claim");
        let read = Claim::from_toml(&toml).expect("a claim");
        prop_assert_eq!(&read, &claim);
        prop_assert_eq!(read.to_toml().expect("a claim"), toml);
    }
}

#[test]
fn a_claim_of_nothing_is_none() {
    let mut record = support::record();
    record.outputs.clear();
    let claim = Claim::from_record(&record).expect("a success");
    assert!(claim.to_toml().is_err());
}
