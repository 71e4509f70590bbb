//! `[[outputs]]`: where results appear, and how they are compared.

use toml::de::DeValue;

use super::keys;
use super::log::{FaultLog, Located};
use super::section::Section;
use super::setting::Setting;
use crate::fault::FaultKind;
use crate::manifest::{OutputDeclaration, OutputRole};
use crate::output_location::OutputLocation;

const HINT: &str =
    "declare one: `[[outputs]]` with `path = \"out/model.npy\"` or `stream = \"stdout\"`";
const KINDS: &[&str] = &["bytes", "json", "csv", "npy", "npz", "safetensors", "text"];

/// Reads the outputs.
pub(super) fn read(root: &Section<'_>, log: &mut FaultLog) -> Vec<Located<OutputDeclaration>> {
    let Some(setting) = root.get("outputs") else {
        if !root.misspells("outputs") {
            log.add(
                FaultKind::Missing,
                0..0,
                "no output is declared",
                Some(HINT.to_owned()),
            );
        }
        return Vec::new();
    };
    let Some(elements) = setting.list(log) else {
        return Vec::new();
    };
    if elements.is_empty() {
        log.add(
            FaultKind::Missing,
            setting.span,
            "no output is declared",
            Some(HINT.to_owned()),
        );
    }
    let count = elements.len();
    let outputs: Vec<_> = elements
        .into_iter()
        .filter_map(|element| read_output(element, log))
        .collect();
    if count > 0
        && outputs.len() == count
        && outputs
            .iter()
            .all(|output| output.value.role == OutputRole::Log)
    {
        let hint = "leave `role` out at one output";
        log.add(
            FaultKind::Missing,
            outputs[0].span.clone(),
            "every output is a log: nothing would be compared",
            Some(hint.to_owned()),
        );
    }
    outputs
}

fn read_output(mut element: Setting<'_>, log: &mut FaultLog) -> Option<Located<OutputDeclaration>> {
    element.name = "outputs".to_owned();
    let section = element.section(keys::OUTPUT, log)?;
    let role = section
        .get("role")
        .and_then(|setting| setting.one_of(&["log", "result"], log));
    let role = if role == Some("log") {
        OutputRole::Log
    } else {
        OutputRole::Result
    };
    if let Some(setting) = section.get("compare") {
        check_compare(&setting, role, log);
    }
    let location = read_location(&section, log)?;
    Some(Located {
        value: OutputDeclaration {
            location: location.value,
            role,
        },
        span: location.span,
    })
}

fn read_location(section: &Section<'_>, log: &mut FaultLog) -> Option<Located<OutputLocation>> {
    let path = section.get("path");
    let stream = section.get("stream");
    match (&path, &stream) {
        (Some(_), Some(stream)) => log.add(
            FaultKind::Conflict,
            stream.key_span.clone(),
            "`outputs.path` and `outputs.stream` exclude each other",
            Some("declare two outputs".to_owned()),
        ),
        (None, None) if !section.has_unknown() => log.add(
            FaultKind::Missing,
            section.span.clone(),
            "an output has neither `path` nor `stream`",
            Some("write `path = \"out/model.npy\"` or `stream = \"stdout\"`".to_owned()),
        ),
        _ => {}
    }
    let stream = stream.and_then(|setting| {
        setting.one_of(&["stdout"], log)?;
        Some(Located {
            value: OutputLocation::StandardOutput,
            span: setting.span,
        })
    });
    let path = path.and_then(|setting| match setting.parsed(log)? {
        OutputLocation::StandardOutput => {
            let hint = "write `stream = \"stdout\"`".to_owned();
            setting.refuse("`<stdout>` is not a path", Some(hint), log);
            None
        }
        location => Some(Located {
            value: location,
            span: setting.span,
        }),
    });
    path.or(stream)
}

fn check_compare(setting: &Setting<'_>, role: OutputRole, log: &mut FaultLog) {
    let Some(section) = setting.section(keys::COMPARE, log) else {
        return;
    };
    if role == OutputRole::Log {
        log.add(
            FaultKind::Conflict,
            setting.key_span.clone(),
            "a log is never compared",
            Some("leave `compare` or `role` out".to_owned()),
        );
    }
    let tolerances: Vec<_> = ["relative", "absolute"]
        .iter()
        .filter_map(|key| section.get(key))
        .collect();
    let mut right = true;
    for tolerance in &tolerances {
        right &= check_tolerance(tolerance, log);
    }
    let Some(kind) = section.require("kind", "write `compare = { kind = \"bytes\" }`", log) else {
        return;
    };
    match kind.one_of(KINDS, log) {
        Some("bytes") => {
            for tolerance in &tolerances {
                log.add(
                    FaultKind::Conflict,
                    tolerance.key_span.clone(),
                    format!(
                        "`{}` has no meaning where bytes are compared",
                        tolerance.name
                    ),
                    Some("leave it out".to_owned()),
                );
            }
        }
        Some(name) if right => log.add(
            FaultKind::NotYet,
            setting.key_span.clone(),
            format!("setting `outputs.compare` of kind `{name}` does not act yet"),
            Some("leave it out: outputs are compared bit for bit so far".to_owned()),
        ),
        _ => {}
    }
}

fn check_tolerance(setting: &Setting<'_>, log: &mut FaultLog) -> bool {
    let value = match setting.value {
        DeValue::Float(value) => value.as_str().parse::<f64>().ok(),
        DeValue::Integer(value) => value.as_str().parse::<f64>().ok(),
        _ => {
            log.add(
                FaultKind::WrongType,
                setting.span.clone(),
                format!("`{}` must be a number", setting.name),
                None,
            );
            return false;
        }
    };
    let right = value.is_some_and(|value| value.is_finite() && value >= 0.0);
    if !right {
        setting.refuse(
            format!("`{}` must be finite and not below 0", setting.name),
            None,
            log,
        );
    }
    right
}
