//! `profile` and `[determinism]`: what holds chance still. Only the host's entropy and clock act so far.

use toml::de::DeValue;

use super::keys;
use super::log::FaultLog;
use super::section::Section;
use super::setting::Setting;

const LEAVE_OUT: &str = "leave it out";

/// Looks at `profile`.
pub(super) fn check_profile(root: &Section<'_>, log: &mut FaultLog) {
    if let Some(setting) = root.get("profile")
        && setting.one_of(&["portable", "fast"], log).is_some()
    {
        setting.not_yet(LEAVE_OUT, log);
    }
}

/// Looks at `[determinism]`.
pub(super) fn check(root: &Section<'_>, log: &mut FaultLog) {
    let Some(section) = root
        .get("determinism")
        .and_then(|setting| setting.section(keys::DETERMINISM, log))
    else {
        return;
    };
    if let Some(setting) = section.get("threads")
        && setting.integer(1..=8192, log).is_some()
    {
        setting.not_yet(
            "leave it out; `OMP_NUM_THREADS` in `[env]` reaches most libraries",
            log,
        );
    }
    let sets = ["host", "x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4"];
    if let Some(setting) = section.get("instruction_set")
        && setting.one_of(&sets, log).is_some()
    {
        setting.not_yet(LEAVE_OUT, log);
    }
    if let Some(setting) = section.get("algorithms")
        && setting.one_of(&["strict", "warn"], log).is_some()
    {
        setting.not_yet(LEAVE_OUT, log);
    }
    if let Some(setting) = section.get("entropy")
        && setting.one_of(&["seeded", "host"], log) == Some("seeded")
    {
        setting.not_yet(
            "leave it out or write `\"host\"`: entropy is the host's so far",
            log,
        );
    }
    if let Some(setting) = section.get("clock") {
        check_clock(&setting, log);
    }
}

fn check_clock(setting: &Setting<'_>, log: &mut FaultLog) {
    let date = match setting.value {
        DeValue::Datetime(date) => Some(*date),
        _ => {
            let Some(text) = setting.text(log) else {
                return;
            };
            if text == "host" {
                return;
            }
            text.parse::<toml::value::Datetime>().ok()
        }
    };
    let complete = date
        .is_some_and(|date| date.date.is_some() && date.time.is_some() && date.offset.is_some());
    if complete {
        setting.not_yet(
            "leave it out or write `\"host\"`: the clock is the host's so far",
            log,
        );
    } else {
        setting.refuse(
            "`determinism.clock` is neither `host` nor a date and time with its offset",
            Some("write `2026-01-31T12:00:00Z`".to_owned()),
            log,
        );
    }
}
