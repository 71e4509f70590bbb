//! `[env]` and `[secrets]`: variables of the command.

use std::collections::BTreeMap;

use super::keys;
use super::log::FaultLog;
use super::section::Section;
use crate::environment::{is_set_by_resow, is_variable_name};
use crate::fault::FaultKind;

const NAME_HINT: &str = "use letters, digits and `_`, not beginning with a digit";

/// Reads `[env]`.
pub(super) fn read(root: &Section<'_>, log: &mut FaultLog) -> Option<BTreeMap<String, String>> {
    let Some(setting) = root.get("env") else {
        return Some(BTreeMap::new());
    };
    let section = setting.open_section(log)?;
    let mut variables = BTreeMap::new();
    for (name, setting) in section.settings() {
        if !is_variable_name(name) {
            log.add(
                FaultKind::BadValue,
                setting.key_span.clone(),
                format!("`{name}` is not a variable's name"),
                Some(NAME_HINT.to_owned()),
            );
        } else if is_set_by_resow(name) {
            log.add(
                FaultKind::BadValue,
                setting.key_span.clone(),
                format!("variable `{name}` is set by resow itself"),
                Some("leave it out, or use another name".to_owned()),
            );
        }
        let Some(value) = setting.free_text(log) else {
            continue;
        };
        if value.contains('\0') {
            setting.refuse(
                format!("variable `{name}` has a NUL, which no variable can"),
                None,
                log,
            );
        }
        variables.insert(name.to_owned(), value.to_owned());
    }
    Some(variables)
}

/// Looks at `[secrets]`, which does not act yet.
pub(super) fn check_secrets(root: &Section<'_>, log: &mut FaultLog) {
    let Some(section) = root
        .get("secrets")
        .and_then(|setting| setting.section(keys::SECRETS, log))
    else {
        return;
    };
    let Some(setting) = section.require(
        "names",
        "write `names = [\"HF_TOKEN\"]`, or leave `[secrets]` out",
        log,
    ) else {
        return;
    };
    let Some(names) = setting.list(log) else {
        return;
    };
    let mut right = true;
    for name in &names {
        match name.text(log) {
            Some(text) if !is_variable_name(text) => {
                let message = format!("`{text}` is not a variable's name");
                name.refuse(message, Some(NAME_HINT.to_owned()), log);
                right = false;
            }
            Some(_) => {}
            None => right = false,
        }
    }
    if right {
        setting.not_yet(
            "leave `[secrets]` out: runs have no network and see no secret",
            log,
        );
    }
}
