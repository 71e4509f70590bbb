//! Manifests: each fault has its place, and what is accepted can be run, pinned, recorded and claimed.

use resow_executor::resolve::resolve;
use resow_manifest::digest::Sha256Digest;
use resow_manifest::fault::Faults;
use resow_manifest::identifiers::{ChainId, SourceId};
use resow_manifest::manifest::Manifest;
use resow_manifest::pinning::{PinTargets, PinnedValues, pin};
use resow_manifest::plan::{Plan, PlanImage};

/// A manifest's text: faults lie inside it, a plan has one identity however it is written, and pinning mends.
pub fn manifest(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else {
        return false;
    };
    let read = Manifest::parse(text);
    assert_eq!(read, Manifest::parse(text), "read twice");
    match &read {
        Ok(manifest) => check_plan(manifest),
        Err(faults) => check_faults(text, faults),
    }
    check_pinning(text, read.is_ok());
    read.is_ok()
}

fn check_plan(manifest: &Manifest) {
    let plan = resolve(manifest, SourceId::new(nothing()), image());
    assert_eq!(
        plan.id(),
        resolve(manifest, SourceId::new(nothing()), image()).id()
    );
    assert!(
        !plan.command.is_empty() && !plan.command[0].is_empty(),
        "no program"
    );
    let environment = plan
        .environment
        .iter()
        .flat_map(|(name, value)| [name, value]);
    for word in plan.command.iter().chain(environment) {
        assert!(!word.contains('\0'), "no process can be given {word:?}");
    }
    let json = serde_json::to_vec(&plan).expect("a plan is recorded");
    let recorded: Plan = serde_json::from_slice(&json).expect("a recorded plan is read");
    assert_eq!((recorded.id(), &recorded), (plan.id(), &plan));
    let toml = toml::to_string(&plan).expect("a plan is claimed");
    let claimed: Plan = toml::from_str(&toml).expect("a claimed plan is read");
    assert_eq!((claimed.id(), &claimed), (plan.id(), &plan));
}

fn check_faults(text: &str, faults: &Faults) {
    let mut last = 0;
    for fault in faults {
        assert!(text.get(fault.span.clone()).is_some(), "outside: {fault:?}");
        assert!(fault.span.start >= last, "not in order: {fault:?}");
        last = fault.span.start;
        assert!(
            !fault.message.is_empty() && !fault.message.ends_with('.'),
            "{fault:?}"
        );
        let hint = fault.hint.as_deref();
        assert_ne!(hint, Some(""), "{fault:?}");
        let words = format!("{}{}", fault.message, hint.unwrap_or_default());
        assert!(!words.contains(char::is_control), "{fault:?}");
    }
    assert!(faults.iter().next().is_some(), "refused without a fault");
}

/// Where digests are all that is missing, writing them makes a manifest; where none is, nothing changes.
fn check_pinning(text: &str, accepted: bool) {
    let Ok(targets) = PinTargets::parse(text) else {
        assert!(!accepted, "accepted, and not to be pinned");
        return;
    };
    let values = PinnedValues {
        image: targets.image.as_ref().map(|_| nothing()),
        inputs: targets
            .inputs
            .iter()
            .map(|input| (input.index, nothing()))
            .collect(),
    };
    let pinned = pin(text, &values).expect("only digests are missing");
    Manifest::parse(&pinned).expect("nothing is missing");
    assert_eq!(targets.is_empty(), pinned == text);
    assert_eq!(targets.is_empty(), accepted);
}

fn nothing() -> Sha256Digest {
    Sha256Digest::of(b"")
}

fn image() -> PlanImage {
    PlanImage {
        chain: ChainId::new(nothing()),
        architecture: "amd64".to_owned(),
        environment: [("LANG".to_owned(), "C.UTF-8".to_owned())].into(),
    }
}
