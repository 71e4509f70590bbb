//! What was found, whatever part of resow found it.

use resow_store::checking::Severity;
use serde_json::{Value, json};

use crate::exit_code::Exit;

/// Something that was found, whatever part of resow found it.
pub(super) struct Found {
    pub(super) part: &'static str,
    pub(super) severity: Severity,
    pub(super) kind: &'static str,
    pub(super) path: String,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Found {
    /// The object for programs.
    pub(super) fn object(&self) -> Value {
        json!({
            "part": self.part,
            "severity": self.severity.as_str(),
            "kind": self.kind,
            "path": self.path,
            "message": self.message,
            "hint": self.hint,
        })
    }
}

/// What a finding means for the exit code.
pub(super) fn exit_of(severity: Severity) -> Exit {
    match severity {
        Severity::Damaged => Exit::Damaged,
        Severity::Blocked => Exit::Unavailable,
        Severity::Leftover | Severity::Notice => Exit::Done,
    }
}
