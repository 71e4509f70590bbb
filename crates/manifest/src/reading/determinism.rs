//! `profile` and `[determinism]`: what holds chance still.

use toml::de::DeValue;

use super::keys;
use super::log::FaultLog;
use super::section::Section;
use super::setting::Setting;
use crate::clock;
use crate::determinism::{Algorithms, Clock, ClockStep, Entropy, InstructionSet, Profile};
use crate::manifest::DeterminismDeclaration;

/// More threads than Linux can be built for processors (`NR_CPUS`, x86-64).
const MOST_THREADS: i64 = 8192;

/// Reads both. What is wrong is noted, and stands as if it were not written.
pub(super) fn read(root: &Section<'_>, log: &mut FaultLog) -> DeterminismDeclaration {
    let mut declared = DeterminismDeclaration::default();
    if let Some(setting) = root.get("profile")
        && let Some(name) = setting.one_of(Profile::NAMES, log)
    {
        declared.profile = Profile::named(name).unwrap_or(declared.profile);
    }
    let Some(section) = root
        .get("determinism")
        .and_then(|setting| setting.section(keys::DETERMINISM, log))
    else {
        return declared;
    };
    let mut word = |key, names| section.get(key)?.one_of(names, log);
    declared.instruction_set =
        word("instruction_set", InstructionSet::NAMES).and_then(InstructionSet::named);
    declared.algorithms = word("algorithms", Algorithms::NAMES).and_then(Algorithms::named);
    declared.entropy = word("entropy", Entropy::NAMES).and_then(Entropy::named);
    declared.threads = section
        .get("threads")
        .and_then(|setting| setting.integer(1..=MOST_THREADS, log))
        .and_then(|threads| u32::try_from(threads).ok());
    declared.clock = section
        .get("clock")
        .and_then(|setting| read_clock(&setting, log));
    declared
}

/// Reads `"host"`, an instant, or `{ start = 2026-01-01T00:00:00Z, step = "1us" }`.
fn read_clock(setting: &Setting<'_>, log: &mut FaultLog) -> Option<Clock> {
    if let DeValue::Table(_) = setting.value {
        return read_counting_clock(setting, log);
    }
    let clock = instant_text(setting, log)?.parse().ok();
    let clock = clock.filter(|clock| !matches!(clock, Clock::Counting { .. }));
    if clock.is_none() {
        setting.refuse(
            "`determinism.clock` is neither `host` nor a date and time since 1970 with its offset",
            Some("write `2026-01-31T12:00:00Z`".to_owned()),
            log,
        );
    }
    clock
}

fn read_counting_clock(setting: &Setting<'_>, log: &mut FaultLog) -> Option<Clock> {
    let section = setting.section(keys::CLOCK, log)?;
    let start = section.require("start", "write `start = 2026-01-01T00:00:00Z`", log);
    let step = section.require("step", "write `step = \"1us\"`", log);
    let start = start.and_then(|setting| {
        let start = clock::instant(&instant_text(&setting, log)?);
        if start.is_none() {
            setting.refuse(
                "`determinism.clock.start` is no date and time since 1970 with its offset",
                Some("write `2026-01-01T00:00:00Z`".to_owned()),
                log,
            );
        }
        start
    });
    let step = step.and_then(|setting| setting.quantity::<ClockStep>("1us", log));
    Some(Clock::Counting {
        start: start?,
        step: step?,
    })
}

/// What is written as an instant, in quotes or without.
fn instant_text(setting: &Setting<'_>, log: &mut FaultLog) -> Option<String> {
    match setting.value {
        DeValue::Datetime(date) => Some(date.to_string()),
        _ => Some(setting.text(log)?.to_owned()),
    }
}
