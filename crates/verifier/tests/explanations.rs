//! What most likely made a rerun differ: from the hosts, from what the runs said, and from where outputs differ.

mod support;

use std::collections::BTreeMap;
use std::io;

use resow_manifest::comparator::{Comparator, ComparatorKind};
use resow_manifest::determinism::{InstructionSet, Profile};
use resow_manifest::digest::Sha256Digest;
use resow_manifest::host_fact::HostFact;
use resow_manifest::manifest::{DeterminismDeclaration, OutputRole};
use resow_manifest::seeding_report::{CodePlace, LibraryUse, UnseededDraw};
use resow_verifier::claim::Claim;
use resow_verifier::content::Source;
use resow_verifier::explanation::{Cause, CauseKind, Certainty, explain};
use resow_verifier::outputs::{OutputPolicy, OutputRule};
use resow_verifier::record::Record;
use resow_verifier::verdict::{Acceptance, Bytes, Grade, judge};

/// Files in memory.
#[derive(Default)]
struct Files(BTreeMap<Sha256Digest, Vec<u8>>);

impl Bytes for Files {
    fn source(&self, digest: &Sha256Digest, _: u64) -> io::Result<Option<Source>> {
        Ok(self.0.get(digest).cloned().map(Source::of_bytes))
    }
}

/// Two records of one plan whose only output is `name`, with these contents.
struct Pair {
    name: &'static str,
    expected: Record,
    got: Record,
    files: Files,
}

impl Pair {
    fn new(profile: Profile, name: &'static str, left: &[u8], right: &[u8]) -> Self {
        let mut expected = support::record();
        let mut plan = expected.plan.plan().clone();
        let declared = DeterminismDeclaration {
            profile,
            ..DeterminismDeclaration::default()
        };
        plan.determinism = declared.resolve(2, "amd64");
        plan.outputs = [name.parse().expect("a location")].into();
        expected.plan = plan.into();
        let rule = OutputRule {
            role: OutputRole::Result,
            comparator: Some(Comparator::of(ComparatorKind::Auto)),
        };
        expected.policy = OutputPolicy {
            rules: [(name.parse().expect("a location"), rule)].into(),
        };
        let mut got = expected.clone();
        expected.outputs = support::results(&[(name, left)]);
        got.outputs = support::results(&[(name, right)]);
        let files = [left, right].map(|bytes| (Sha256Digest::of(bytes), bytes.to_vec()));
        Self {
            name,
            expected,
            got,
            files: Files(files.into()),
        }
    }

    /// The causes, where the rerun is judged by the claim of the first record.
    fn causes(&self) -> Vec<Cause> {
        let claim = Claim::from_record(&self.expected)
            .and_then(|claim| Claim::from_toml(claim.to_toml()?))
            .expect("a claim");
        let evidence = claim.evidence();
        let verdict =
            judge(&evidence, &self.got, Acceptance::default(), &self.files).expect("bytes at hand");
        assert_eq!(verdict.grade, Grade::Different, "{}", self.name);
        explain(&evidence, &self.got, &verdict)
    }

    fn only(&self) -> Cause {
        let mut causes = self.causes();
        assert_eq!(causes.len(), 1, "{causes:#?}");
        causes.remove(0)
    }
}

#[test]
fn another_processor_explains_rounding_where_the_plan_leaves_the_choice() {
    let (left, right) = (br#"{"loss": 0.31415926}"#, br#"{"loss": 0.31415931}"#);
    let mut pair = Pair::new(Profile::Fast, "metrics.json", left, right);
    pair.got.host.cpu_model = "another processor".to_owned();
    let cause = pair.only();
    assert_eq!(cause.kind, CauseKind::Processor);
    assert_eq!(cause.certainty, Certainty::Likely);
    assert!(cause.because.contains("got another processor"), "{cause:?}");
    assert!(cause.pin.expect("a pin").contains("instruction_set"));
    // Pinned, it is no explanation.
    let mut pinned = Pair::new(Profile::Portable, "metrics.json", left, right);
    pinned.got.host.cpu_model = "another processor".to_owned();
    let cause = pinned.only();
    assert_eq!(cause.kind, CauseKind::Rounding);
    assert_eq!(cause.certainty, Certainty::Possible);
}

#[test]
fn a_processor_that_was_to_seem_a_lesser_one_is_named() {
    let mut pair = Pair::new(Profile::Fast, "labels.csv", b"a,b\n1,2\n", b"a,b\n1,3\n");
    pair.got.host.as_if = Some(InstructionSet::X86_64V2);
    let cause = pair.only();
    assert_eq!(
        (cause.kind, cause.certainty),
        (CauseKind::Processor, Certainty::Likely)
    );
    assert!(cause.because.contains("x86-64-v2"), "{cause:?}");
}

#[test]
fn what_libraries_use_otherwise_goes_before_the_hosts() {
    let (left, right) = (br#"{"loss": 0.25}"#, br#"{"loss": 0.75}"#);
    let mut pair = Pair::new(Profile::Fast, "metrics.json", left, right);
    let uses = |what: &str, value: &str| LibraryUse {
        library: "OpenBLAS".to_owned(),
        what: what.to_owned(),
        value: value.to_owned(),
    };
    pair.expected.seeding.uses = vec![uses("kernel", "SkylakeX"), uses("threads", "2")];
    pair.got.seeding.uses = vec![uses("kernel", "Haswell"), uses("threads", "4")];
    pair.got.host.cpu_model = "another".to_owned();
    pair.got.host.cores = 4;
    let causes = pair.causes();
    let kinds: Vec<_> = causes.iter().map(|cause| cause.kind).collect();
    assert_eq!(kinds, [CauseKind::Processor, CauseKind::Threads]);
    assert_eq!(
        causes[0].because,
        "OpenBLAS used another kernel: expected SkylakeX, got Haswell"
    );
}

#[test]
fn the_same_content_in_other_bytes_is_certain() {
    let (left, right) = (br#"{"a": 1, "b": 2}"#, br#"{"b": 2, "a": 1}"#);
    let mut pair = Pair::new(Profile::Portable, "metrics.json", left, right);
    // Declared bit for bit, it differs.
    pair.expected
        .policy
        .rules
        .values_mut()
        .for_each(|rule| rule.comparator = None);
    let cause = pair.only();
    assert_eq!(
        (cause.kind, cause.certainty),
        (CauseKind::Writing, Certainty::Certain)
    );
    assert_eq!(cause.pin.as_deref(), Some("compare = \"auto\""));
}

#[test]
fn the_time_of_the_rerun_is_the_clock() {
    // 2026-01-02T03:04:30Z, between the rerun's start and end; then a field that is called so; then a log line.
    for (name, left, right) in [
        (
            "a.json",
            r#"{"run": 1700000000.5}"#,
            r#"{"run": 1767323070.25}"#,
        ),
        (
            "b.json",
            r#"{"elapsed_ms": 12.5}"#,
            r#"{"elapsed_ms": 14.5}"#,
        ),
        (
            "c.txt",
            "done at 2025-12-31 10:00:00\n",
            "done at 2026-01-02 03:04:30\n",
        ),
    ] {
        let pair = Pair::new(Profile::Portable, name, left.as_bytes(), right.as_bytes());
        let cause = pair.only();
        assert_eq!(
            (cause.kind, cause.certainty),
            (CauseKind::Clock, Certainty::Likely),
            "{name}"
        );
        assert!(cause.pin.expect("a pin").contains("clock ="));
    }
}

#[test]
fn the_same_lines_elsewhere_are_another_order() {
    let pair = Pair::new(Profile::Portable, "names.txt", b"a\nb\nc\n", b"c\na\nb\n");
    let cause = pair.only();
    assert_eq!(
        (cause.kind, cause.certainty),
        (CauseKind::Order, Certainty::Likely)
    );
}

#[test]
fn a_draw_that_is_not_under_the_seed_is_named_with_its_place() {
    let mut pair = Pair::new(Profile::Portable, "label.txt", b"cat\n", b"dog\n");
    pair.got.seeding.draws.push(UnseededDraw {
        call: "numpy.random.seed".to_owned(),
        reason: "the clock".to_owned(),
        at: Some(CodePlace {
            file: "train.py".to_owned(),
            line: 7,
        }),
    });
    let cause = pair.only();
    assert_eq!(
        (cause.kind, cause.certainty),
        (CauseKind::Clock, Certainty::Likely)
    );
    assert!(cause.because.contains("train.py:7"), "{cause:?}");
}

#[test]
fn where_nothing_points_to_a_cause_none_is_named() {
    let pair = Pair::new(Profile::Portable, "label.txt", b"cat\n", b"dog\n");
    assert_eq!(pair.causes(), []);
}

#[test]
fn a_fact_that_the_claim_demands_makes_another_host_incomparable() {
    let mut pair = Pair::new(Profile::Fast, "label.txt", b"cat\n", b"cat\n");
    pair.expected.same = [HostFact::GpuModel, HostFact::CpuCores].into();
    let judged = |pair: &Pair| {
        let claim = Claim::from_record(&pair.expected).expect("a claim");
        let claim = Claim::from_toml(claim.to_toml().expect("a text")).expect("the same claim");
        judge(
            &claim.evidence(),
            &pair.got,
            Acceptance::default(),
            &pair.files,
        )
        .expect("bytes at hand")
    };
    assert_eq!(judged(&pair).grade, Grade::Identical);
    pair.got.host.gpus = vec!["a GPU".to_owned()];
    let verdict = judged(&pair);
    assert_eq!(verdict.grade, Grade::Incomparable);
    let [difference] = verdict.differences.as_slice() else {
        panic!("{verdict:?}");
    };
    assert_eq!(difference.field, "host.gpu.model");
    assert_eq!(difference.left.as_deref(), Some("none"));
    assert_eq!(difference.right.as_deref(), Some("a GPU"));
}

#[test]
fn a_claim_that_demands_facts_and_has_none_is_refused() {
    let mut record = support::record();
    record.same = [HostFact::Kernel].into();
    let mut claim = Claim::from_record(&record).expect("a claim");
    claim.host = None;
    let error = claim.to_toml().expect_err("a contradiction");
    assert!(error.to_string().contains("same"), "{error}");
}
