//! Verdicts on reruns.

mod support;

use proptest::prelude::*;
use resow_manifest::digest::Sha256Digest;
use resow_manifest::identifiers::ChainId;
use resow_manifest::manifest::OutputRole;
use resow_manifest::outcome::Outcome;
use resow_manifest::parameter::ParameterValue;
use resow_manifest::plan::Plan;
use resow_manifest::seed::Seed;
use resow_verifier::claim::Claim;
use resow_verifier::outputs::{OutputName, OutputPolicy, Outputs};
use resow_verifier::record::Record;
use resow_verifier::verdict::{Acceptance, Finding, Grade, NoBytes, Verdict, compare, judge};

const ACCEPT_IMAGE: Acceptance = Acceptance { image: true };

fn verdict(got: &Record, acceptance: Acceptance) -> Verdict {
    let claim = Claim::from_record(&support::record()).expect("a success");
    judge(&claim.evidence(), got, acceptance, &NoBytes).expect("no bytes are read")
}

fn with_plan(change: impl FnOnce(&mut Plan)) -> Record {
    let mut record = support::record();
    let mut plan = record.plan.plan().clone();
    change(&mut plan);
    record.plan = plan.into();
    record
}

fn name(text: &str) -> OutputName {
    text.parse().expect("a name")
}

fn findings(expected: &Outputs, got: &Outputs) -> Vec<(String, Finding)> {
    compare(expected, &OutputPolicy::default(), got)
        .into_iter()
        .map(|output| (output.name.to_string(), output.finding))
        .collect()
}

#[test]
fn a_rerun_with_the_same_bits_is_identical() {
    let verdict = verdict(&support::record(), Acceptance::default());
    assert_eq!(verdict.to_string(), "identical");
    let logs: Vec<_> = verdict
        .outputs
        .iter()
        .filter(|output| output.finding == Finding::NotCompared)
        .map(|output| output.name.to_string())
        .collect();
    assert_eq!(logs, ["out/train.log"]);
}

#[test]
fn a_log_may_differ() {
    let mut record = support::record();
    let log = support::file(OutputRole::Log, b"another log");
    record.outputs.insert(name("out/train.log"), log);
    assert_eq!(
        verdict(&record, Acceptance::default()).grade,
        Grade::Identical
    );
}

#[test]
fn changed_missing_extra_and_renamed_outputs_are_named() {
    let expected = support::results(&[("a", b"1"), ("b", b"2"), ("c", b"3"), ("d", b"4")]);
    let got = support::results(&[("a", b"1"), ("b", b"!"), ("e", b"4"), ("f", b"6")]);
    let from = name("d");
    assert_eq!(
        findings(&expected, &got),
        [
            ("a".to_owned(), Finding::Identical),
            ("b".to_owned(), Finding::Different),
            ("c".to_owned(), Finding::Missing),
            ("e".to_owned(), Finding::Renamed { from }),
            ("f".to_owned(), Finding::Extra),
        ]
    );
}

#[test]
fn another_kind_is_a_difference() {
    let record = support::record();
    let mut got = record.outputs.clone();
    let link = got[&name("out/latest")].clone();
    got.insert(name("out/weights.npy"), link);
    let verdicts = compare(&record.outputs, &record.policy, &got);
    let changed = verdicts
        .iter()
        .find(|output| output.name == name("out/weights.npy"));
    assert_eq!(
        changed.map(|output| &output.finding),
        Some(&Finding::KindChanged)
    );
}

#[test]
fn other_plans_are_incomparable_and_the_field_is_named() {
    let record = with_plan(|plan| plan.seed = Seed::new(7));
    let verdict = verdict(&record, ACCEPT_IMAGE);
    assert_eq!(verdict.to_string(), "incomparable");
    assert_eq!(verdict.differences[0].field, "seed");
    assert_eq!(verdict.outputs, []);
}

#[test]
fn another_image_is_compared_only_where_that_is_accepted_and_never_plainly() {
    let record = with_plan(|plan| plan.image.chain = ChainId::new(Sha256Digest::of(b"other")));
    assert_eq!(
        verdict(&record, Acceptance::default()).grade,
        Grade::Incomparable
    );
    let verdict = verdict(&record, ACCEPT_IMAGE);
    assert_eq!(verdict.grade, Grade::Identical);
    assert_eq!(verdict.to_string(), "identical, in spite of another image");
}

#[test]
fn another_image_hides_no_other_difference() {
    let record = with_plan(|plan| {
        plan.image.chain = ChainId::new(Sha256Digest::of(b"other"));
        // Written as the number 3 is.
        let text = ParameterValue::String("3".to_owned());
        plan.parameters.insert("epochs".to_owned(), text);
    });
    assert_eq!(verdict(&record, ACCEPT_IMAGE).grade, Grade::Incomparable);
    let record = with_plan(|plan| plan.image.architecture = "arm64".to_owned());
    assert_eq!(verdict(&record, ACCEPT_IMAGE).grade, Grade::Incomparable);
}

#[test]
fn a_run_that_failed_is_failed_whatever_it_made() {
    let mut record = support::record();
    record.outcome = Outcome::Exited { code: 3 };
    assert_eq!(
        verdict(&record, Acceptance::default()).to_string(),
        "failed"
    );
}

#[test]
fn a_looser_policy_is_reported_and_does_not_act() {
    let mut record = support::record();
    let stdout = OutputName::StandardOutput;
    let printed = support::file(OutputRole::Log, b"something else");
    record.outputs.insert(stdout.clone(), printed);
    let extra = support::file(OutputRole::Log, b"extra");
    record.outputs.insert(name("out/extra"), extra);
    let verdict = verdict(&record, Acceptance::default());
    assert_eq!(verdict.grade, Grade::Different);
    assert_eq!(verdict.loosened, [stdout, name("out/extra")]);
}

prop_compose! {
    fn outputs()(files in prop::collection::btree_map("[a-d]", any::<bool>(), 0..5)) -> Outputs {
        let contents = files.values().map(|content| [u8::from(*content)]).collect::<Vec<_>>();
        let files: Vec<_> = files.keys().zip(&contents).map(|(name, content)| (name.as_str(), content.as_slice())).collect();
        support::results(&files)
    }
}

fn grade(expected: &Outputs, got: &Outputs) -> Grade {
    compare(expected, &OutputPolicy::default(), got)
        .iter()
        .filter_map(|output| output.finding.grade())
        .max()
        .unwrap_or(Grade::Identical)
}

proptest! {
    #[test]
    fn what_is_compared_with_itself_is_identical(outputs in outputs()) {
        prop_assert_eq!(grade(&outputs, &outputs), Grade::Identical);
    }

    #[test]
    fn grades_do_not_depend_on_the_side(left in outputs(), right in outputs()) {
        prop_assert_eq!(grade(&left, &right), grade(&right, &left));
        prop_assert_eq!(grade(&left, &right) == Grade::Identical, left == right);
    }

    #[test]
    fn every_output_is_found_once(left in outputs(), right in outputs()) {
        let found = findings(&left, &right);
        let mut named: Vec<String> = found.iter().map(|(name, _)| name.clone()).collect();
        named.extend(found.iter().filter_map(|(_, finding)| match finding {
            Finding::Renamed { from } => Some(from.to_string()),
            _ => None,
        }));
        named.sort();
        let mut all: Vec<String> = left.keys().chain(right.keys()).map(ToString::to_string).collect();
        all.sort();
        all.dedup();
        prop_assert_eq!(named, all);
    }
}
