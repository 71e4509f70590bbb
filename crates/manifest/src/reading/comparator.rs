//! `compare`: by which format's content an output is compared, within which tolerance, and without which fields.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::keys;
use super::log::FaultLog;
use super::section::Section;
use super::setting::Setting;
use crate::comparator::{Comparator, ComparatorKind, FieldPattern, IgnoredField, Tolerance};
use crate::fault::FaultKind;
use crate::manifest::OutputRole;

/// Reads `compare = "auto"` or `compare = { kind = "json", relative = 1e-6 }`; `None` where it has a fault.
pub(super) fn read(
    setting: &Setting<'_>,
    role: OutputRole,
    log: &mut FaultLog,
) -> Option<Comparator> {
    if role == OutputRole::Log {
        log.add(
            FaultKind::Conflict,
            setting.key_span.clone(),
            "a log is never compared",
            Some("leave `compare` or `role` out".to_owned()),
        );
    }
    if setting.value.as_str().is_some() {
        return kind(setting, log).map(Comparator::of);
    }
    let section = setting.section(keys::COMPARE, log)?;
    let kind = match section.get("kind") {
        Some(setting) => kind(&setting, log)?,
        None => ComparatorKind::Auto,
    };
    refuse_tolerance(&section, kind, log);
    Some(Comparator {
        kind,
        tolerance: tolerance(&section, log),
        fields: fields(&section, log),
        ignore: ignore(&section, log),
    })
}

fn kind(setting: &Setting<'_>, log: &mut FaultLog) -> Option<ComparatorKind> {
    let names = ComparatorKind::ALL.map(ComparatorKind::name);
    setting.one_of(&names, log)?.parse().ok()
}

/// Where there are no numbers, a tolerance would promise what nothing keeps.
fn refuse_tolerance(section: &Section<'_>, kind: ComparatorKind, log: &mut FaultLog) {
    if kind.has_numbers() {
        return;
    }
    let others = keys::COMPARE.iter().filter(|key| **key != "kind");
    for setting in others.filter_map(|key| section.get(key)) {
        log.add(
            FaultKind::Conflict,
            setting.key_span.clone(),
            format!(
                "`{}` has no meaning where {} compared",
                setting.name,
                if kind == ComparatorKind::Bytes {
                    "bytes are"
                } else {
                    "text is"
                }
            ),
            Some("leave it out, or name another `kind`".to_owned()),
        );
    }
}

fn tolerance(section: &Section<'_>, log: &mut FaultLog) -> Tolerance {
    let mut bound = |key| {
        let setting = section.get(key)?;
        number(&setting, log)
    };
    Tolerance {
        absolute: bound("absolute"),
        relative: bound("relative"),
        units_in_last_place: section
            .get("units_in_last_place")
            .and_then(|setting| setting.integer(0..=i64::MAX, log))
            .and_then(|units| u64::try_from(units).ok()),
    }
}

fn number(setting: &Setting<'_>, log: &mut FaultLog) -> Option<f64> {
    let text = match setting.value {
        DeValue::Float(value) => value.as_str().replace('_', ""),
        DeValue::Integer(value) => value.as_str().replace('_', ""),
        _ => {
            log.add(
                FaultKind::WrongType,
                setting.span.clone(),
                format!("`{}` must be a number", setting.name),
                None,
            );
            return None;
        }
    };
    let value = text.parse::<f64>().ok();
    let value = value.filter(|value| value.is_finite() && *value >= 0.0);
    if value.is_none() {
        setting.refuse(
            format!("`{}` must be finite and not below 0", setting.name),
            None,
            log,
        );
    }
    value
}

fn fields(section: &Section<'_>, log: &mut FaultLog) -> BTreeMap<FieldPattern, Tolerance> {
    let Some(section) = section
        .get("fields")
        .and_then(|setting| setting.open_section(log))
    else {
        return BTreeMap::new();
    };
    let mut fields = BTreeMap::new();
    for (key, setting) in section.settings() {
        let pattern = match key.parse::<FieldPattern>() {
            Ok(pattern) => pattern,
            Err(error) => {
                log.add(FaultKind::BadValue, setting.key_span.clone(), error, None);
                continue;
            }
        };
        if let Some(section) = setting.section(keys::TOLERANCE, log) {
            fields.insert(pattern, tolerance(&section, log));
        }
    }
    fields
}

fn ignore(section: &Section<'_>, log: &mut FaultLog) -> Vec<IgnoredField> {
    let Some(elements) = section.get("ignore").and_then(|setting| setting.list(log)) else {
        return Vec::new();
    };
    let mut read_one = |element: Setting<'_>| {
        let section = element.section(keys::IGNORE, log)?;
        let field = section.require("field", "write `field = \"seconds\"`", log);
        let hint = "say why, in a few words: `reason = \"wall time\"`; the verdict repeats it";
        let reason = section.require("reason", hint, log);
        let field = field.and_then(|setting| setting.parsed(log));
        let reason = reason.and_then(|setting| {
            let text = setting.text(log)?;
            if text.trim().is_empty() {
                setting.refuse("`reason` is empty", Some(hint.to_owned()), log);
                return None;
            }
            Some(text.to_owned())
        });
        Some(IgnoredField {
            field: field?,
            reason: reason?,
        })
    };
    elements.into_iter().filter_map(&mut read_one).collect()
}
