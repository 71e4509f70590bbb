//! `[[inputs]]`: names, places and digests.

use std::ops::Range;

use super::digest;
use super::keys;
use super::log::{FaultLog, Located};
use super::section::Section;
use super::setting::Setting;
use crate::digest::Sha256Digest;
use crate::fault::FaultKind;
use crate::workspace_path::WorkspacePath;

/// One element of `[[inputs]]`.
pub(super) struct Input {
    /// Its place in the list.
    pub(super) index: usize,
    /// Its name.
    pub(super) name: Option<Located<String>>,
    /// Where it lands.
    pub(super) at: Option<Located<WorkspacePath>>,
    /// Its digest.
    pub(super) digest: Option<Sha256Digest>,
    /// Where the table stands.
    pub(super) span: Range<usize>,
}

/// Reads the inputs.
pub(super) fn read(root: &Section<'_>, log: &mut FaultLog) -> Vec<Input> {
    let Some(elements) = root.get("inputs").and_then(|setting| setting.list(log)) else {
        return Vec::new();
    };
    let mut inputs: Vec<Input> = Vec::new();
    for (index, element) in elements.iter().enumerate() {
        let Some(input) = read_input(index, element, log) else {
            continue;
        };
        if let Some(name) = &input.name
            && inputs
                .iter()
                .filter_map(|other| other.name.as_ref())
                .any(|other| other.value == name.value)
        {
            log.add(
                FaultKind::Conflict,
                name.span.clone(),
                format!("two inputs are called `{}`", name.value),
                Some("give one another name".to_owned()),
            );
        }
        inputs.push(input);
    }
    inputs
}

fn read_input(index: usize, element: &Setting<'_>, log: &mut FaultLog) -> Option<Input> {
    let mut element = element.clone();
    element.name = "inputs".to_owned();
    let section = element.section(keys::INPUT, log)?;
    let name = section
        .require("name", "write `name = \"digits\"`", log)
        .and_then(|setting| read_name(&setting, log));
    let at = section
        .require(
            "at",
            "write where it lands: `at = \"data/digits.csv\"`",
            log,
        )
        .and_then(|setting| {
            Some(Located {
                value: setting.parsed(log)?,
                span: setting.span,
            })
        });
    Some(Input {
        index,
        digest: read_digest(&section, name.as_ref(), log),
        name,
        at,
        span: section.span,
    })
}

fn read_name(setting: &Setting<'_>, log: &mut FaultLog) -> Option<Located<String>> {
    let text = setting.text(log)?;
    let right = (1..=64).contains(&text.len())
        && !text.starts_with(['.', '-'])
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    if !right {
        let hint = "use letters, digits, `-`, `_` and `.`, at most 64".to_owned();
        setting.refuse(format!("`{text}` is not an input's name"), Some(hint), log);
        return None;
    }
    Some(Located {
        value: text.to_owned(),
        span: setting.span.clone(),
    })
}

fn read_digest(
    section: &Section<'_>,
    name: Option<&Located<String>>,
    log: &mut FaultLog,
) -> Option<Sha256Digest> {
    let sha256 = section.get("sha256");
    let digests = section.get("digests");
    if let (Some(_), Some(digests)) = (&sha256, &digests) {
        log.add(
            FaultKind::Conflict,
            digests.key_span.clone(),
            "`inputs.sha256` and `inputs.digests` exclude each other",
            Some("keep one".to_owned()),
        );
    }
    if let Some(setting) = &digests
        && setting.parsed::<WorkspacePath>(log).is_some()
    {
        setting.not_yet("declare each file as an input with its `sha256`", log);
    }
    if sha256.is_none() && digests.is_none() && !section.misspells("sha256") {
        let (message, span) = match name {
            Some(name) => (
                format!("input `{}` is not pinned", name.value),
                name.span.clone(),
            ),
            None => ("an input is not pinned".to_owned(), section.span.clone()),
        };
        let hint = "`resow pin` writes the digest into the manifest".to_owned();
        log.add(FaultKind::Unpinned, span, message, Some(hint));
    }
    let setting = sha256?;
    digest::read_either(&setting, setting.text(log)?, log)
}
