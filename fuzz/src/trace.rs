//! Traces of a run's processes: whatever they write, two are compared, and a trace agrees with itself.

use std::io;

use resow_manifest::digest::Sha256Digest;
use resow_manifest::trace::TraceDeclaration;
use resow_verifier::content::Source;
use resow_verifier::trace::{
    HeldTrace, RecordedTrace, TraceFinding, bounded, examine_traces, survey,
};
use resow_verifier::verdict::{Bytes, NoBytes};

/// Two traces, by the digests that they are given here.
struct Two([(Sha256Digest, Source); 2]);

impl Bytes for Two {
    fn source(&self, digest: &Sha256Digest, _size: u64) -> io::Result<Option<Source>> {
        let found = self.0.iter().find(|(own, _)| own == digest);
        Ok(found.map(|(_, source)| source.clone()))
    }
}

/// A trace agrees with itself, and with what a claim holds of it; what is found of it and its first half can be written.
/// Accepted is what has steps, and no line that cannot be understood.
pub fn trace(data: &[u8]) -> bool {
    let whole = Source::of_bytes(data);
    let half = Source::of_bytes(&data[..data.len() / 2]);
    let (kept, is_cut) = bounded(&whole).expect("memory");
    assert!(!is_cut && kept.length() == whole.length());
    let recorded = |name: &[u8], source: &Source| {
        let named = (Sha256Digest::of(name), source.length());
        let found = survey(source).expect("memory");
        RecordedTrace::new(TraceDeclaration::default(), named, found, false)
    };
    let one = recorded(b"one", &whole);
    let same = recorded(b"same", &whole);
    let bytes = Two([(one.digest, whole.clone()), (same.digest, whole.clone())]);
    let found = examine_traces(one.evidence(), same.evidence(), &bytes).expect("memory");
    assert!(matches!(found, TraceFinding::Agree { .. }), "{found:?}");

    // What a claim holds has no bytes beside it.
    let held = HeldTrace::new(&one, Some(&whole)).expect("memory");
    let without = Two([(same.digest, whole.clone()), (same.digest, whole.clone())]);
    let found = examine_traces(held.evidence(), same.evidence(), &without).expect("memory");
    let is_part = matches!(found, TraceFinding::Part { .. });
    assert!(!is_part, "{found:?}");
    let _ = examine_traces(held.evidence(), held.evidence(), &NoBytes).expect("memory");

    let shorter = recorded(b"half", &half);
    let bytes = Two([(one.digest, whole), (shorter.digest, half)]);
    for (left, right) in [(&one, &shorter), (&shorter, &one)] {
        let found = examine_traces(left.evidence(), right.evidence(), &bytes).expect("memory");
        serde_json::to_string(&found).expect("a finding can be written");
    }
    one.malformed == 0 && one.steps > 0
}
