//! Traces: the first step that differs, for each process, whatever stands around it.

mod support;

use std::collections::BTreeMap;
use std::io;

use proptest::prelude::*;
use resow_manifest::digest::Sha256Digest;
use resow_manifest::trace::TraceDeclaration;
use resow_verifier::claim::Claim;
use resow_verifier::content::Source;
use resow_verifier::record::Record;
use resow_verifier::trace::{
    HeldTrace, PartingPlace, RecordedTrace, TraceFinding, bounded, examine_traces, survey,
};
use resow_verifier::verdict::Bytes;

/// Blobs in memory.
#[derive(Default)]
struct Blobs(BTreeMap<Sha256Digest, Vec<u8>>);

impl Bytes for Blobs {
    fn source(&self, digest: &Sha256Digest, _size: u64) -> io::Result<Option<Source>> {
        let found = self.0.get(digest);
        Ok(found.map(|bytes| Source::of_bytes(bytes.clone())))
    }
}

impl Blobs {
    fn record(&mut self, text: &str, is_cut: bool) -> RecordedTrace {
        let digest = Sha256Digest::of(text.as_bytes());
        self.0.insert(digest, text.as_bytes().to_vec());
        let found = survey(&Source::of_bytes(text.as_bytes())).expect("memory");
        let named = (digest, text.len() as u64);
        RecordedTrace::new(TraceDeclaration::default(), named, found, is_cut)
    }
}

/// A line of a process.
fn line(process: &str, step: u64, values: &[(&str, &str)]) -> String {
    let values: Vec<_> = values
        .iter()
        .map(|(name, text)| format!("\"{name}\":\"{text}\""))
        .collect();
    let values = values.join(",");
    format!("{{\"process\":\"{process}\",\"step\":{step},\"values\":{{{values}}}}}\n")
}

/// The trace of a training whose `weight` is another from `nudged` on.
fn training(steps: u64, nudged: u64) -> String {
    let lines = (1..=steps).map(|step| {
        let weight = format!("{}", step * 7 + u64::from(step >= nudged));
        line("", step, &[("weight", &weight), ("bias", "0")])
    });
    lines.collect()
}

fn find(left: &str, right: &str) -> TraceFinding {
    let mut blobs = Blobs::default();
    let (left, right) = (blobs.record(left, false), blobs.record(right, false));
    examine_traces(left.evidence(), right.evidence(), &blobs).expect("memory")
}

/// The one parting: after which step, and how.
fn parting(found: &TraceFinding) -> (Option<u64>, &PartingPlace) {
    let TraceFinding::Part { partings, .. } = found else {
        panic!("{found:?}");
    };
    assert_eq!(partings.len(), 1, "{found:?}");
    (partings[0].after, &partings[0].place)
}

const fn agree(steps: u64) -> TraceFinding {
    TraceFinding::Agree {
        steps,
        is_whole: true,
    }
}

#[test]
fn the_first_step_that_differs_is_found_wherever_it_is() {
    let base = training(300, u64::MAX);
    for nudged in [1, 2, 217, 299, 300] {
        let found = find(&base, &training(300, nudged));
        let (after, place) = parting(&found);
        assert_eq!(after, (nudged > 1).then_some(nudged - 1));
        let PartingPlace::Values {
            step,
            differing: 1,
            values,
        } = place
        else {
            panic!("{place:?}");
        };
        assert_eq!((*step, values[0].name.as_str()), (nudged, "weight"));
        assert_eq!(values[0].left, Some((nudged * 7).to_string()));
        assert_eq!(values[0].right, Some((nudged * 7 + 1).to_string()));
    }
    assert_eq!(find(&base, &format!("\n{base}\n")), agree(300));
}

#[test]
fn a_step_or_value_that_one_side_lacks_is_a_difference() {
    let base = training(300, u64::MAX);
    let found = find(&base, &training(299, u64::MAX));
    let ended = PartingPlace::Steps {
        left: Some(300),
        right: None,
    };
    assert_eq!(parting(&found), (Some(299), &ended));

    let without = base.replacen(&line("", 5, &[("weight", "35"), ("bias", "0")]), "", 1);
    let skipped = PartingPlace::Steps {
        left: Some(5),
        right: Some(6),
    };
    assert_eq!(parting(&find(&base, &without)), (Some(4), &skipped));

    let one = line("", 1, &[("a", "1"), ("b", "2"), ("c", "3")]);
    let other = line("", 1, &[("d", "4"), ("c", "5"), ("a", "1")]);
    let found = find(&one, &other);
    let (_, PartingPlace::Values { values, .. }) = parting(&found) else {
        panic!("{found:?}");
    };
    let names: Vec<_> = values.iter().map(|value| value.name.as_str()).collect();
    assert_eq!(names, ["b", "c", "d"]);
    assert_eq!((&values[0].right, &values[2].left), (&None, &None));

    // The same values, in another order or once more.
    let moved = line("", 1, &[("b", "2"), ("a", "1"), ("c", "3")]);
    let found = find(&one, &moved);
    let (_, PartingPlace::Values { differing, .. }) = parting(&found) else {
        panic!("{found:?}");
    };
    assert_eq!(*differing, 1);
    assert_eq!(find(&one, &format!("{one}{}", line("", 1, &[]))), agree(1));
}

#[test]
fn lines_of_one_step_are_one_however_they_are_divided() {
    let whole = line("", 1, &[("a", "1"), ("b", "2")]);
    let parts = line("", 1, &[("a", "1")]) + &line("p", 9, &[]) + &line("", 1, &[("b", "2")]);
    assert_eq!(find(&(whole + &line("p", 9, &[])), &parts), agree(1));
}

#[test]
fn processes_are_matched_by_their_names_and_like_programs_in_their_order() {
    let of = |program: &str, value: &str| {
        line("rank 0", 1, &[("a", value)]).replacen(
            '{',
            &format!("{{\"program\":\"{program}\","),
            1,
        )
    };
    let one = of("aa", "1") + &of("bb", "2");
    assert_eq!(find(&one, &(of("bb", "2") + &of("aa", "1"))), agree(1));
    assert_eq!(find(&one, &(of("cc", "1") + &of("dd", "2"))), agree(1));
    let found = find(&one, &of("aa", "1"));
    let TraceFinding::Part {
        partings,
        only_left,
        only_right,
        ..
    } = &found
    else {
        panic!("{found:?}");
    };
    assert_eq!((partings.len(), only_right.len()), (0, 0));
    assert_eq!(only_left[0].program, "bb");
}

#[test]
fn what_was_cut_off_is_compared_as_far_as_it_goes() {
    let mut blobs = Blobs::default();
    let whole = blobs.record(&training(300, u64::MAX), false);
    let short = training(200, u64::MAX) + &line("late", 1, &[]);
    let cut = blobs.record(&short.replace(&line("late", 1, &[]), ""), true);
    let found = examine_traces(whole.evidence(), cut.evidence(), &blobs).expect("memory");
    let expected = TraceFinding::Agree {
        steps: 200,
        is_whole: false,
    };
    assert_eq!(found, expected);
    let other = blobs.record(&training(200, 150), true);
    let found = examine_traces(other.evidence(), whole.evidence(), &blobs).expect("memory");
    assert_eq!(parting(&found).0, Some(149));
}

#[test]
fn more_than_is_kept_is_cut_at_a_line() {
    let line = format!("{}\n", "x".repeat(65_000));
    let bytes = line.repeat((256 << 20) / line.len() + 2).into_bytes();
    let (kept, is_cut) = bounded(&Source::of_bytes(bytes)).expect("memory");
    assert!(is_cut);
    assert!(kept.length() <= 256 << 20);
    assert_eq!(kept.length() % line.len() as u64, 0);
    let (all, is_cut) = bounded(&kept).expect("memory");
    assert_eq!((all.length(), is_cut), (kept.length(), false));
}

/// What is found where the left trace is known from a claim alone.
fn find_held(left: &str, right: &str) -> TraceFinding {
    let mut blobs = Blobs::default();
    let recorded = blobs.record(left, false);
    let held = HeldTrace::new(&recorded, Some(&Source::of_bytes(left.as_bytes()))).expect("memory");
    let mut blobs = Blobs::default();
    let right = blobs.record(right, false);
    examine_traces(held.evidence(), right.evidence(), &blobs).expect("memory")
}

#[test]
fn a_claim_holds_small_traces_whole_and_of_large_ones_where_they_part() {
    // Small enough to be held as it is.
    let found = find_held(&training(50, u64::MAX), &training(50, 31));
    assert!(matches!(
        parting(&found),
        (Some(30), PartingPlace::Values { step: 31, .. })
    ));

    // A digest for each step.
    let base = training(1000, u64::MAX);
    assert_eq!(find_held(&base, &format!("{base}\n")), agree(1000));
    for nudged in [1, 613, 1000] {
        let found = find_held(&base, &training(1000, nudged));
        let exact = PartingPlace::Within {
            first: nudged,
            last: nudged,
        };
        assert_eq!(
            parting(&found),
            ((nudged > 1).then_some(nudged - 1), &exact)
        );
    }

    // A digest for ten steps.
    let base = training(10_000, u64::MAX);
    assert_eq!(find_held(&base, &format!("{base}\n")), agree(10_000));
    let found = find_held(&base, &training(10_000, 6_157));
    let between = PartingPlace::Within {
        first: 6_151,
        last: 6_160,
    };
    assert_eq!(parting(&found), (Some(6_150), &between));
    let found = find_held(&base, &training(9_000, u64::MAX));
    assert_eq!(parting(&found).0, Some(9_000));
    let found = find_held(&training(9_000, u64::MAX), &base);
    assert_eq!(parting(&found).0, Some(9_000));
}

#[test]
fn a_claim_with_a_trace_is_read_again_and_refused_where_it_contradicts_itself() {
    for steps in [50, 5000] {
        let text = training(steps, 20);
        let mut blobs = Blobs::default();
        let mut record = support::record();
        record.trace = Some(blobs.record(&text, false));
        let json = record.to_json().expect("a record");
        assert_eq!(Record::from_json(&json).expect("the same"), record);
        assert!(
            record
                .blobs()
                .contains_key(&Sha256Digest::of(text.as_bytes()))
        );

        let claim = Claim::from_record(&record).expect("a success");
        let claim = claim.with_trace(&record, &blobs).expect("memory");
        let toml = claim.to_toml().expect("a claim");
        assert!(toml.len() < 40_000, "{} bytes", toml.len());
        assert_eq!(Claim::from_toml(&toml).expect("the same"), claim);

        let mut wrong = claim;
        let trace = wrong.trace.as_mut().expect("a trace");
        if steps == 50 {
            trace.steps += 1;
            assert!(wrong.to_toml().is_err());
        }
    }
    // Records and claims from before there were traces.
    let record = support::record();
    let json = String::from_utf8(record.to_json().expect("a record")).expect("text");
    assert!(!json.contains("\"trace\""));
    assert!(Record::from_json(json.as_bytes()).is_ok());
}

proptest! {
    #[test]
    fn however_lines_of_processes_are_mixed_the_finding_is_the_same(
        order in proptest::collection::vec(0usize..3, 90),
        other in proptest::collection::vec(0usize..3, 90),
        nudged in 1u64..=30,
        of in 0usize..3,
    ) {
        let mixed = |order: &[usize], nudged: u64| {
            let mut waiting = [1u64; 3];
            let mut text = String::new();
            // Each process has 30 steps, in whichever order they came.
            for process in order.iter().copied().chain((0..3).cycle().take(90)) {
                let step = waiting[process];
                if step <= 30 {
                    waiting[process] += 1;
                    let value = if process == of && step >= nudged { "1" } else { "0" };
                    text.push_str(&line(&format!("rank {process}"), step, &[("w", value)]));
                }
            }
            text
        };
        let base = mixed(&order, u64::MAX);
        prop_assert_eq!(find(&base, &mixed(&other, u64::MAX)), agree(30));
        let found = find(&base, &mixed(&other, nudged));
        let (_, place) = parting(&found);
        let is_found = matches!(place, PartingPlace::Values { step, .. } if *step == nudged);
        prop_assert!(is_found, "{:?}", found);
    }
}
