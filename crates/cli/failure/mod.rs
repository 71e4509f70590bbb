//! Why a command stopped: a message, a hint, what stood behind it, and the exit code.

mod conversions;

use std::error::Error;
use std::io;

use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::fault::Faults;
use serde_json::{Value, json};

use crate::exit_code::Exit;
use crate::report::{faults, terminal};

/// A command's error, ready to be printed.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) exit: Exit,
    /// What and where.
    pub(crate) message: String,
    /// What to do next.
    pub(crate) hint: Option<String>,
    /// What stood behind it, outermost first.
    pub(crate) causes: Vec<String>,
    /// Text to print as it is instead of the message: a manifest's faults with their lines.
    pub(crate) rendered: Option<String>,
}

impl Failure {
    /// A failure with this message alone.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            hint: None,
            causes: Vec::new(),
            rendered: None,
        }
    }

    /// The same with a hint.
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What failed because the user asked to stop did not fail: it was interrupted, and what was said is the cause.
    pub(crate) fn interrupt(&mut self) {
        self.exit = self.exit.and(Exit::Interrupted);
        if self.exit == Exit::Interrupted && self.message != "interrupted" {
            let said = std::mem::replace(&mut self.message, "interrupted".to_owned());
            self.causes.insert(0, said);
            self.hint = None;
            self.rendered = None;
        }
    }

    /// The failure for programs.
    pub(crate) fn object(&self) -> Value {
        json!({ "message": self.message, "hint": self.hint, "causes": self.causes })
    }

    /// The faults of a manifest, each with its line.
    pub(crate) fn from_faults(path: &str, text: &str, found: &Faults) -> Self {
        let mut failure = Self::new(Exit::Usage, format!("`{path}`: {found}"));
        failure.rendered = Some(faults::render(path, text, found, terminal::is_colored()));
        failure
    }

    /// The same, with the file that it is about in front.
    pub(crate) fn at(mut self, path: &str) -> Self {
        self.message = format!("`{path}`: {}", self.message);
        self
    }

    /// The same, with the experiment that it is about in front, unless it is named already.
    pub(crate) fn of_experiment(self, name: &ExperimentName) -> Self {
        let is_named = self.rendered.is_some() || self.message.contains(name.as_str());
        if is_named {
            self
        } else {
            self.at(name.as_str())
        }
    }

    /// The same, with a sentence in front that says what was being done.
    pub(crate) fn about(mut self, message: impl Into<String>) -> Self {
        let cause = std::mem::replace(&mut self.message, message.into());
        self.causes.insert(0, cause);
        self
    }

    /// A failure that says what an error and its sources say.
    pub(crate) fn from_error(
        exit: Exit,
        error: &(dyn Error + 'static),
        hint: Option<String>,
    ) -> Self {
        let mut causes = Vec::new();
        let mut said = error.to_string();
        let message = said.clone();
        let mut source = error.source();
        let mut hint = hint.or_else(|| hint_at_system(error));
        while let Some(error) = source {
            if hint.is_none() {
                hint = hint_at_system(error);
            }
            let text = error.to_string();
            // Many libraries repeat their source's words in their own.
            if !said.contains(&text) {
                causes.push(text.clone());
                said = text;
            }
            source = error.source();
        }
        Self {
            exit,
            message,
            hint,
            causes,
            rendered: None,
        }
    }
}

/// What to do about what the system refused, where nobody nearer to it knows better.
fn hint_at_system(error: &(dyn Error + 'static)) -> Option<String> {
    let hint = match error.downcast_ref::<io::Error>()?.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free some space (or inodes: `df -i`), then run it again"
        }
        io::ErrorKind::ReadOnlyFilesystem => "use a place that can be written",
        _ => return None,
    };
    Some(hint.to_owned())
}
