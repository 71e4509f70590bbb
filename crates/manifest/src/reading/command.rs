//! `command`: the program and its arguments, with their placeholders.

use std::collections::BTreeMap;
use std::ops::Range;

use super::log::{FaultLog, Located};
use super::section::Section;
use crate::fault::FaultKind;
use crate::manifest::Manifest;
use crate::parameter::ParameterValue;
use crate::suggestion::nearest;
use crate::template::{Piece, parameter, parameter_paths, pieces};

const HINT: &str = "write the program and its arguments: `command = [\"python3\", \"train.py\"]`";

/// Reads the command; its placeholders are looked at by [`check_placeholders`].
pub(super) fn read(root: &Section<'_>, log: &mut FaultLog) -> Option<Vec<Located<String>>> {
    let setting = root.require("command", HINT, log)?;
    if setting.value.as_str().is_some() {
        log.add(
            FaultKind::WrongType,
            setting.span,
            "`command` must be a list, not a text",
            Some(HINT.to_owned()),
        );
        return None;
    }
    let elements = setting.list(log)?;
    if elements.is_empty() {
        setting.refuse("`command` is empty", Some(HINT.to_owned()), log);
    }
    let mut arguments = Vec::new();
    for (index, element) in elements.iter().enumerate() {
        let Some(text) = element.free_text(log) else {
            continue;
        };
        if index == 0 && text.is_empty() {
            element.refuse(
                "the program of `command` is empty",
                Some(HINT.to_owned()),
                log,
            );
        }
        if text.contains('\0') {
            element.refuse(
                format!("`{}` has a NUL, which no argument can", element.name),
                None,
                log,
            );
        }
        arguments.push(Located {
            value: text.to_owned(),
            span: element.span.clone(),
        });
    }
    Some(arguments)
}

/// Notes every placeholder that names nothing.
pub(super) fn check_placeholders(
    command: &[Located<String>],
    parameters: &BTreeMap<String, ParameterValue>,
    text: &str,
    log: &mut FaultLog,
) {
    for argument in command {
        for piece in pieces(&argument.value) {
            let Piece::Placeholder(word, range) = piece else {
                continue;
            };
            let known = word == "seed"
                || word
                    .strip_prefix("params.")
                    .is_some_and(|path| parameter(parameters, path).is_some());
            if !known {
                log.add(
                    FaultKind::BadValue,
                    place_in(argument, &range, text),
                    format!("unknown placeholder `{{{word}}}`"),
                    Some(hint_for(word, parameters)),
                );
            }
        }
    }
}

/// Notes a program of which nothing is left once it is filled in.
pub(super) fn check_program(manifest: &Manifest, span: Range<usize>, log: &mut FaultLog) {
    let written_empty = manifest.command.first().is_some_and(String::is_empty);
    if !written_empty && manifest.has_empty_program() {
        let message = "the program of `command` is empty once its parameters are filled in";
        log.add(FaultKind::BadValue, span, message, Some(HINT.to_owned()));
    }
}

fn hint_for(word: &str, parameters: &BTreeMap<String, ParameterValue>) -> String {
    let paths = parameter_paths(parameters);
    let candidates = || paths.iter().map(String::as_str);
    let path = ["params.", "param.", "parameters."]
        .iter()
        .find_map(|prefix| word.strip_prefix(prefix));
    let meant = match path {
        Some(path) => nearest(path, candidates()).map(|path| format!("params.{path}")),
        None if candidates().any(|path| path == word) => Some(format!("params.{word}")),
        None => nearest(word, ["seed"]).map(ToOwned::to_owned),
    };
    match (meant, path) {
        (Some(meant), _) => format!("did you mean `{{{meant}}}`?"),
        (None, Some(path)) => format!("declare `{path}` under `[params]`"),
        (None, None) => format!("for the text `{{{word}}}` itself, write `{{{{{word}}}}}`"),
    }
}

/// Where a part of an argument stands: exact where the text was written without escapes, else the whole argument.
fn place_in(argument: &Located<String>, range: &Range<usize>, text: &str) -> Range<usize> {
    let written = text.get(argument.span.clone()).unwrap_or_default();
    match written.match_indices(argument.value.as_str()).next() {
        Some((offset, _)) if !argument.value.is_empty() => {
            let start = argument.span.start + offset;
            start + range.start..start + range.end
        }
        _ => argument.span.clone(),
    }
}
