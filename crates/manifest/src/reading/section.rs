//! A table of the document: which keys it has, and which it should have.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::log::FaultLog;
use super::setting::Setting;
use crate::fault::FaultKind;
use crate::suggestion::{did_you_mean, nearest};

/// A table of the document.
pub(super) struct Section<'d> {
    /// Its keys joined by dots; empty for the root.
    pub(super) name: String,
    /// Where it stands: its header, or the whole of an inline table.
    pub(super) span: Range<usize>,
    table: &'d DeTable<'d>,
    /// The keys that were noted as unknown.
    unknown: Vec<&'d str>,
}

impl<'d> Section<'d> {
    /// The document itself.
    pub(super) fn root(table: &'d DeTable<'d>) -> Self {
        Self {
            name: String::new(),
            span: 0..0,
            table,
            unknown: Vec::new(),
        }
    }

    /// The table that a setting is.
    pub(super) fn of(setting: &Setting<'d>, table: &'d DeTable<'d>) -> Self {
        Self {
            name: setting.name.clone(),
            span: setting.span.clone(),
            table,
            unknown: Vec::new(),
        }
    }

    fn setting(
        &self,
        key: &'d Spanned<toml::de::DeString<'d>>,
        value: &'d Spanned<DeValue<'d>>,
    ) -> Setting<'d> {
        let name = if self.name.is_empty() {
            key.get_ref().to_string()
        } else {
            format!("{}.{}", self.name, key.get_ref())
        };
        Setting {
            name,
            key_span: key.span(),
            span: value.span(),
            value: value.get_ref(),
        }
    }

    /// The setting with this key.
    pub(super) fn get(&self, key: &str) -> Option<Setting<'d>> {
        self.table
            .iter()
            .find(|(found, _)| found.get_ref() == key)
            .map(|(key, value)| self.setting(key, value))
    }

    /// The setting with this key, whose absence is a fault.
    pub(super) fn require(&self, key: &str, hint: &str, log: &mut FaultLog) -> Option<Setting<'d>> {
        let setting = self.get(key);
        if setting.is_none() && !self.misspells(key) {
            let message = if self.name.is_empty() {
                format!("`{key}` is missing")
            } else {
                format!("`{}.{key}` is missing", self.name)
            };
            log.add(
                FaultKind::Missing,
                self.span.clone(),
                message,
                Some(hint.to_owned()),
            );
        }
        setting
    }

    /// All keys and settings, sorted by key.
    pub(super) fn settings(&self) -> impl Iterator<Item = (&'d str, Setting<'d>)> + '_ {
        self.table
            .iter()
            .map(|(key, value)| (key.get_ref().as_ref(), self.setting(key, value)))
    }

    /// Whether an unknown key, which was noted as such, may mean this one.
    pub(super) fn misspells(&self, key: &str) -> bool {
        self.unknown
            .iter()
            .any(|unknown| nearest(unknown, [key]).is_some())
    }

    /// Whether a key was noted as unknown.
    pub(super) fn has_unknown(&self) -> bool {
        !self.unknown.is_empty()
    }

    /// Notes every key that is not known.
    pub(super) fn expect_keys(&mut self, known: &[&'static str], log: &mut FaultLog) {
        for (key, setting) in self.settings().filter(|(key, _)| !known.contains(key)) {
            let hint = did_you_mean(key, known.iter().copied())
                .or_else(|| super::keys::home_of(key))
                .unwrap_or_else(|| {
                    let names: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
                    format!("known here: {}", names.join(", "))
                });
            let message = if self.name.is_empty() {
                format!("unknown key `{key}`")
            } else {
                format!("unknown key `{key}` in `{}`", self.name)
            };
            log.add(FaultKind::UnknownKey, setting.key_span, message, Some(hint));
        }
        self.unknown = self
            .settings()
            .map(|(key, _)| key)
            .filter(|key| !known.contains(key))
            .collect();
    }
}
