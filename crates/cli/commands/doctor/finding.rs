//! One thing that a host can do or not, as people read it.

use resow_executor::capability::distribution::Package;
use serde_json::{Value, json};

use crate::report::terminal::visible;

/// How it is with a capability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It is there and works.
    Ok,
    /// It works in part, or could.
    Limited,
    /// resow needs it, and it is not there or does not work.
    Missing,
    /// It is not there, and nothing here needs it.
    NotNeeded,
}

impl State {
    /// The word for people.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Limited => "limited",
            Self::Missing => "missing",
            Self::NotNeeded => "not needed",
        }
    }

    /// The word for programs.
    const fn identifier(self) -> &'static str {
        match self {
            Self::NotNeeded => "not-needed",
            other => other.word(),
        }
    }
}

/// What was found of one capability.
#[derive(Debug)]
pub(super) struct Finding {
    /// Its name.
    pub(super) capability: &'static str,
    /// How it is with it.
    pub(super) state: State,
    /// Its version, or what there is of it; may be empty.
    pub(super) version: String,
    /// What resow needs it for.
    pub(super) purpose: &'static str,
    /// Why it is not as it should be.
    pub(super) reason: Option<String>,
    /// What to do about it.
    pub(super) hint: Option<String>,
    /// The package to install.
    pub(super) package: Option<Package>,
    /// The command that changes a setting which is in the way.
    pub(super) setting: Option<String>,
}

impl Finding {
    /// A capability in this state.
    pub(super) fn new(
        capability: &'static str,
        purpose: &'static str,
        state: State,
        version: impl Into<String>,
    ) -> Self {
        Self {
            capability,
            state,
            // Programs of the host say what they like.
            version: visible(&version.into()),
            purpose,
            reason: None,
            hint: None,
            package: None,
            setting: None,
        }
    }

    /// A capability that could not be found out in time.
    pub(super) fn unknown(capability: &'static str, purpose: &'static str) -> Self {
        Self::new(capability, purpose, State::Limited, "unknown")
            .because("it gave no answer in time")
    }

    /// The same with a reason.
    pub(super) fn because(mut self, reason: impl AsRef<str>) -> Self {
        self.reason = Some(visible(reason.as_ref()));
        self
    }

    /// The same with what to do about it.
    pub(super) fn with_hint(mut self, hint: impl Into<Option<String>>) -> Self {
        self.hint = hint.into().map(|hint| visible(&hint));
        self
    }

    /// The same with a package to install.
    pub(super) fn with_package(mut self, package: Package) -> Self {
        self.package = Some(package);
        self
    }

    /// The finding for programs.
    pub(super) fn object(&self) -> Value {
        json!({
            "name": self.capability,
            "state": self.state.identifier(),
            "version": (!self.version.is_empty()).then_some(&self.version),
            "purpose": self.purpose,
            "reason": self.reason,
            "hint": self.hint,
        })
    }
}
