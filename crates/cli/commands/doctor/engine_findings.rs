//! What was found of engines, and of what bubblewrap builds on.

use resow_executor::bubblewrap::availability::Unavailable;
use resow_executor::bubblewrap::namespace_setting::NamespaceSetting;
use resow_executor::bubblewrap::{Controller, Delegation, Layout};
use resow_executor::capability::Capabilities;
use resow_executor::capability::distribution::Package;
use resow_executor::capability::engines::{DockerFacts, DockerSilence, DockerState, Engines};
use resow_executor::capability::namespaces::{NamespaceKind, Namespaces, Trial};

use super::finding::{Finding, State};

const DOCKER: (&str, &str) = ("docker", "runs experiments");
const PODMAN: (&str, &str) = ("podman", "runs experiments as Docker does");
const BUBBLEWRAP: (&str, &str) = ("bubblewrap", "runs them with no daemon");
const NAMESPACES: (&str, &str) = ("namespaces", "bubblewrap seals runs");
const OVERLAYS: (&str, &str) = ("overlays", "bubblewrap shares images");
const CONTROL_GROUPS: (&str, &str) = ("control groups", "bubblewrap limits runs");

/// The findings, most important first.
pub(super) fn all(found: &Capabilities) -> Vec<Finding> {
    let has_bubblewrap = matches!(found.engines.bubblewrap, Some(Ok(_)));
    let mut findings = vec![docker(&found.engines), bubblewrap(&found.engines)];
    findings.extend(podman(&found.engines));
    findings.extend(namespaces(found.namespaces.as_ref(), has_bubblewrap));
    findings.push(control_groups(found.control_groups.as_ref()));
    findings
}

fn docker(engines: &Engines) -> Finding {
    let (name, purpose) = DOCKER;
    match &engines.docker {
        None => Finding::unknown(name, purpose),
        Some(DockerState::Answers(facts)) => answering(facts),
        Some(DockerState::Silent { reason, .. }) => silent(engines, reason),
    }
}

fn answering(facts: &DockerFacts) -> Finding {
    let engine = &facts.information.engine;
    let version = if engine.name == "docker" {
        engine.version.clone()
    } else {
        format!("{} {}", engine.name, engine.version)
    };
    let (name, purpose) = DOCKER;
    if facts.missing_limits.is_empty() {
        return Finding::new(name, purpose, State::Ok, version);
    }
    Finding::new(name, purpose, State::Limited, version)
        .because(format!(
            "it cannot limit {}, and resow runs nothing without limits",
            facts.missing_limits.join(", ")
        ))
        .with_hint("enable these control group controllers on the engine's host".to_owned())
}

fn silent(engines: &Engines, reason: &DockerSilence) -> Finding {
    let (name, purpose) = DOCKER;
    let works_without = engines.can_run();
    let is_absent = matches!(reason, DockerSilence::NotInstalled);
    let state = match (works_without, is_absent) {
        (true, true) => State::NotNeeded,
        (true, false) => State::Limited,
        (false, _) => State::Missing,
    };
    let mut finding = Finding::new(name, purpose, state, "")
        .because(reason.to_string())
        .with_hint(reason.hint());
    finding.setting = reason.remedy();
    // The other engine is smaller: this one is the way where that cannot work.
    match &engines.bubblewrap {
        Some(Err(other)) if is_absent && is_beyond_repair(other) => {
            finding.with_package(Package::Docker)
        }
        _ => finding,
    }
}

/// Whether neither a package nor a setting lets bubblewrap work. In a container, no other engine would work either.
fn is_beyond_repair(reason: &Unavailable) -> bool {
    let setting = NamespaceSetting::NotBuilt;
    *reason == Unavailable::UserNamespacesOff { setting }
        || matches!(
            reason,
            Unavailable::TooOld { .. } | Unavailable::Other { .. }
        )
}

fn bubblewrap(engines: &Engines) -> Finding {
    let (name, purpose) = BUBBLEWRAP;
    let reason = match &engines.bubblewrap {
        None => return Finding::unknown(name, purpose),
        Some(Ok(facts)) => return Finding::new(name, purpose, State::Ok, &facts.version),
        Some(Err(reason)) => reason,
    };
    let mut finding = Finding::new(name, purpose, State::Missing, "")
        .because(reason.to_string())
        .with_hint(reason.hint());
    finding.setting = reason.remedy();
    if *reason == Unavailable::NotInstalled {
        finding = finding.with_package(Package::Bubblewrap);
    }
    finding
}

/// Podman, where there is any of it.
fn podman(engines: &Engines) -> Option<Finding> {
    let (name, purpose) = PODMAN;
    let state = engines.podman.as_ref()?;
    let version = state
        .program
        .as_ref()
        .and_then(|podman| podman.version.clone());
    let found = |state| Finding::new(name, purpose, state, version.clone().unwrap_or_default());
    if let Some(socket) = &state.socket {
        let hint = format!("`--docker-host unix://{}` takes it", socket.display());
        return Some(found(State::Ok).with_hint(hint));
    }
    state.program.as_ref()?;
    let hint = "`systemctl --user enable --now podman.socket` turns it on".to_owned();
    let state = if engines.can_run() {
        State::NotNeeded
    } else {
        State::Limited
    };
    Some(found(state).because("its socket is off").with_hint(hint))
}

/// Namespaces, and overlays in them.
fn namespaces(found: Option<&Namespaces>, has_bubblewrap: bool) -> [Finding; 2] {
    let Some(found) = found else {
        return [NAMESPACES, OVERLAYS].map(|(name, purpose)| Finding::unknown(name, purpose));
    };
    let is_overlay = |kind: NamespaceKind| kind == NamespaceKind::Overlay;
    let working: Vec<_> = found
        .trials
        .iter()
        .filter(|(kind, trial)| *trial == Trial::Works && !is_overlay(*kind))
        .map(|(kind, _)| kind.name())
        .collect();
    let was_tried = found
        .trials
        .iter()
        .any(|(_, trial)| !matches!(trial, Trial::Untried(_)));
    let first = |overlay| {
        let mut refused = found
            .refused()
            .filter(move |(kind, _)| is_overlay(*kind) == overlay);
        refused.next()
    };
    let state = |problem: Option<_>| match problem {
        None => State::Ok,
        // What `unshare` would have shown, bubblewrap has.
        Some(_) if !was_tried && has_bubblewrap => State::Ok,
        Some(_) if !was_tried => State::Limited,
        Some(_) => State::Missing,
    };
    let sealing = first(false);
    let (name, purpose) = NAMESPACES;
    let count = format!("{} of 4 kinds", working.len());
    let version = if was_tried {
        count
    } else {
        "not tried".to_owned()
    };
    let mut seals = Finding::new(name, purpose, state(sealing), version);
    if let Some((kind, said)) = sealing {
        seals = seals.because(format!("{}: {said}", kind.name()));
    }
    let overlay = first(true);
    let (name, purpose) = OVERLAYS;
    let mut overlays = Finding::new(name, purpose, state(overlay), "");
    if let Some((_, said)) = overlay {
        overlays = overlays.because(said);
    }
    [seals, overlays]
}

fn control_groups(found: Option<&Delegation>) -> Finding {
    let (name, purpose) = CONTROL_GROUPS;
    let Some(found) = found else {
        return Finding::unknown(name, purpose);
    };
    let version = match found.layout {
        Layout::Absent => "",
        Layout::One => "version 1",
        Layout::Hybrid => "hybrid",
        Layout::Two => "version 2",
    };
    let missing: Vec<_> = found.missing().into_iter().map(Controller::name).collect();
    let Some(hint) = found.hint() else {
        return Finding::new(name, purpose, State::Ok, version);
    };
    Finding::new(name, purpose, State::Limited, version)
        .because(format!(
            "this user may not use {}: limits are held by looking at intervals, which a run may overshoot",
            missing.join(" and ")
        ))
        .with_hint(hint)
}
