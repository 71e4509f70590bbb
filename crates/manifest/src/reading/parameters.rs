//! `[params]`: values as TOML and JSON both can say them.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::log::FaultLog;
use super::section::Section;
use super::setting::Setting;
use crate::fault::FaultKind;
use crate::parameter::ParameterValue;
use crate::workspace_path::WorkspacePath;

/// Reads the parameters.
pub(super) fn read(
    root: &Section<'_>,
    log: &mut FaultLog,
) -> Option<BTreeMap<String, ParameterValue>> {
    let Some(setting) = root.get("params") else {
        return Some(BTreeMap::new());
    };
    let section = setting.open_section(log)?;
    let mut parameters = BTreeMap::new();
    let mut complete = true;
    for (key, setting) in section.settings() {
        if key == "file" {
            complete = false;
            if setting.parsed::<WorkspacePath>(log).is_some() {
                setting.not_yet("write the parameters into `[params]`", log);
            }
        } else if let Some(value) = read_value(key, &setting, log) {
            parameters.insert(key.to_owned(), value);
        } else {
            complete = false;
        }
    }
    complete.then_some(parameters)
}

fn read_value(key: &str, setting: &Setting<'_>, log: &mut FaultLog) -> Option<ParameterValue> {
    if key.contains('\0') {
        setting.refuse("a parameter's name has a NUL", None, log);
        return None;
    }
    value(setting, log)
}

/// Reads one value and what is in it.
pub(super) fn value(setting: &Setting<'_>, log: &mut FaultLog) -> Option<ParameterValue> {
    match setting.value {
        DeValue::Boolean(value) => Some(ParameterValue::Boolean(*value)),
        DeValue::Integer(_) => setting
            .integer(i64::MIN..=i64::MAX, log)
            .map(ParameterValue::Integer),
        DeValue::Float(float) => {
            let value = float
                .as_str()
                .parse::<f64>()
                .ok()
                .filter(|value| value.is_finite());
            if value.is_none() {
                let message = format!("`{}` is `{float}`, which is not finite", setting.name);
                setting.refuse(
                    message,
                    Some("JSON has no such number: write a text".to_owned()),
                    log,
                );
            }
            value.map(ParameterValue::Float)
        }
        DeValue::String(text) if text.contains('\0') => {
            setting.refuse(
                format!("`{}` has a NUL, which no argument can", setting.name),
                None,
                log,
            );
            None
        }
        DeValue::String(text) => Some(ParameterValue::String(text.to_string())),
        DeValue::Datetime(date) => {
            log.add(
                FaultKind::WrongType,
                setting.span.clone(),
                format!(
                    "`{}` is a date or time, which JSON does not have",
                    setting.name
                ),
                Some(format!("put it in quotes: `\"{date}\"`")),
            );
            None
        }
        DeValue::Array(_) => {
            let elements = setting.list(log)?;
            let values: Vec<_> = elements.iter().map(|element| value(element, log)).collect();
            values
                .into_iter()
                .collect::<Option<_>>()
                .map(ParameterValue::Array)
        }
        DeValue::Table(_) => {
            let section = setting.open_section(log)?;
            let values: Vec<_> = section
                .settings()
                .map(|(key, setting)| Some((key.to_owned(), read_value(key, &setting, log)?)))
                .collect();
            values
                .into_iter()
                .collect::<Option<_>>()
                .map(ParameterValue::Table)
        }
    }
}
