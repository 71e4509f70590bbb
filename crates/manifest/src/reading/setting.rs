//! One value of the document, read as the type that is expected.

use std::fmt::Display;
use std::ops::{Range, RangeInclusive};
use std::str::FromStr;

use toml::de::DeValue;

use super::log::FaultLog;
use super::section::Section;
use crate::fault::FaultKind;
use crate::suggestion::did_you_mean;

/// One value of the document, with its name for messages.
#[derive(Clone)]
pub(super) struct Setting<'d> {
    /// Its keys joined by dots: `resources.memory`.
    pub(super) name: String,
    /// Where its key stands; for an element of a list, the element.
    pub(super) key_span: Range<usize>,
    /// Where the value stands.
    pub(super) span: Range<usize>,
    /// The value.
    pub(super) value: &'d DeValue<'d>,
}

impl<'d> Setting<'d> {
    fn refuse_type(&self, expected: &str, hint: Option<String>, log: &mut FaultLog) {
        let found = type_name(self.value);
        log.add(
            FaultKind::WrongType,
            self.span.clone(),
            format!("`{}` must be {expected}, not {found}", self.name),
            hint,
        );
    }

    /// The text.
    pub(super) fn text(&self, log: &mut FaultLog) -> Option<&'d str> {
        let text = self.value.as_str();
        if text.is_none() {
            self.refuse_type("a text", None, log);
        }
        text
    }

    /// The text, where any text will do: another value is proposed in quotes.
    pub(super) fn free_text(&self, log: &mut FaultLog) -> Option<&'d str> {
        let scalar = scalar_text(self.value);
        if let Some(scalar) = scalar {
            let hint = format!("put it in quotes: `\"{scalar}\"`");
            self.refuse_type("a text", Some(hint), log);
            return None;
        }
        self.text(log)
    }

    /// The number with a unit.
    pub(super) fn quantity<T: FromStr<Err: Display>>(
        &self,
        example: &str,
        log: &mut FaultLog,
    ) -> Option<T> {
        if self.value.as_str().is_none() {
            let hint = format!("write a whole number with a unit, in quotes: `\"{example}\"`");
            self.refuse_type("a text", Some(hint), log);
            return None;
        }
        self.parsed(log)
    }

    /// The text, read as a `T`, whose error is the message.
    pub(super) fn parsed<T: FromStr<Err: Display>>(&self, log: &mut FaultLog) -> Option<T> {
        match self.text(log)?.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(error, None, log);
                None
            }
        }
    }

    /// The whole number; one that does not fit is refused as outside `range`.
    pub(super) fn integer(&self, range: RangeInclusive<i64>, log: &mut FaultLog) -> Option<i64> {
        let DeValue::Integer(integer) = self.value else {
            self.refuse_type("a whole number", None, log);
            return None;
        };
        let value = i64::from_str_radix(integer.as_str(), integer.radix())
            .ok()
            .filter(|value| range.contains(value));
        if value.is_none() {
            let message = format!(
                "`{}` is `{integer}`, which is outside {} to {}",
                self.name,
                range.start(),
                range.end()
            );
            self.refuse(message, None, log);
        }
        value
    }

    /// The elements of the list.
    pub(super) fn list(&self, log: &mut FaultLog) -> Option<Vec<Self>> {
        let DeValue::Array(array) = self.value else {
            self.refuse_type("a list", None, log);
            return None;
        };
        let elements = array.iter().enumerate().map(|(index, element)| Setting {
            name: format!("{}[{index}]", self.name),
            key_span: element.span(),
            span: element.span(),
            value: element.get_ref(),
        });
        Some(elements.collect())
    }

    /// The table, of which these keys are known.
    pub(super) fn section(
        &self,
        known: &'static [&'static str],
        log: &mut FaultLog,
    ) -> Option<Section<'d>> {
        let mut section = self.open_section(log)?;
        section.expect_keys(known, log);
        Some(section)
    }

    /// The table, which may have any keys.
    pub(super) fn open_section(&self, log: &mut FaultLog) -> Option<Section<'d>> {
        let DeValue::Table(table) = self.value else {
            self.refuse_type("a table", None, log);
            return None;
        };
        Some(Section::of(self, table))
    }

    /// Notes that the value is refused.
    pub(super) fn refuse(&self, message: impl Display, hint: Option<String>, log: &mut FaultLog) {
        log.add(FaultKind::BadValue, self.span.clone(), message, hint);
    }

    /// Notes that the setting is right and does not act in this version.
    pub(super) fn not_yet(&self, hint: &str, log: &mut FaultLog) {
        log.add(
            FaultKind::NotYet,
            self.key_span.clone(),
            format!("setting `{}` does not act yet", self.name),
            Some(hint.to_owned()),
        );
    }

    /// The text, where it is one of those listed.
    pub(super) fn one_of(
        &self,
        known: &[&'static str],
        log: &mut FaultLog,
    ) -> Option<&'static str> {
        let text = self.text(log)?;
        let found = known.iter().copied().find(|word| *word == text);
        if found.is_none() {
            let choices = known
                .iter()
                .map(|word| format!("`{word}`"))
                .collect::<Vec<_>>()
                .join(", ");
            let several = if known.len() > 1 { "one of " } else { "" };
            let hint = did_you_mean(text, known.iter().copied())
                .unwrap_or_else(|| format!("use {several}{choices}"));
            self.refuse(
                format!("`{text}` is not a value of `{}`", self.name),
                Some(hint),
                log,
            );
        }
        found
    }
}

fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "a truth value",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn scalar_text(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::Integer(value) => Some(value.to_string()),
        DeValue::Float(value) => Some(value.to_string()),
        DeValue::Boolean(value) => Some(value.to_string()),
        DeValue::Datetime(value) => Some(value.to_string()),
        _ => None,
    }
}
