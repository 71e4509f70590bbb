//! `[[outputs]]`: where results appear, and how they are compared.

use super::comparator;
use super::keys;
use super::log::{FaultLog, Located};
use super::section::Section;
use super::setting::Setting;
use crate::fault::FaultKind;
use crate::manifest::{OutputDeclaration, OutputRole};
use crate::output_location::OutputLocation;

const HINT: &str =
    "declare one: `[[outputs]]` with `path = \"out/model.npy\"` or `stream = \"stdout\"`";

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
    let comparator = section
        .get("compare")
        .and_then(|setting| comparator::read(&setting, role, log));
    let location = read_location(&section, log)?;
    Some(Located {
        value: OutputDeclaration {
            location: location.value,
            role,
            comparator,
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
